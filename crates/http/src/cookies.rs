//! The cookies of the site.
//!
//! Pages keep tokens in cookies that scripts cannot read. The API takes tokens from the `Authorization`
//! header; only to read does it also accept the queue token's cookie, since a browser's `EventSource` cannot
//! send that header. Forms of pages act by cookies, and `web` checks that they come from this site.
//!
//! Over https every name begins with `__Host-`, so that no sibling domain can set one. Handlers use the plain
//! names: [`find`] reads either, and the pages' middleware adds the prefix.

use std::borrow::Cow;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, CookieBuilder, SameSite};
use jiff::SignedDuration;

/// Holds the user token.
pub const USER: &str = "onsale_user";
/// Holds the queue token of the main sale. Those of other sales have the sale behind this name.
pub const TICKET: &str = "onsale_ticket";
/// Holds an operator token; browsers send it to the operators' pages only.
pub const OPERATOR: &str = "onsale_operator";
/// Holds the language that the visitor chose.
pub const LANGUAGE: &str = "onsale_language";
/// Holds the stamp of a stranger's visit. Every page sets it, so it also shows that a browser keeps cookies.
pub const VISIT: &str = "onsale_visit";
/// Holds how many people were ahead, as `NUMBER.FIRST.LOWEST`. The waiting page's script writes it, too.
/// Those of other sales than the main one have the sale behind this name.
pub const AHEAD: &str = "onsale_ahead";
/// Holds the result of a form until the next page has shown it.
pub const NOTICE: &str = "onsale_notice";
/// Holds which holds the checkout showed.
pub const HELD: &str = "onsale_held";

/// Browsers accept a cookie whose name begins so only over https, for this host alone and for every path. A
/// sibling domain cannot set it.
const HOST_PREFIX: &str = "__Host-";
/// What the names of this site's cookies begin with.
const OWN_PREFIX: &str = "onsale_";

/// A request has two cookies with this name. One may be from a sibling domain, and nobody can tell which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("has two cookies named {0}; one of them must be deleted")]
pub struct DoubledCookie(pub String);

/// The value of a request's cookie with this name; over https, only of one that is bound to this host.
///
/// # Errors
/// There are two.
pub fn find<'h>(
    headers: &'h HeaderMap,
    is_https: bool,
    name: &str,
) -> Result<Option<&'h str>, DoubledCookie> {
    find_in(headers.get_all(COOKIE), is_https, name)
}

/// The value of the cookie with this name in the values of `Cookie` headers.
///
/// # Errors
/// There are two.
pub fn find_in<'h>(
    lines: impl IntoIterator<Item = &'h HeaderValue>,
    is_https: bool,
    name: &str,
) -> Result<Option<&'h str>, DoubledCookie> {
    // Cookies of other programs in this domain may have any bytes.
    let pairs = lines.into_iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let mut values = pairs.filter_map(|pair| {
        let pair = pair.trim_ascii();
        let pair = if is_https { pair.strip_prefix(HOST_PREFIX.as_bytes())? } else { pair };
        pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")
    });
    let value = values.next();
    if values.next().is_some() {
        return Err(DoubledCookie(name.to_owned()));
    }
    Ok(value.and_then(|value| str::from_utf8(value).ok()).filter(|value| value.is_ascii()))
}

/// Whether a request has any cookie of this site, whatever its value.
pub fn has_own(headers: &HeaderMap, is_https: bool) -> bool {
    after(headers, is_https, OWN_PREFIX).next().is_some()
}

/// The cookies whose name begins with `prefix`: the rest of the name, and the value. They come in the order
/// of the request: browsers send those that they have had for longest first (RFC 6265, section 5.4).
///
/// # Errors
/// There are two with one name.
pub fn find_all<'h>(
    headers: &'h HeaderMap,
    is_https: bool,
    prefix: &str,
) -> Result<Vec<(&'h str, &'h str)>, DoubledCookie> {
    let mut found = Vec::<(&str, &str)>::new();
    let own = after(headers, is_https, prefix).filter_map(|pair| str::from_utf8(pair).ok()?.split_once('='));
    for (name, value) in own.filter(|(_, value)| value.is_ascii()) {
        if found.iter().any(|(known, _)| *known == name) {
            return Err(DoubledCookie(format!("{prefix}{name}")));
        }
        found.push((name, value));
    }
    Ok(found)
}

/// What follows `prefix` in every cookie that begins so.
fn after<'h>(headers: &'h HeaderMap, is_https: bool, prefix: &str) -> impl Iterator<Item = &'h [u8]> {
    let pairs = headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let pair = pair.trim_ascii();
        let pair = if is_https { pair.strip_prefix(HOST_PREFIX.as_bytes())? } else { pair };
        pair.strip_prefix(prefix.as_bytes())
    })
}

/// The value of a `Set-Cookie` header as it is sent over https: bound to this host, and never sent over http.
pub fn bound_to_host(set_cookie: &HeaderValue) -> HeaderValue {
    let Some(text) = set_cookie.to_str().ok().filter(|text| text.starts_with(OWN_PREFIX)) else {
        return set_cookie.clone();
    };
    let is_kept = |attribute: &&str| !attribute.starts_with("Path=");
    let attributes: Vec<_> = text.split("; ").filter(is_kept).collect();
    let bound = format!("{HOST_PREFIX}{}; Path=/; Secure", attributes.join("; "));
    HeaderValue::try_from(bound).unwrap_or_else(|_| set_cookie.clone())
}

