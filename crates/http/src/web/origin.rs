//! The check against cross-site request forgery (docs/adr/0015-pages-and-cookies.md).
//!
//! Browsers may send cookies with any request, so a form on another site could act for a visitor. But
//! browsers also send where a request comes from: `Sec-Fetch-Site` over https and on loopback, `Origin` with
//! every POST. Where a public URL is set, `Origin` must be that. `SameSite=Lax` on the cookies is a second
//! defence.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};

use crate::forwarding::Arrival;

/// Whether a request may use cookies: it only reads, or it comes from this site.
pub(super) fn is_allowed(method: &Method, headers: &HeaderMap, arrival: &Arrival) -> bool {
    method.is_safe() || is_same_origin(headers, arrival)
}

fn is_same_origin(headers: &HeaderMap, arrival: &Arrival) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = text(ORIGIN.as_str());
    let Some(site) = text("sec-fetch-site") else {
        return origin.is_some_and(|origin| arrival.is_origin(origin));
    };
    // `none` means that the user started it, such as by restoring a page. A proxy may have changed `Host`, so
    // the origin is compared only with a public URL.
    let is_own = origin.is_none_or(|origin| origin == "null" || arrival.is_origin(origin));
    matches!(site, "same-origin" | "none") && (is_own || !arrival.is_public())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forwarding::{Forwarding, PublicUrl};

    fn posts(public_url: Option<&str>, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_str(value).unwrap())
        });
        let headers = headers.collect();
        let public_url = public_url.map(|url| PublicUrl::new(url).unwrap());
        let arrival = Forwarding { public_url, ..Forwarding::default() }.arrival(None, &headers);
        is_allowed(&Method::POST, &headers, &arrival)
    }

    fn may_post(headers: &[(&'static str, &str)]) -> bool {
        posts(None, headers)
    }

    #[test]
    fn a_public_url_is_the_only_origin_of_forms() {
        let url = Some("https://tickets.example");
        let inner = ("host", "10.0.0.5:3000");
        assert!(posts(url, &[inner, ("origin", "https://tickets.example")]));
        assert!(posts(
            url,
            &[inner, ("origin", "https://tickets.example"), ("sec-fetch-site", "same-origin")]
        ));
        assert!(posts(url, &[inner, ("sec-fetch-site", "same-origin")]));
        assert!(posts(url, &[inner, ("origin", "null"), ("sec-fetch-site", "same-origin")]));
        for headers in [
            &[inner, ("origin", "http://tickets.example")] as &[_],
            &[inner, ("origin", "https://10.0.0.5:3000")],
            &[inner, ("origin", "http://10.0.0.5:3000"), ("sec-fetch-site", "same-origin")],
            &[inner, ("origin", "https://tickets.example"), ("sec-fetch-site", "same-site")],
            &[inner, ("origin", "null")],
            &[inner],
        ] {
            assert!(!posts(url, headers), "{headers:?}");
        }
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
        let arrival = Forwarding::default().arrival(None, &headers);
        assert!(
            is_allowed(&Method::GET, &headers, &arrival) && is_allowed(&Method::HEAD, &headers, &arrival)
        );
        assert!(!is_allowed(&Method::DELETE, &headers, &arrival));
    }
}
