//! Headers that every response has, whatever its handler sets.

use axum::http::header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// A year, for this host alone: other hosts of the domain are not ours.
const HTTPS_FOR_A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Keeps a response, which may contain a token, out of caches, and its content type from being guessed. A
/// response that says how long it may be cached keeps that.
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    // axum marks event streams as `no-cache`, which lets a cache keep them.
    if headers.get(CACHE_CONTROL).is_none_or(|value| value == "no-cache") {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
}

/// Makes browsers use https for this host, whatever links say.
pub(crate) fn demand_https(headers: &mut HeaderMap) {
    headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_FOR_A_YEAR);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_stored_unless_its_handler_allows_it() {
        for (set, expected) in [
            (None, "no-store"),
            (Some("no-cache"), "no-store"),
            (Some("public, max-age=31536000, immutable"), "public, max-age=31536000, immutable"),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(set.map(|value| (CACHE_CONTROL, HeaderValue::from_static(value))));
            protect(&mut headers);
            assert_eq!(
                (&headers[CACHE_CONTROL], &headers[X_CONTENT_TYPE_OPTIONS]),
                (&HeaderValue::from_static(expected), &NOSNIFF)
            );
        }
    }
}
