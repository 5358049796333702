//! The layout that all pages share.

use std::sync::Arc;

use super::address::local;
use super::assets;
use super::format::fill;
use super::language::Language;
use super::notice::Notice;
use super::visitor::Visitor;
use super::words::{OperatorWords, SaleWords, Words};
use crate::site::Shared;

/// Who a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    Fans,
    Operators,
}

/// Header, navigation and footer of a page, and a notice above it.
pub(super) struct PageLayout<'a> {
    /// The words of fans' pages, in the visitor's language.
    pub(super) w: &'static Words,
    /// The words of operators' pages, in the visitor's language.
    pub(super) o: &'static OperatorWords,
    /// The words about sales, in the visitor's language.
    pub(super) s: &'static SaleWords,
    pub(super) language: Language,
    readers: Readers,
    /// Paths and names of the navigation's links.
    pub(super) nav: Vec<(&'static str, &'static str)>,
    /// The page's own path and query, on this site; changing the language returns to it.
    pub(super) address: &'a str,
    pub(super) assets: &'static str,
    pub(super) zone: &'a str,
    /// The name of the fan whom the browser belongs to, empty if they have none; `None` for a stranger.
    pub(super) known_as: Option<Arc<str>>,
    /// The result of the last form.
    pub(super) notice: Option<Notice>,
    /// Whether the language can be changed. That loads the page again, so not where it would lose something.
    pub(super) offers_language: bool,
}

impl<'a> PageLayout<'a> {
    /// The layout of a fan's page. `address` is its path, with the query that it was asked for.
    pub(super) fn of(site: &'a Shared, visitor: &Visitor, address: &'a str) -> Self {
        let page = Self::for_strangers(site, visitor.language, address);
        Self { known_as: visitor.known_as.clone(), ..page }
    }

    /// The layout of a fan's page that does not say who they are, as of an error page.
    pub(super) fn for_strangers(site: &'a Shared, language: Language, address: &'a str) -> Self {
        let w = language.words();
        let nav = [
            ("/", w.nav_dates),
            ("/line", w.nav_line),
            ("/tickets", w.nav_tickets),
            ("/wallet", w.nav_wallet),
        ];
        Self::new(site, language, address, Readers::Fans, nav.into())
    }

    /// The layout of a page for an operator who is signed in.
    pub(super) fn for_operators(site: &'a Shared, language: Language, address: &'a str) -> Self {
        let (o, s) = (language.operator_words(), language.sale_words());
        let nav = [
            ("/operator", o.nav_cockpit),
            ("/operator/sales", s.nav_sales),
            ("/operator/concerts", o.nav_concerts),
            ("/operator/people", o.nav_people),
            ("/operator/bills", o.nav_bills),
            ("/operator/log", o.nav_log),
        ];
        Self::new(site, language, address, Readers::Operators, nav.into())
    }

    /// The layout of the page where operators sign in.
    pub(super) fn for_sign_in(site: &'a Shared, language: Language, address: &'a str) -> Self {
        Self::new(site, language, address, Readers::Operators, Vec::new())
    }

    fn new(
        site: &'a Shared,
        language: Language,
        address: &'a str,
        readers: Readers,
        nav: Vec<(&'static str, &'static str)>,
    ) -> Self {
        Self {
            w: language.words(),
            o: language.operator_words(),
            s: language.sale_words(),
            language,
            readers,
            nav,
            address: local(address),
            assets: &assets::FOLDER,
            zone: site.app.config.time_zone.iana_name().unwrap_or("UTC"),
            known_as: None,
            notice: None,
            offers_language: true,
        }
    }

    pub(super) fn is_for_operators(&self) -> bool {
        self.readers == Readers::Operators
    }

    /// Whether an operator is signed in.
    pub(super) fn is_signed_in(&self) -> bool {
        self.is_for_operators() && !self.nav.is_empty()
    }

    /// Where the logo leads.
    pub(super) fn home(&self) -> &'static str {
        match self.readers {
            Readers::Fans => "/",
            Readers::Operators => "/operator",
        }
    }

    pub(super) fn with_notice(self, notice: Option<Notice>) -> Self {
        Self { notice, ..self }
    }

    /// A sentence that names the time zone.
    pub(super) fn zone_text(&self) -> String {
        fill(self.w.zone, &[("zone", &self.zone)])
    }

    /// The language that a visitor can switch to.
    pub(super) fn other_language(&self) -> Language {
        match self.language {
            Language::English => Language::Korean,
            Language::Korean => Language::English,
        }
    }

    /// Whether a link of the navigation leads to this page or to a page above it.
    pub(super) fn is_current(&self, link: &str) -> bool {
        let is_home = matches!(link, "/" | "/operator");
        let path = self.address.split('?').next().unwrap_or_default();
        let below = path.strip_prefix(link).filter(|_| !is_home);
        path == link || below.is_some_and(|below| below.starts_with('/'))
    }
}
