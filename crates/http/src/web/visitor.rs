//! The visitor of a page, identified by cookies.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use jiff::SignedDuration;
use onsale_app::tokens::{Purpose, QUEUE_TOKEN_SECONDS, Stamp, Ticket};
use onsale_booking::ids::{SaleId, UserId};
use uuid::Uuid;

use super::language::Language;
use super::page_error::PageError;
use super::sale_address::path_of;
use crate::cookies;
use crate::forwarding::Arrival;
use crate::site::{Shared, Site};
use crate::ticket_cookies::{self, OTHERS_MAX};

/// What a browser keeps for each sale: for the main one, and for others, the oldest first.
#[derive(Debug, Clone)]
struct BySale {
    main: Option<String>,
    others: Vec<(SaleId, String)>,
}

impl BySale {
    fn of_cookies(found: (Option<String>, Vec<(SaleId, String)>)) -> Self {
        Self { main: found.0, others: found.1 }
    }

    fn get(&self, site: &Site, sale: SaleId) -> Option<&str> {
        if sale == site.app.main_sale() {
            return self.main.as_deref();
        }
        self.others.iter().find(|(known, _)| *known == sale).map(|(_, value)| value.as_str())
    }
}

/// A fan or a stranger. A token that is invalid or has expired counts as none. Tokens are read on demand.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) language: Language,
    user_token: Option<String>,
    queue_tokens: BySale,
    visit: Option<String>,
    /// The user's name for their pages, empty if they have none; `None` for a stranger, and for forms.
    pub(super) known_as: Option<Arc<str>>,
    /// How many people were ahead at the last visit of each waiting page.
    aheads: BySale,
}

impl Visitor {
    /// The visitor's user, if they are not a stranger.
    pub(super) fn user(&self, site: &Site) -> Option<UserId> {
        let token = site.app.keys.read_user(self.user_token.as_deref()?, site.app.now()).ok()?;
        Some(UserId(token.user))
    }

    /// The groups that the visitor's user is a member of.
    pub(super) fn groups(&self, site: &Site) -> Vec<String> {
        let token = self.user_token.as_deref().map(|token| site.app.keys.read_user(token, site.app.now()));
        token.and_then(Result::ok).map(|token| token.groups).unwrap_or_default()
    }

    /// The visit of a stranger.
    pub(super) fn visit(&self, site: &Site) -> Option<Stamp> {
        site.app.keys.read_stamp(Purpose::Visit, self.visit.as_deref()?)
    }

    /// The visitor's ticket of a sale. One of another user counts as none, and so does one without a user: it
    /// was left behind or planted, and nobody must act for somebody else.
    pub(super) fn ticket(&self, site: &Site, sale: SaleId) -> Option<Ticket> {
        let ticket = site.app.keys.read_queue(self.queue_tokens.get(site, sale)?, site.app.now()).ok()?;
        let is_own = self.user(site).is_some_and(|user| user.0 == ticket.user);
        (is_own && ticket.sale == sale).then_some(ticket)
    }

    /// The visitor's tickets of other sales than the main one, the newest first.
    pub(super) fn other_tickets(&self, site: &Site) -> Vec<Ticket> {
        let others = self.queue_tokens.others.iter().rev();
        others.filter_map(|(sale, _)| self.ticket(site, *sale)).collect()
    }

    /// How many people were ahead at the last visit of a sale's waiting page.
    pub(super) fn ahead(&self, site: &Site, sale: SaleId) -> Option<Ahead> {
        Ahead::read(self.aheads.get(site, sale)?)
    }

    /// The cookies with which the browser keeps a place from now on. It forgets the oldest of too many.
    pub(super) fn ticket_cookies(&self, site: &Site, ticket: &Ticket) -> Vec<(HeaderName, String)> {
        let token = site.app.keys.sign_queue(ticket, Uuid::now_v7(), site.app.now());
        let age = SignedDuration::from_secs(QUEUE_TOKEN_SECONDS);
        let other = (ticket.sale != site.app.main_sale()).then_some(ticket.sale);
        let mut cookies = vec![cookies::set(ticket_cookies::name(other), token, "/", age)];
        if other.is_some() {
            let kept = self.queue_tokens.others.iter().filter(|(sale, _)| *sale != ticket.sale);
            let kept: Vec<_> = kept.map(|(sale, _)| *sale).collect();
            let too_many = kept.iter().take((kept.len() + 1).saturating_sub(OTHERS_MAX));
            cookies.extend(too_many.map(|sale| cookies::expire(ticket_cookies::name(Some(*sale)), "/")));
        }
        cookies.into_iter().map(|cookie| (SET_COOKIE, cookie.to_string())).collect()
    }

