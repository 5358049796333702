//! Extractors of API handlers. Handlers name the token's extractor first, so that it is checked first.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use onsale_app::tokens::{Role, Ticket, TokenError, UserToken};
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::request::RequestKey;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::bearer::bearer;
use crate::connection::collect_body;
use crate::error::HttpError;
use crate::path::{concert_id, param, path_params};
use crate::prefer;
use crate::site::Shared;
use crate::ticket::read_ticket;
use crate::ticket_cookies;
use crate::ticket_limits::RequestPermit;

/// The user of a user token.
pub(super) struct Caller(pub(super) UserId);

/// A user token: the user, and the groups they are a member of.
pub(super) struct CallerToken(pub(super) UserToken);

/// The operator of an operator token.
pub(super) struct Operator(pub(super) UserId);

/// A client with the metrics token or an operator token.
pub(super) struct MetricsReader;

/// The ticket of a queue token of this line.
pub(super) struct Queued(pub(super) Ticket);

/// The ticket of a queue token of this line, and a permit for one more request of it. The request is in
/// flight until the permit is dropped.
pub(super) struct Permitted(pub(super) Ticket, pub(super) RequestPermit);

impl FromRequestParts<Shared> for Caller {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        Ok(Self(UserId(user_token(&parts.headers, site)?.user)))
    }
}

impl FromRequestParts<Shared> for CallerToken {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        user_token(&parts.headers, site).map(Self)
    }
}

impl FromRequestParts<Shared> for Operator {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let token = user_token(&parts.headers, site)?;
        match token.role {
            Role::Operator => Ok(Self(UserId(token.user))),
            Role::User => Err(HttpError::OperatorOnly),
        }
    }
}

impl FromRequestParts<Shared> for Queued {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        // The cookie counts only for reading: another site's page could have sent the request.
        let is_safe = parts.method.is_safe();
        let token = match bearer(&parts.headers) {
            Err(TokenError::Missing) if is_safe => {
                let is_https = site.forwarding.is_https(parts.extensions.get().copied(), &parts.headers);
                let (query, main_sale) = (parts.uri.query(), site.app.main_sale());
                let cookie = ticket_cookies::named_by(&parts.headers, is_https, query, main_sale)?;
                cookie.ok_or(TokenError::Missing)?
            }
            token => token?,
        };
        read_ticket(token, site).await.map(Self)
    }
}

impl FromRequestParts<Shared> for MetricsReader {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let token = bearer(&parts.headers)?;
        if site.metrics_token.as_ref().is_some_and(|known| known.is(token)) {
            return Ok(Self);
        }
        Operator::from_request_parts(parts, site).await.map(|_| Self)
    }
}

impl FromRequestParts<Shared> for Permitted {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let Queued(ticket) = Queued::from_request_parts(parts, site).await?;
        let permit = site.tickets.request(ticket.key()).await?;
        Ok(Self(ticket, permit))
    }
}

fn user_token(headers: &HeaderMap, site: &Shared) -> Result<UserToken, HttpError> {
    Ok(site.app.keys.read_user(bearer(headers)?, site.app.now())?)
}

/// The ticket of a request's queue token, which must be in the header.
///
/// # Errors
/// The token is not accepted; the line does not answer.
pub(super) async fn queue_token(headers: &HeaderMap, site: &Shared) -> Result<Ticket, HttpError> {
    read_ticket(bearer(headers)?, site).await
}

/// The concert and seat that a path names with `{id}` and `{seatNo}`.
pub(super) struct SeatPath(pub(super) ConcertId, pub(super) SeatNo);

/// The date that a path names with `{date}`.
pub(super) struct DatePath(pub(super) jiff::civil::Date);

impl FromRequestParts<Shared> for SeatPath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let params = path_params(parts, site).await?;
        Ok(Self(concert_id(param(&params, "id")?)?, seat_no(param(&params, "seatNo")?)?))
    }
}

impl FromRequestParts<Shared> for DatePath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        let params = path_params(parts, site).await?;
        date("date", param(&params, "date")?).map(Self)
    }
}

/// Reads a seat number of ASCII digits. A number too large for any concert is out of range, not malformed.
fn seat_no(text: &str) -> Result<SeatNo, HttpError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HttpError::invalid("seatNo", "must be ASCII digits"));
    }
    Ok(text.parse().unwrap_or(SeatNo::MAX))
}

/// Reads a calendar date, as `YYYY-MM-DD` only.
///
/// # Errors
/// `invalid_request` naming `field`.
pub(super) fn date(field: &str, text: &str) -> Result<jiff::civil::Date, HttpError> {
    let invalid = || HttpError::invalid(field, "must be a date as YYYY-MM-DD");
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !has_form {
        return Err(invalid());
    }
    text.parse().map_err(|_| invalid())
}

/// Describes the header that [`IdempotencyKey`] reads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct IdempotencyHeader {
    /// Identifies this request, for safe retries: 1 to 255 visible ASCII characters.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    key: Option<String>,
}

/// The `Idempotency-Key` of a request, if it has one.
pub(super) struct IdempotencyKey(pub(super) Option<RequestKey>);

