//! The cookies of the site.
//!
//! Pages keep tokens in cookies that scripts cannot read. The API takes tokens from the `Authorization`
//! header; only to read does it also accept the queue token's cookie, since a browser's `EventSource` cannot
//! send that header. Forms of pages act by cookies, and `web` checks that they come from this site.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, CookieBuilder, SameSite};
use jiff::SignedDuration;

/// Holds the user token.
pub const USER: &str = "onsale_user";
/// Holds the queue token.
pub const TICKET: &str = "onsale_ticket";
/// Holds an operator token; browsers send it to the operators' pages only.
pub const OPERATOR: &str = "onsale_operator";
/// Holds the language that the visitor chose.
pub const LANGUAGE: &str = "onsale_language";
/// Holds how many people were ahead, as `NUMBER.FIRST.LOWEST`. The waiting page's script writes it, too.
pub const AHEAD: &str = "onsale_ahead";

/// The value of a request's cookie with this name.
pub fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    find_in(headers.get_all(COOKIE), name)
}

/// The value of the cookie with this name in the values of `Cookie` headers.
pub fn find_in<'h>(lines: impl IntoIterator<Item = &'h HeaderValue>, name: &str) -> Option<&'h str> {
    let lines = lines.into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A new cookie that scripts cannot read and that other sites' forms do not send.
pub fn set<'c>(
    name: &'static str,
    value: String,
    path: &'static str,
    max_age: SignedDuration,
) -> CookieBuilder<'c> {
    let max_age = cookie::time::Duration::seconds(max_age.as_secs());
    Cookie::build((name, value)).path(path).max_age(max_age).http_only(true).same_site(SameSite::Lax)
}

/// A cookie that makes the browser delete the one with this name and path.
pub fn expire<'c>(name: &'static str, path: &'static str) -> CookieBuilder<'c> {
    set(name, String::new(), path, SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_header() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; not_onsale_user=2; onsale_user=tok.en=; b".parse().unwrap());
        headers.append(COOKIE, "onsale_ticket=x".parse().unwrap());
        assert_eq!(find(&headers, USER), Some("tok.en="));
        assert_eq!(find(&headers, TICKET), Some("x"));
        assert_eq!(find(&headers, OPERATOR), None);
    }

    #[test]
    fn a_cookie_is_for_this_site_and_not_for_scripts() {
        let cookie = set(USER, "t".to_owned(), "/", SignedDuration::from_secs(60)).to_string();
        assert_eq!(cookie, "onsale_user=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        assert!(expire(USER, "/").to_string().contains("Max-Age=0"));
    }
}
