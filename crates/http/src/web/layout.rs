//! What is around every page.

use super::assets;
use super::format::fill;
use super::language::Language;
use super::notice::Notice;
use super::words::{OperatorWords, Words};
use crate::site::Shared;

/// Whose pages they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ForWhom {
    Fans,
    Operators,
}

/// Header, navigation and footer of a page, and what is said above it.
pub(super) struct PageLayout<'a> {
    /// What is said in the visitor's language.
    pub(super) w: &'static Words,
    /// What operators are told in it.
    pub(super) o: &'static OperatorWords,
    pub(super) language: Language,
    for_whom: ForWhom,
    /// Where the navigation leads: paths and names.
    pub(super) nav: Vec<(&'static str, &'static str)>,
    /// Where the page is, to come back to.
    pub(super) path: &'a str,
    pub(super) assets: &'static str,
    pub(super) zone: &'a str,
    /// What has just come of a form.
    pub(super) notice: Option<Notice>,
}

impl<'a> PageLayout<'a> {
    /// Around a fan's page.
    pub(super) fn of(site: &'a Shared, language: Language, path: &'a str) -> Self {
        let w = language.words();
        let nav = [
            ("/", w.nav_dates),
            ("/line", w.nav_line),
            ("/tickets", w.nav_tickets),
            ("/wallet", w.nav_wallet),
        ];
        Self::new(site, language, path, ForWhom::Fans, nav.into())
    }

    /// Around a page of an operator who is signed in.
    pub(super) fn for_operators(site: &'a Shared, language: Language, path: &'a str) -> Self {
        let o = language.operator_words();
        let nav = [
            ("/operator", o.nav_cockpit),
            ("/operator/concerts", o.nav_concerts),
            ("/operator/people", o.nav_people),
            ("/operator/bills", o.nav_bills),
            ("/operator/log", o.nav_log),
        ];
        Self::new(site, language, path, ForWhom::Operators, nav.into())
    }

    /// Around the page where operators sign in.
    pub(super) fn for_nobody_yet(site: &'a Shared, language: Language, path: &'a str) -> Self {
        Self::new(site, language, path, ForWhom::Operators, Vec::new())
    }

    fn new(
        site: &'a Shared,
        language: Language,
        path: &'a str,
        for_whom: ForWhom,
        nav: Vec<(&'static str, &'static str)>,
    ) -> Self {
        Self {
            w: language.words(),
            o: language.operator_words(),
            language,
            for_whom,
            nav,
            path,
            assets: &assets::FOLDER,
            zone: site.app.config.time_zone.iana_name().unwrap_or("UTC"),
            notice: None,
        }
    }

    pub(super) fn is_for_operators(&self) -> bool {
        self.for_whom == ForWhom::Operators
    }

    /// Whether there is somebody to sign out.
    pub(super) fn is_signed_in(&self) -> bool {
        self.is_for_operators() && !self.nav.is_empty()
    }

    /// Where the name of the house leads.
    pub(super) fn home(&self) -> &'static str {
        match self.for_whom {
            ForWhom::Fans => "/",
            ForWhom::Operators => "/operator",
        }
    }

    pub(super) fn with(self, notice: Option<Notice>) -> Self {
        Self { notice, ..self }
    }

    /// Which zone times are in, in words.
    pub(super) fn zone_text(&self) -> String {
        fill(self.w.zone, &[("zone", &self.zone)])
    }

    /// The language that the switch offers.
    pub(super) fn other(&self) -> Language {
        match self.language {
            Language::English => Language::Korean,
            Language::Korean => Language::English,
        }
    }

    /// Whether a link of the navigation leads to where one is.
    pub(super) fn is_at(&self, link: &str) -> bool {
        let is_home = matches!(link, "/" | "/operator");
        let below = self.path.strip_prefix(link).filter(|_| !is_home);
        self.path == link || below.is_some_and(|below| below.starts_with('/'))
    }
}
