//! Concerts: listing them, and putting one on sale.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use onsale_booking::command::NewConcert;
use onsale_booking::ids::{ConcertId, UserId};
use onsale_booking::money::Money;
use onsale_booking::{Command, Outcome};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::dates::date_of;
use super::error::{ApiError, Problem};
use super::extract::{Body, Operator, date, queue_token, whole_micros};
use super::model::concerts::{ConcertAnswer, ConcertTitle, Concerts, NewConcertBody};
use crate::app::Shared;
use crate::desk::Standing;
use crate::tokens::{TokenError, bearer};

/// Which concerts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ConcertQuery {
    /// Only concerts of this date (YYYY-MM-DD in the sale's time zone).
    #[param(example = "2026-03-20")]
    date: Option<String>,
}

/// List concerts
///
/// Complete for people inside. With a user token, or while still waiting, only id, name and when the sale opens.
#[utoipa::path(get, path = "/v1/concerts", tag = "concerts", params(ConcertQuery),
    security(("queueToken" = []), ("userToken" = [])),
    responses((status = 200, description = "Concerts, earliest first", body = Concerts,
            example = json!([{"id": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night", "capacity": 50,
                "price": 50000, "openingAt": "2026-03-01T09:00:00Z", "closingAt": "2026-03-20T09:00:00Z",
                "eventDate": "2026-03-20T19:00:00Z", "createdAt": "2026-02-01T09:00:00Z",
                "updatedAt": "2026-02-01T09:00:00Z", "available": 48}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `invalid_request`", body = Problem)))]
pub(super) async fn list(
    State(app): State<Shared>,
    headers: HeaderMap,
    query: Result<Query<ConcertQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Concerts>, ApiError> {
    let is_inside = is_inside(&app, &headers).await?;
    let Query(query) = query.map_err(|_| ApiError::invalid("query", "cannot be read"))?;
    let on_date = query.date.map(|text| date("date", &text)).transpose()?;
    let mut maps = app.store.maps.all();
    maps.retain(|map| on_date.is_none_or(|date| date == date_of(&app, map.concert.event_date)));
    if is_inside {
        let now = app.now();
        let full = maps.iter().map(|map| ConcertAnswer::new(&map.concert, map.view().available(now)));
        return Ok(Json(Concerts::Full(full.collect())));
    }
    let titles = maps.iter().map(|map| ConcertTitle {
        id: map.concert.id.0,
        name: map.concert.name.clone(),
        opening_at: map.concert.opening_at,
    });
    Ok(Json(Concerts::Titles(titles.collect())))
}

/// Whether the caller is inside. Either kind of token is accepted: if one fails, the other is tried.
async fn is_inside(app: &Shared, headers: &HeaderMap) -> Result<bool, ApiError> {
    match queue_token(headers, app).await {
        Ok(ticket) => match app.desk.look(&ticket).await? {
            Standing::Admitted { .. } => Ok(true),
            Standing::Waiting { .. } => Ok(false),
            Standing::Ended => Err(onsale_booking::Refusal::PassEnded.into()),
        },
        Err(ApiError::Token(TokenError::Kind)) => {
            app.keys.read_user(bearer(headers)?, app.now())?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Put a concert on sale
///
/// Operators only. Seats are numbered from 1 to `capacity`; all have the same price.
#[utoipa::path(post, path = "/v1/concerts", tag = "operators", request_body = NewConcertBody,
    security(("operatorToken" = [])),
    responses((status = 200, description = "The concert", body = ConcertAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn create(
    State(app): State<Shared>,
    Operator(operator): Operator,
    Body(new): Body<NewConcertBody>,
) -> Result<Json<ConcertAnswer>, ApiError> {
    open_concert(&app, new, operator).await.map(Json)
}

/// Puts a concert on sale on an operator's behalf.
///
/// # Errors
/// An invalid field, or a store that cannot take it.
pub(crate) async fn open_concert(
    app: &Shared,
    new: NewConcertBody,
    operator: UserId,
) -> Result<ConcertAnswer, ApiError> {
    let command = Command::OpenConcert(NewConcert {
        id: ConcertId(Uuid::now_v7()),
        name: new.name,
        // The rule refuses a number beyond 32 bits like any other invalid capacity.
        capacity: u32::try_from(new.capacity).unwrap_or(0),
        price: Money(new.price),
        opening_at: whole_micros("openingAt", new.opening_at)?,
        closing_at: whole_micros("closingAt", new.closing_at)?,
        event_date: whole_micros("eventDate", new.event_date)?,
        opened_by: Some(operator),
    });
    match app.submit(command).await? {
        Outcome::Opened(concert) => Ok(ConcertAnswer::new(&concert, concert.capacity as usize)),
        other => Err(super::unexpected(&other)),
    }
}