impl FromRequestParts<Shared> for IdempotencyKey {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, HttpError> {
        let invalid = || {
            HttpError::invalid("Idempotency-Key", "must be one header of 1 to 255 visible ASCII characters")
        };
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(invalid());
        }
        let key = value.to_str().ok().and_then(RequestKey::new).ok_or_else(invalid)?;
        Ok(Self(Some(key)))
    }
}

/// Describes the header that [`Wait`] reads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct PreferHeader {
    /// `wait=N` (RFC 7240): hold the answer until the status changes, for `N` seconds at most, 1 to 25. With
    /// `; phase=P` it is not held if the line's phase is no longer `P`, which the last status said.
    #[param(rename = "Prefer", example = "wait=20; phase=open")]
    prefer: Option<String>,
}

/// For how long the answer of a request may be held, if it prefers that.
pub(super) struct Wait(pub(super) Option<prefer::Wait>);

impl FromRequestParts<Shared> for Wait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        Ok(Self(prefer::wait(&parts.headers)))
    }
}

/// The query of a request.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, HttpError> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|_| HttpError::invalid("query", "cannot be read"))
    }
}

/// A JSON body without unknown fields, within the limits of size and time.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, site: &Shared) -> Result<Self, HttpError> {
        if !is_json(request.headers()) {
            return Err(HttpError::UnsupportedMediaType);
        }
        parse(&collect_body(request.into_body(), &site.limits).await?).map(Self)
    }
}

/// The same, or no body at all, whatever its type: then every field has its default.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Shared> for OptionalBody<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, site: &Shared) -> Result<Self, HttpError> {
        let is_json = is_json(request.headers());
        let bytes = collect_body(request.into_body(), &site.limits).await?;
        match bytes.is_empty() {
            true => Ok(Self(T::default())),
            false if is_json => parse(&bytes).map(Self),
            false => Err(HttpError::UnsupportedMediaType),
        }
    }
}

/// Reads a JSON object.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HttpError> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        // serde would also accept an array, as the fields of a struct in order.
        return Err(HttpError::invalid("body", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let detail = detail_of(error.inner());
        HttpError::invalid(field_of(&error.path().to_string(), &detail), detail)
    })?;
    json.end().map_err(|error| HttpError::invalid("body", error.to_string()))?;
    Ok(value)
}

/// What is wrong, in words of the API. The place in the text helps with its syntax only: a wrong value has a
/// field.
fn detail_of(error: &serde_json::Error) -> String {
    let detail = error.to_string();
    if !error.is_data() {
        return detail;
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let detail = detail.strip_suffix(&place).unwrap_or(&detail);
    let kinds = ["i64", "u64", "u32"].map(|kind| format!("expected {kind}"));
    let number = kinds.iter().find_map(|kind| detail.strip_suffix(kind));
    number.map_or_else(|| detail.to_owned(), |before| format!("{before}expected a whole number"))
}

/// The invalid field: the one where the parser stopped, or one that is missing, unknown or repeated.
fn field_of(path: &str, detail: &str) -> String {
    let starts = ["unknown field `", "missing field `", "duplicate field `"];
    let names_field = starts.iter().any(|start| detail.starts_with(start));
    match detail.split('`').nth(1) {
        Some(field) if names_field => field.to_owned(),
        _ if path == "." || path == "?" => "body".to_owned(),
        _ => path.to_owned(),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = essence.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_value_is_said_in_words_of_the_api() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Numbers {
            #[allow(dead_code, reason = "it is only read")]
            count: i64,
        }
        let wrong = |text: &str| match parse::<Numbers>(text.as_bytes()) {
            Err(HttpError::Invalid { field, detail }) => (field, detail),
            other => panic!("{other:?}"),
        };
        let count = |reason: &str| ("count".to_owned(), reason.to_owned());
        assert_eq!(
            wrong(r#"{"count": 1e30}"#),
            count("invalid type: floating point `1e+30`, expected a whole number")
        );
        assert_eq!(wrong(r#"{"count": "1"}"#), count("invalid type: string \"1\", expected a whole number"));
        assert_eq!(wrong("{}"), count("missing field `count`"));
        assert_eq!(wrong(r#"{"count": 1, "count": 2}"#), count("duplicate field `count`"));
        let (field, reason) = wrong(r#"{"count": 1"#);
        assert_eq!(field, "body");
        assert!(reason.ends_with("at line 1 column 11"), "{reason}");
    }

    #[test]
    fn a_seat_number_is_plain_ascii_digits() {
        assert_eq!(seat_no("50"), Ok(50));
        assert_eq!(seat_no("007"), Ok(7));
        assert_eq!(seat_no("99999999999999999999"), Ok(SeatNo::MAX), "out of range, not malformed");
        for text in ["", "+1", "-1", " 1", "1.0", "0x1", "１", "一"] {
            assert!(seat_no(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_date_is_year_month_day() {
        assert_eq!(date("date", "2026-02-28").map(jiff::civil::Date::day), Ok(28));
        for text in ["2026-02-30", "20260228", "2026-2-8", "2026-02-28T00:00", "+026-02-28", "２026-02-28"] {
            assert!(date("date", text).is_err(), "{text:?}");
        }
    }
}
