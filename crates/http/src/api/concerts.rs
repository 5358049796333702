//! Concerts: listing them, and putting one on sale.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::TokenError;
use onsale_booking::Refusal;
use onsale_booking::ids::SaleId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Operator, Query, date, queue_token};
use super::model::concerts::{ConcertAnswer, ConcertTitle, ListedConcert, NewConcertBody};
use crate::bearer::bearer;
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Which concerts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ConcertQuery {
    /// Only concerts of this date (YYYY-MM-DD in the sale's time zone).
    #[param(example = "2026-03-20", format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    date: Option<String>,
}

/// List concerts
///
/// With a queue token: what its sale sells. With a user token: what any listed sale sells. People inside get
/// all fields, everybody else only id, name and opening time.
#[utoipa::path(get, path = "/v1/concerts", tag = "concerts", params(ConcertQuery),
    security(("queueToken" = []), ("userToken" = [])),
    responses((status = 200, description = "Concerts, earliest first", body = Vec<ListedConcert>,
            example = json!([{"id": "0199d6a0-0000-7000-8000-0000000000c1", "name": "Spring Night", "capacity": 50,
                "price": 50000, "openingAt": "2026-03-01T09:00:00Z", "closingAt": "2026-03-20T09:00:00Z",
                "eventDate": "2026-03-20T19:00:00Z", "createdAt": "2026-02-01T09:00:00Z",
                "updatedAt": "2026-02-01T09:00:00Z", "available": 48}])),
        (status = "4XX", description = "`token_*`, `pass_ended`, `invalid_request`", body = Problem)))]
pub(super) async fn list(
    State(site): State<Shared>,
    headers: HeaderMap,
    query: Result<Query<ConcertQuery>, HttpError>,
) -> Result<Json<Vec<ListedConcert>>, HttpError> {
    // The token is checked before the query.
    let reader = reader(&site, &headers).await?;
    let Query(query) = query?;
    let mut maps = match &reader {
        Reader::Inside(sale) | Reader::Waiting(sale) => site.app.concerts_of(*sale),
        Reader::User => site.app.listed_concerts(),
    };
    if let Some(text) = query.date {
        let date = date("date", &text)?;
        maps.retain(|map| site.app.date_of(map.concert.event_date) == date);
    }
    if let Reader::Inside(_) = reader {
        let now = site.app.now();
        let full = maps.iter().map(|map| ConcertAnswer::new(&map.concert, map.snapshot().available(now)));
        return Ok(Json(full.map(ListedConcert::Full).collect()));
    }
    let titles = maps.iter().map(|map| ConcertTitle {
        id: map.concert.id.0,
        name: map.concert.name.clone(),
        opening_at: map.concert.opening_at,
    });
    Ok(Json(titles.map(ListedConcert::Title).collect()))
}

/// Who reads the list.
enum Reader {
    /// A person inside, by a pass of this sale.
    Inside(SaleId),
    /// A person who waits in this sale's line.
    Waiting(SaleId),
    /// A person who has not joined.
    User,
}

/// Reads both kinds of token.
async fn reader(site: &Shared, headers: &HeaderMap) -> Result<Reader, HttpError> {
    match queue_token(headers, site).await {
        Ok(ticket) => match site.app.status(&ticket).await? {
            LineStatus::Admitted { .. } => Ok(Reader::Inside(ticket.sale)),
            LineStatus::Waiting { .. } => Ok(Reader::Waiting(ticket.sale)),
            LineStatus::Ended => Err(AppError::from(Refusal::PassEnded).into()),
        },
        Err(HttpError::Token(TokenError::Kind)) => {
            site.app.keys.read_user(bearer(headers)?, site.app.now())?;
            Ok(Reader::User)
        }
        Err(error) => Err(error),
    }
}

/// Put a concert on sale
///
/// Operators only. Seats are numbered from 1 to `capacity`; all have the same price. Without `saleIds` the
/// main sale sells it.
#[utoipa::path(post, path = "/v1/concerts", tag = "operators", request_body = NewConcertBody,
    security(("operatorToken" = [])),
    responses((status = 200, description = "The concert", body = ConcertAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn create(
    State(site): State<Shared>,
    Operator(operator): Operator,
    Body(new): Body<NewConcertBody>,
) -> Result<Json<ConcertAnswer>, HttpError> {
    let concert = site.app.open_concert(new.for_operator(operator)).await?;
    Ok(Json(ConcertAnswer::new(&concert, concert.capacity as usize)))
}
