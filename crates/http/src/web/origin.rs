//! The check against cross-site request forgery (docs/adr/0015-pages-and-cookies.md).
//!
//! Browsers may send cookies with any request, so a form on another site could act for a visitor. But
//! browsers also send where a request comes from: `Sec-Fetch-Site` over https and on loopback, `Origin` with
//! every POST. `SameSite=Lax` on the cookies is a second defence.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

/// Whether a request may use cookies: it only reads, or it comes from this site.
pub(super) fn is_allowed(method: &Method, headers: &HeaderMap) -> bool {
    method.is_safe() || is_same_origin(headers)
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        // `none` means that the user started it, such as by restoring a page.
        return matches!(site, "same-origin" | "none");
    }
    let authority = text(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    authority.is_some_and(|(_, authority)| text(HOST.as_str()) == Some(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_post(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_str(value).unwrap())
        });
        is_allowed(&Method::POST, &headers.collect())
    }

    #[test]
    fn only_forms_of_this_site_are_allowed() {
        let host = ("host", "tickets.example");
        assert!(may_post(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(may_post(&[host, ("origin", "https://tickets.example")]));
        assert!(may_post(&[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")]));
        for headers in [
            &[host] as &[_],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "https://tickets.example")],
            &[host, ("origin", "https://evil.example")],
            &[host, ("origin", "https://tickets.example.evil.example")],
            &[host, ("origin", "https://tickets.example:8443")],
            &[host, ("origin", "null")],
            &[("origin", "https://tickets.example")],
        ] {
            assert!(!may_post(headers), "{headers:?}");
        }
    }

    #[test]
    fn reading_is_allowed_from_everywhere() {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert!(is_allowed(&Method::GET, &headers) && is_allowed(&Method::HEAD, &headers));
        assert!(!is_allowed(&Method::DELETE, &headers));
    }
}
