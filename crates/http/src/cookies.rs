//! The cookies by which a browser shows what it was given.
//!
//! Pages keep tokens in cookies that scripts cannot read. The API takes tokens from its header, and a queue token from its
//! cookie for reading only, since a browser's `EventSource` can send no header. What changes anything by a cookie is a
//! page's form, and passes [`crate::web`]'s check of where it came from.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, CookieBuilder, SameSite};
use jiff::SignedDuration;

/// The user token.
pub const USER: &str = "onsale_user";
/// The queue token.
pub const TICKET: &str = "onsale_ticket";
/// An operator's token; sent to the operators' pages only.
pub const OPERATOR: &str = "onsale_operator";
/// The language that was chosen.
pub const LANGUAGE: &str = "onsale_language";
/// How many people were ahead: `NUMBER.FIRST.LOWEST`. The waiting page's script writes it as well.
pub const AHEAD: &str = "onsale_ahead";

/// The value of a cookie that a request brought.
pub fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    find_in(headers.get_all(COOKIE), name)
}

/// The value of a cookie in the lines that a request brought.
pub fn find_in<'h>(lines: impl IntoIterator<Item = &'h HeaderValue>, name: &str) -> Option<&'h str> {
    let lines = lines.into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A cookie for this site alone that scripts cannot read.
pub fn give<'c>(
    name: &'static str,
    value: String,
    path: &'static str,
    lasts: SignedDuration,
) -> CookieBuilder<'c> {
    let lasts = cookie::time::Duration::seconds(lasts.as_secs());
    Cookie::build((name, value)).path(path).max_age(lasts).http_only(true).same_site(SameSite::Lax)
}

/// Takes a cookie back.
pub fn take_back<'c>(name: &'static str, path: &'static str) -> CookieBuilder<'c> {
    give(name, String::new(), path, SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_line() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; not_onsale_user=2; onsale_user=tok.en=; b".parse().unwrap());
        headers.append(COOKIE, "onsale_ticket=x".parse().unwrap());
        assert_eq!(find(&headers, USER), Some("tok.en="));
        assert_eq!(find(&headers, TICKET), Some("x"));
        assert_eq!(find(&headers, OPERATOR), None);
    }

    #[test]
    fn a_cookie_is_for_this_site_and_not_for_scripts() {
        let given = give(USER, "t".to_owned(), "/", SignedDuration::from_secs(60)).to_string();
        assert_eq!(given, "onsale_user=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        assert!(take_back(USER, "/").to_string().contains("Max-Age=0"));
    }
}
