//! What is around every page.

use super::assets;
use super::format::fill;
use super::language::Language;
use super::notice::Notice;
use super::words::{OperatorWords, Words};
use crate::app::Shared;

/// Header, navigation and footer of a page, and what is said above it.
pub(super) struct Frame<'a> {
    /// What is said in the visitor's language.
    pub(super) w: &'static Words,
    /// What operators are told in it.
    pub(super) o: &'static OperatorWords,
    pub(super) language: Language,
    /// Where the page is, to come back to.
    pub(super) path: &'a str,
    pub(super) assets: &'static str,
    pub(super) zone: &'a str,
    /// What has just come of a form.
    pub(super) notice: Option<Notice>,
}

impl<'a> Frame<'a> {
    pub(super) fn of(app: &'a Shared, language: Language, path: &'a str) -> Self {
        Self {
            w: language.words(),
            o: language.operator_words(),
            language,
            path,
            assets: &assets::FOLDER,
            zone: app.time_zone.iana_name().unwrap_or("UTC"),
            notice: None,
        }
    }

    pub(super) fn with(self, notice: Option<Notice>) -> Self {
        Self { notice, ..self }
    }

    /// Where the navigation leads: paths and names.
    pub(super) fn nav(&self) -> [(&'static str, &'static str); 4] {
        let w = self.w;
        [("/", w.nav_dates), ("/line", w.nav_line), ("/tickets", w.nav_tickets), ("/wallet", w.nav_wallet)]
    }

    /// The same for operators.
    pub(super) fn operator_nav(&self) -> [(&'static str, &'static str); 5] {
        let o = self.o;
        [
            ("/operator", o.nav_cockpit),
            ("/operator/concerts", o.nav_concerts),
            ("/operator/people", o.nav_people),
            ("/operator/bills", o.nav_bills),
            ("/operator/log", o.nav_log),
        ]
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
