//! The bearer token of a request (RFC 6750).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use onsale_app::tokens::{TOKEN_BYTES_MAX, TokenError};

/// The bearer token of a request.
///
/// # Errors
/// `Missing` without an `Authorization: Bearer` header; `Invalid` if there are several, or if the value
/// cannot be a token.
pub fn bearer(headers: &HeaderMap) -> Result<&str, TokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(TokenError::Missing)?;
    if values.next().is_some() {
        return Err(TokenError::Invalid);
    }
    let value = value.to_str().map_err(|_| TokenError::Invalid)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(TokenError::Missing);
    }
    let token = token.trim_matches(' ');
    if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Invalid);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&'static [u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_bearer_token_is_read_from_the_header() {
        assert_eq!(bearer(&headers(&[b"Bearer abc"])), Ok("abc"));
        assert_eq!(bearer(&headers(&[b"bEARER  abc "])), Ok("abc"));
        assert_eq!(bearer(&headers(&[])), Err(TokenError::Missing));
        assert_eq!(bearer(&headers(&[b"Basic abc"])), Err(TokenError::Missing));
        assert_eq!(bearer(&headers(&[b"abc"])), Err(TokenError::Missing));
        assert_eq!(bearer(&headers(&[b"Bearer a", b"Bearer b"])), Err(TokenError::Invalid));
        assert_eq!(bearer(&headers(&[b"Bearer"])), Err(TokenError::Invalid));
        assert_eq!(bearer(&headers(&[b"Bearer  "])), Err(TokenError::Invalid));
        assert_eq!(bearer(&headers(&[b"Bearer \xff"])), Err(TokenError::Invalid));
        let mut long = HeaderMap::new();
        long.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", "a".repeat(4097))).unwrap());
        assert_eq!(bearer(&long), Err(TokenError::Invalid));
    }
}
