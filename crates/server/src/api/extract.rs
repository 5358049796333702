//! Extractors: they turn a request into a handler's arguments. The token is checked first.

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use jiff::Timestamp;
use onsale_booking::command::Guest;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::request::RequestKey;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::ApiError;
use crate::app::Shared;
use crate::connection::collect_body;
use crate::cookies;
use crate::desk::pass_key;
use crate::tokens::{Role, Ticket, TokenError, UserToken, bearer};

/// A caller with a user token.
pub struct Caller(pub UserId);

/// A caller with an operator's token.
pub struct Operator(pub UserId);

/// A caller with a queue token of this line.
pub struct Queued(pub Ticket);

impl Queued {
    /// The person and their pass, for commands.
    pub fn guest(&self) -> Guest {
        Guest { user: UserId(self.0.user), pass: pass_key(&self.0) }
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        Ok(Self(UserId(user_token(&parts.headers, app)?.user)))
    }
}

impl FromRequestParts<Shared> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let token = user_token(&parts.headers, app)?;
        match token.role {
            Role::Operator => Ok(Self(UserId(token.user))),
            Role::User => Err(ApiError::OperatorOnly),
        }
    }
}

impl FromRequestParts<Shared> for Queued {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        // A cookie must not change anything here: another site's page could have sent it.
        let is_reading = parts.method.is_safe();
        let token = match bearer(&parts.headers) {
            Err(TokenError::Missing) if is_reading => {
                cookies::find(&parts.headers, cookies::TICKET).ok_or(TokenError::Missing)?
            }
            token => token?,
        };
        read_ticket(token, app).await.map(Self)
    }
}

fn user_token(headers: &HeaderMap, app: &Shared) -> Result<UserToken, ApiError> {
    Ok(app.keys.read_user(bearer(headers)?, app.now())?)
}

/// The ticket of a request, if it is of this line.
///
/// # Errors
/// The token's refusal, or a line that does not answer.
pub async fn queue_token(headers: &HeaderMap, app: &Shared) -> Result<Ticket, ApiError> {
    read_ticket(bearer(headers)?, app).await
}

/// The place of a queue token, if the token is of this line.
///
/// # Errors
/// The token's refusal, or a line that does not answer.
pub async fn read_ticket(token: &str, app: &Shared) -> Result<Ticket, ApiError> {
    let ticket = app.keys.read_queue(token, app.now())?;
    app.desk.check(&ticket).await?;
    Ok(ticket)
}

/// `{id}` of a path.
pub struct ConcertPath(pub ConcertId);

/// `{id}` and `{seatNo}` of a path.
pub struct SeatPath(pub ConcertId, pub SeatNo);

/// `{date}` of a path.
pub struct DatePath(pub jiff::civil::Date);

impl FromRequestParts<Shared> for ConcertPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let params = path_params(parts, app).await?;
        Ok(Self(concert_id(param(&params, "id")?)?))
    }
}

impl FromRequestParts<Shared> for SeatPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let params = path_params(parts, app).await?;
        Ok(Self(concert_id(param(&params, "id")?)?, seat_no(param(&params, "seatNo")?)?))
    }
}

impl FromRequestParts<Shared> for DatePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let params = path_params(parts, app).await?;
        date("date", param(&params, "date")?).map(Self)
    }
}

async fn path_params(parts: &mut Parts, app: &Shared) -> Result<RawPathParams, ApiError> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    params.map_err(|_| ApiError::invalid("path", "is not UTF-8"))
}

fn param<'a>(params: &'a RawPathParams, name: &str) -> Result<&'a str, ApiError> {
    let found = params.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value).ok_or(ApiError::NotFound)
}

fn concert_id(text: &str) -> Result<ConcertId, ApiError> {
    let id = Uuid::try_parse(text).map_err(|_| ApiError::invalid("id", "must be a UUID"))?;
    Ok(ConcertId(id))
}

/// ASCII digits only. A number beyond all seats is still a seat number, but out of range.
fn seat_no(text: &str) -> Result<SeatNo, ApiError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::invalid("seatNo", "must be ASCII digits"));
    }
    Ok(text.parse().unwrap_or(SeatNo::MAX))
}

/// A calendar date as `YYYY-MM-DD` and nothing else.
///
/// # Errors
/// `invalid_request` naming `field`.
pub fn date(field: &str, text: &str) -> Result<jiff::civil::Date, ApiError> {
    let wrong = || ApiError::invalid(field, "must be a date as YYYY-MM-DD");
    let plain = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !plain {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// The `Idempotency-Key`, if there is one. It is checked after the token.
pub struct IdempotencyKey(pub Option<RequestKey>);

impl FromRequestParts<Shared> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        let wrong =
            || ApiError::invalid("Idempotency-Key", "must be one header of 1 to 255 bytes 0x21 to 0x7E");
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(wrong());
        }
        let key = value.to_str().ok().and_then(RequestKey::new).ok_or_else(wrong)?;
        Ok(Self(Some(key)))
    }
}

/// A complete JSON body: received in time, within the size limit, without unknown fields.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let bytes = collect_body(request.into_body(), &app.limits).await?;
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            // serde would accept a list as the fields of a struct, in order.
            return Err(ApiError::invalid("body", "must be a JSON object"));
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let detail = error.inner().to_string();
            ApiError::invalid(field_of(&error.path().to_string(), &detail), detail)
        })?;
        json.end().map_err(|error| ApiError::invalid("body", error.to_string()))?;
        Ok(Self(value))
    }
}

/// The invalid field: where the parser stopped, or the field that is missing, unknown or repeated.
fn field_of(path: &str, detail: &str) -> String {
    let quoted = ["unknown field `", "missing field `", "duplicate field `"];
    let quoted = quoted.iter().any(|start| detail.starts_with(start));
    match detail.split('`').nth(1) {
        Some(field) if quoted => field.to_owned(),
        _ if path == "." || path == "?" => "body".to_owned(),
        _ => path.to_owned(),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = essence.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The store keeps whole microseconds, so a finer time would come back changed.
///
/// # Errors
/// `invalid_request` naming `field`.
pub fn whole_micros(field: &'static str, time: Timestamp) -> Result<Timestamp, ApiError> {
    if time.subsec_nanosecond() % 1_000 != 0 {
        return Err(ApiError::invalid(field, "must not be finer than a microsecond"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

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