/// A new cookie that scripts cannot read and that other sites' forms do not send.
pub fn set<'c>(
    name: impl Into<Cow<'c, str>>,
    value: String,
    path: impl Into<Cow<'c, str>>,
    max_age: SignedDuration,
) -> CookieBuilder<'c> {
    let max_age = cookie::time::Duration::seconds(max_age.as_secs());
    Cookie::build((name.into(), value)).path(path).max_age(max_age).http_only(true).same_site(SameSite::Lax)
}

/// A cookie that makes the browser delete the one with this name and path.
pub fn expire<'c>(name: impl Into<Cow<'c, str>>, path: impl Into<Cow<'c, str>>) -> CookieBuilder<'c> {
    set(name, String::new(), path, SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let lines = lines.iter().map(|line| (COOKIE, HeaderValue::from_bytes(line).unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_header() {
        let headers = headers(&[
            b"a=\xe9; not_onsale_user=2; onsale_user=tok.en=; b",
            b"onsale_ticket=x; onsale_ahead=\xe9",
        ]);
        let found = |name| find(&headers, false, name);
        assert_eq!(found(USER), Ok(Some("tok.en=")));
        assert_eq!(found(TICKET), Ok(Some("x")));
        assert_eq!((found(OPERATOR), found(AHEAD)), (Ok(None), Ok(None)));
    }

    #[test]
    fn two_cookies_of_a_name_are_refused() {
        for lines in [
            &[&b"onsale_user=mine; onsale_user=theirs"[..]][..],
            &[b"onsale_user=mine", b"x=1;onsale_user=mine"],
            &[b"onsale_user=; onsale_user=mine"],
        ] {
            assert_eq!(find(&headers(lines), false, USER), Err(DoubledCookie(USER.to_owned())));
            assert_eq!(find(&headers(lines), false, TICKET), Ok(None), "of other names there is one or none");
        }
    }

    #[test]
    fn over_https_only_cookies_that_are_bound_to_this_host_count() {
        let both = headers(&[b"onsale_user=planted; __Host-onsale_user=mine"]);
        assert_eq!(find(&both, true, USER), Ok(Some("mine")));
        assert_eq!(find(&both, false, USER), Ok(Some("planted")));
        assert_eq!(find(&headers(&[b"onsale_user=planted"]), true, USER), Ok(None));
        let doubled = headers(&[b"__Host-onsale_user=a; __Host-onsale_user=b"]);
        assert_eq!(find(&doubled, true, USER), Err(DoubledCookie(USER.to_owned())));
    }

    #[test]
    fn cookies_of_this_site_are_distinguished_from_others() {
        for (line, over_http, over_https) in [
            (&b"onsale_visit=x"[..], true, false),
            (b"a=b; __Host-onsale_language=ko", false, true),
            (b"a=b; my_onsale_visit=x; onsale=1", false, false),
            (b"", false, false),
        ] {
            let headers = headers(&[line]);
            assert_eq!(
                (has_own(&headers, false), has_own(&headers, true)),
                (over_http, over_https),
                "{line:?}"
            );
        }
    }

    #[test]
    fn cookies_are_found_by_the_beginning_of_their_name_in_the_order_of_the_request() {
        let lines = headers(&[
            b"onsale_ticket_b=2; x=1; onsale_ticket=0",
            b"onsale_ticket_a=1; onsale_ticket_c=\xe9",
        ]);
        assert_eq!(find_all(&lines, false, "onsale_ticket_"), Ok(vec![("b", "2"), ("a", "1")]));
        assert_eq!(find_all(&lines, true, "onsale_ticket_"), Ok(vec![]));
        let doubled = headers(&[b"onsale_ticket_a=1; onsale_ticket_a=2"]);
        let name = "onsale_ticket_a".to_owned();
        assert_eq!(find_all(&doubled, false, "onsale_ticket_"), Err(DoubledCookie(name)));
    }

    #[test]
    fn over_https_cookies_are_bound_to_this_host() {
        let sent = |cookie: &str| {
            let cookie = HeaderValue::from_str(cookie).unwrap();
            bound_to_host(&cookie).to_str().unwrap().to_owned()
        };
        let operator = set(OPERATOR, "t".to_owned(), "/operator", SignedDuration::from_secs(60)).to_string();
        assert_eq!(
            sent(&operator),
            "__Host-onsale_operator=t; HttpOnly; SameSite=Lax; Max-Age=60; Path=/; Secure"
        );
        assert_eq!(sent("onsale_ahead=1.1.1; Path=/line"), "__Host-onsale_ahead=1.1.1; Path=/; Secure");
        assert_eq!(sent("other=1; Path=/x"), "other=1; Path=/x");
    }

    #[test]
    fn a_cookie_is_for_this_site_and_not_for_scripts() {
        let cookie = set(USER, "t".to_owned(), "/", SignedDuration::from_secs(60)).to_string();
        assert_eq!(cookie, "onsale_user=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        assert!(expire(USER, "/").to_string().contains("Max-Age=0"));
    }
}