    /// The cookies with which the browser forgets every place.
    pub(super) fn forget_places(&self, site: &Site) -> Vec<(HeaderName, String)> {
        let main = site.app.main_sale();
        let others = self.queue_tokens.others.iter().chain(&self.aheads.others).map(|(sale, _)| *sale);
        let mut sales: Vec<_> = others.chain([main]).collect();
        sales.sort_unstable();
        sales.dedup();
        sales.into_iter().flat_map(|sale| forget_place(site, sale)).collect()
    }
}

/// The cookies with which a browser forgets its place in a sale.
pub(super) fn forget_place(site: &Site, sale: SaleId) -> [(HeaderName, String); 2] {
    let other = (sale != site.app.main_sale()).then_some(sale);
    let ahead = cookies::expire(ticket_cookies::of_sale(cookies::AHEAD, other), path_of(site, sale));
    [cookies::expire(ticket_cookies::name(other), "/"), ahead].map(|cookie| (SET_COOKIE, cookie.to_string()))
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, PageError> {
        let is_https = parts.extensions.get().is_some_and(Arrival::is_https);
        let cookie = |name| cookies::find(&parts.headers, is_https, name);
        let owned = |cookie: Option<&str>| cookie.map(str::to_owned);
        let by_sale = |name| ticket_cookies::of_sales(&parts.headers, is_https, name).map(BySale::of_cookies);
        let mut visitor = Self {
            // The middleware has determined it.
            language: parts.extensions.get().copied().unwrap_or_default(),
            user_token: owned(cookie(cookies::USER)?),
            queue_tokens: by_sale(cookies::TICKET)?,
            visit: owned(cookie(cookies::VISIT)?),
            aheads: by_sale(cookies::AHEAD).unwrap_or(BySale { main: None, others: Vec::new() }),
            known_as: None,
        };
        if let Some(user) = visitor.user(site).filter(|_| parts.method.is_safe()) {
            visitor.known_as = Some(site.names.of(&site.app, user).await);
        }
        Ok(visitor)
    }
}

/// The progress of a waiting person. The page shows the lowest count of people ahead so far: the true count
/// may rise when somebody returns, and nobody should see their own wait grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    number: u64,
    /// The first count, where the progress bar begins.
    pub(super) first: u64,
    /// The lowest count.
    pub(super) lowest: u64,
}

impl Ahead {
    /// Reads the cookie; an implausible one counts as none.
    fn read(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('.').map(|part| part.parse().ok());
        let (number, first, lowest) = (parts.next()??, parts.next()??, parts.next()??);
        // A draw may give a low number a late place, so that more people are ahead than have lower numbers.
        (lowest <= first).then_some(Self { number, first, lowest })
    }

    /// The progress of `number`, with `ahead` people before it now.
    pub(super) fn updated(before: Option<Self>, number: u64, ahead: u64) -> Self {
        match before.filter(|before| before.number == number) {
            Some(before) => Self { lowest: before.lowest.min(ahead), ..before },
            None => Self { number, first: ahead, lowest: ahead },
        }
    }

    /// The name of the cookie of a sale's line.
    pub(super) fn cookie_name(site: &Site, sale: SaleId) -> String {
        ticket_cookies::of_sale(cookies::AHEAD, (sale != site.app.main_sale()).then_some(sale))
    }

    /// The cookie, for the pages at `path`. The page's script reads and writes it, too.
    pub(super) fn cookie(&self, name: &str, path: &str) -> String {
        let Self { number, first, lowest } = self;
        format!("{name}={number}.{first}.{lowest}; Path={path}; Max-Age={QUEUE_TOKEN_SECONDS}; SameSite=Lax")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_count_never_rises_for_one_number() {
        let first = Ahead::updated(None, 1_284, 900);
        let closer = Ahead::updated(Some(first), 1_284, 310);
        let somebody_returned = Ahead::updated(Some(closer), 1_284, 320);
        assert_eq!((somebody_returned.first, somebody_returned.lowest), (900, 310));
        assert_eq!(Ahead::updated(Some(closer), 2_000, 700).lowest, 700, "another number begins again");
    }

    #[test]
    fn an_implausible_cookie_is_ignored() {
        let ahead = Ahead { number: 1_284, first: 900, lowest: 310 };
        assert_eq!(Ahead::read("1284.900.310"), Some(ahead));
        let cookie = ahead.cookie("onsale_ahead", "/line");
        assert!(cookie.starts_with("onsale_ahead=1284.900.310; Path=/line; "), "{cookie}");
        for nonsense in ["", "1284", "1284.900", "1284.310.900", "a.b.c", "-1.1.1"] {
            assert_eq!(Ahead::read(nonsense), None, "{nonsense}");
        }
        let drawn_late = Ahead { number: 10, first: 900, lowest: 310 };
        assert_eq!(Ahead::read("10.900.310"), Some(drawn_late));
    }
}
