//! Whether a form comes from a page of this site (docs/adr/0015-pages-and-cookies.md).
//!
//! Cookies go along with whatever makes a browser ask, so a form on any other site could act for its visitor.
//! Browsers say where a request comes from: `Sec-Fetch-Site` over https and on loopback, `Origin` with every
//! POST. `SameSite=Lax` on the cookies stands behind it.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

/// Whether a request may act by a cookie: it only reads, or it comes from here.
pub(super) fn may_act(method: &Method, headers: &HeaderMap) -> bool {
    method.is_safe() || is_from_here(headers)
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        // `none` is the person themselves: an address typed, a page restored.
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
        may_act(&Method::POST, &headers.collect())
    }

    #[test]
    fn only_forms_of_this_site_act() {
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
    fn whoever_only_reads_may_come_from_anywhere() {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert!(may_act(&Method::GET, &headers) && may_act(&Method::HEAD, &headers));
        assert!(!may_act(&Method::DELETE, &headers));
    }
}
