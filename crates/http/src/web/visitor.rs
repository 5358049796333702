//! Who looks at a page, by the cookies that their browser brought.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use onsale_booking::ids::UserId;
use uuid::Uuid;

use super::language::Language;
use crate::cookies;
use crate::site::{Shared, Site};
use onsale_app::tokens::{QUEUE_TOKEN_SECONDS, Role, Ticket, USER_TOKEN_SECONDS};

/// A fan, or a stranger. Tokens that are not good for anything any more count as none; they are read when
/// somebody asks.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) language: Language,
    cookies: Vec<HeaderValue>,
    /// How many were ahead when they last looked.
    pub(super) ahead: Option<Ahead>,
}

impl Visitor {
    /// Who they are.
    pub(super) fn user(&self, site: &Site) -> Option<UserId> {
        let token = site.app.keys.read_user(self.cookie(cookies::USER)?, site.app.now()).ok()?;
        Some(UserId(token.user))
    }

    /// Their place in line, of whatever line it may be.
    pub(super) fn ticket(&self, site: &Site) -> Option<Ticket> {
        site.app.keys.read_queue(self.cookie(cookies::TICKET)?, site.app.now()).ok()
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        cookies::find_in(&self.cookies, name)
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        Ok(Self {
            // The door has asked for it.
            language: parts.extensions.get().copied().unwrap_or_default(),
            cookies: headers.get_all(COOKIE).iter().cloned().collect(),
            ahead: Ahead::of(headers),
        })
    }
}

/// The cookie that makes its bearer this user.
pub(super) fn user_cookie(site: &Shared, user: Uuid) -> String {
    let token = site.app.keys.sign_user(user, Role::User, site.app.now());
    cookies::set(cookies::USER, token, "/", SignedDuration::from_secs(USER_TOKEN_SECONDS)).to_string()
}

/// The cookie that stands for this place in line.
pub(super) fn ticket_cookie(site: &Shared, ticket: &Ticket) -> String {
    let token = site.app.keys.sign_queue(ticket, Uuid::now_v7(), site.app.now());
    cookies::set(cookies::TICKET, token, "/", SignedDuration::from_secs(QUEUE_TOKEN_SECONDS)).to_string()
}

/// How the way to the front went so far. A page shows the fewest people ahead it has seen: the honest count
/// may rise when somebody returns, and nobody should see their own wait grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    number: u64,
    /// The most, for the progress.
    pub(super) first: u64,
    /// The fewest.
    pub(super) lowest: u64,
}

impl Ahead {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parts = cookies::find(headers, cookies::AHEAD)?.split('.').map(|part| part.parse().ok());
        let (number, first, lowest) = (parts.next()??, parts.next()??, parts.next()??);
        (lowest <= first && first <= number).then_some(Self { number, first, lowest })
    }

    /// After `ahead` people were counted before `number`.
    pub(super) fn seen(before: Option<Self>, number: u64, ahead: u64) -> Self {
        match before.filter(|before| before.number == number) {
            Some(before) => Self { lowest: before.lowest.min(ahead), ..before },
            None => Self { number, first: ahead, lowest: ahead },
        }
    }

    /// For the page's script as well, which keeps it up to date.
    pub(super) fn cookie(&self) -> String {
        let (name, Self { number, first, lowest }) = (cookies::AHEAD, self);
        format!("{name}={number}.{first}.{lowest}; Path=/line; Max-Age={QUEUE_TOKEN_SECONDS}; SameSite=Lax")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<Ahead> {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", format!("onsale_ahead={value}").parse().unwrap());
        Ahead::of(&headers)
    }

    #[test]
    fn what_is_shown_never_rises_for_one_number() {
        let first = Ahead::seen(None, 1_284, 900);
        let closer = Ahead::seen(Some(first), 1_284, 310);
        let somebody_returned = Ahead::seen(Some(closer), 1_284, 320);
        assert_eq!((somebody_returned.first, somebody_returned.lowest), (900, 310));
        assert_eq!(Ahead::seen(Some(closer), 2_000, 700).lowest, 700, "another number is another way");
    }

    #[test]
    fn what_a_page_remembers_is_believed_only_if_it_can_be() {
        let remembered = Ahead { number: 1_284, first: 900, lowest: 310 };
        assert_eq!(read("1284.900.310"), Some(remembered));
        assert!(remembered.cookie().starts_with("onsale_ahead=1284.900.310; "), "{}", remembered.cookie());
        for nonsense in ["", "1284", "1284.900", "1284.310.900", "10.900.310", "a.b.c", "-1.1.1"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }
}
