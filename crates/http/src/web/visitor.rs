//! The visitor of a page, identified by cookies.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::SignedDuration;
use onsale_booking::ids::UserId;
use uuid::Uuid;

use super::language::Language;
use super::page_error::PageError;
use crate::cookies;
use crate::forwarding::Arrival;
use crate::site::{Shared, Site};
use onsale_app::tokens::{Purpose, QUEUE_TOKEN_SECONDS, Stamp, Ticket};

/// A fan or a stranger. A token that is invalid or has expired counts as none. Tokens are read on demand.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) language: Language,
    user_token: Option<String>,
    queue_token: Option<String>,
    visit: Option<String>,
    /// The user's name for their pages, empty if they have none; `None` for a stranger, and for forms.
    pub(super) known_as: Option<Arc<str>>,
    /// How many people were ahead at the last visit of the waiting page.
    pub(super) ahead: Option<Ahead>,
}

impl Visitor {
    /// The visitor's user, if they are not a stranger.
    pub(super) fn user(&self, site: &Site) -> Option<UserId> {
        let token = site.app.keys.read_user(self.user_token.as_deref()?, site.app.now()).ok()?;
        Some(UserId(token.user))
    }

    /// The visit of a stranger.
    pub(super) fn visit(&self, site: &Site) -> Option<Stamp> {
        site.app.keys.read_stamp(Purpose::Visit, self.visit.as_deref()?)
    }

    /// The visitor's ticket. It may belong to another line. One of another user counts as none, and so does
    /// one without a user: it was left behind or planted, and nobody must act for somebody else.
    pub(super) fn ticket(&self, site: &Site) -> Option<Ticket> {
        let ticket = site.app.keys.read_queue(self.queue_token.as_deref()?, site.app.now()).ok()?;
        self.user(site).is_some_and(|user| user.0 == ticket.user).then_some(ticket)
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, PageError> {
        let is_https = parts.extensions.get().is_some_and(Arrival::is_https);
        let cookie = |name| cookies::find(&parts.headers, is_https, name);
        let owned = |cookie: Option<&str>| cookie.map(str::to_owned);
        let mut visitor = Self {
            // The middleware has determined it.
            language: parts.extensions.get().copied().unwrap_or_default(),
            user_token: owned(cookie(cookies::USER)?),
            queue_token: owned(cookie(cookies::TICKET)?),
            visit: owned(cookie(cookies::VISIT)?),
            ahead: cookie(cookies::AHEAD).ok().flatten().and_then(Ahead::read),
            known_as: None,
        };
        if let Some(user) = visitor.user(site).filter(|_| parts.method.is_safe()) {
            visitor.known_as = Some(site.names.of(&site.app, user).await);
        }
        Ok(visitor)
    }
}

/// The cookie that holds a place in line.
pub(super) fn ticket_cookie(site: &Shared, ticket: &Ticket) -> String {
    let token = site.app.keys.sign_queue(ticket, Uuid::now_v7(), site.app.now());
    cookies::set(cookies::TICKET, token, "/", SignedDuration::from_secs(QUEUE_TOKEN_SECONDS)).to_string()
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
        (lowest <= first && first <= number).then_some(Self { number, first, lowest })
    }

    /// The progress of `number`, with `ahead` people before it now.
    pub(super) fn updated(before: Option<Self>, number: u64, ahead: u64) -> Self {
        match before.filter(|before| before.number == number) {
            Some(before) => Self { lowest: before.lowest.min(ahead), ..before },
            None => Self { number, first: ahead, lowest: ahead },
        }
    }

    /// The cookie. The page's script reads and writes it, too.
    pub(super) fn cookie(&self) -> String {
        let (name, Self { number, first, lowest }) = (cookies::AHEAD, self);
        format!("{name}={number}.{first}.{lowest}; Path=/line; Max-Age={QUEUE_TOKEN_SECONDS}; SameSite=Lax")
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
        assert!(ahead.cookie().starts_with("onsale_ahead=1284.900.310; "), "{}", ahead.cookie());
        for nonsense in ["", "1284", "1284.900", "1284.310.900", "10.900.310", "a.b.c", "-1.1.1"] {
            assert_eq!(Ahead::read(nonsense), None, "{nonsense}");
        }
    }
}
