//! Refuses requests by their head alone: what hyper accepts although HTTP/1.1 forbids it (RFC 9112), and
//! bodies that nobody would read.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Version};

use crate::connection::BodyError;
use crate::error::HttpError;

/// Checks a request's head.
///
/// # Errors
/// `Host` is missing, doubled or malformed; the transfer coding is not plain `chunked`; the body is declared
/// as longer than `body_bytes_max` or is compressed. Of the first two, a server in front may make something
/// else, and forward a part of the body as the next request.
pub(crate) fn check<B: HttpBody>(request: &Request<B>, body_bytes_max: usize) -> Result<(), HttpError> {
    let (headers, body) = (request.headers(), request.body());
    check_host(headers, request.version())?;
    check_transfer_encoding(headers)?;
    if body.size_hint().lower() > body_bytes_max as u64 {
        return Err(BodyError::TooLarge.into());
    }
    let is_encoded = headers.get_all(CONTENT_ENCODING).iter().any(|coding| coding != "identity");
    if is_encoded && !body.is_end_stream() { Err(BodyError::Encoded.into()) } else { Ok(()) }
}

fn check_host(headers: &HeaderMap, version: Version) -> Result<(), HttpError> {
    let mut hosts = headers.get_all(HOST).iter();
    let is_right = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => version < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    if is_right { Ok(()) } else { Err(HttpError::invalid("Host", "must be one header with a host")) }
}

/// Whether every byte may occur in a host with a port (RFC 3986).
fn is_host(host: &[u8]) -> bool {
    !host.is_empty()
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte))
}

fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), HttpError> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(HttpError::invalid("Transfer-Encoding", "must be chunked, and nothing else")),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn checked(version: Version, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match check(&request.body(Body::empty()).unwrap(), 0) {
            Ok(()) => None,
            Err(HttpError::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let host = |version, hosts: &[&str]| {
            let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            checked(version, &headers)
        };
        for good in
            ["x", "tickets.example", "tickets.example:8443", "127.0.0.1:3000", "[::1]:3000", "a_b", "%C3%A4"]
        {
            assert_eq!(host(Version::HTTP_11, &[good]), None, "{good}");
        }
        for bad in ["", "a b", "a/b", "a@b", "a\\b", "a?b", "a#b", "<a>", "a\tb"] {
            assert_eq!(host(Version::HTTP_11, &[bad]).as_deref(), Some("Host"), "{bad}");
        }
        assert_eq!(host(Version::HTTP_11, &[]).as_deref(), Some("Host"));
        for version in [Version::HTTP_10, Version::HTTP_11] {
            assert_eq!(host(version, &["a", "a"]).as_deref(), Some("Host"));
            assert_eq!(host(version, &["a", "b"]).as_deref(), Some("Host"));
        }
        assert_eq!(host(Version::HTTP_10, &[]), None, "HTTP/1.0 has no Host");
    }

    #[test]
    fn a_body_is_chunked_or_plain() {
        let coded = |codings: &[&'static str]| {
            let mut headers = vec![("host", "x")];
            headers.extend(codings.iter().map(|coding| ("transfer-encoding", *coding)));
            checked(Version::HTTP_11, &headers)
        };
        for good in [&[][..], &["chunked"], &["Chunked"]] {
            assert_eq!(coded(good), None, "{good:?}");
        }
        for bad in [
            &["gzip, chunked"][..],
            &["gzip"],
            &["identity"],
            &["chunked, chunked"],
            &["chunked", "chunked"],
            &["gzip", "chunked"],
            &["chunked;a=b"],
            &["chunked,"],
            &["xchunked"],
            &[""],
        ] {
            assert_eq!(coded(bad).as_deref(), Some("Transfer-Encoding"), "{bad:?}");
        }
    }

    #[test]
    fn a_body_is_not_compressed() {
        let checked = |coding: &str, body: Body| {
            let request = Request::builder().header(HOST, "x").header(CONTENT_ENCODING, coding);
            check(&request.body(body).unwrap(), 3)
        };
        for coding in ["gzip", "br", "identity, gzip", "x", ""] {
            assert_eq!(checked(coding, Body::from("abc")), Err(BodyError::Encoded.into()), "{coding}");
            assert_eq!(checked(coding, Body::empty()), Ok(()), "{coding}");
        }
        assert_eq!(checked("identity", Body::from("abc")), Ok(()));
        assert_eq!(checked("identity", Body::from("abcd")), Err(BodyError::TooLarge.into()));
    }
}
