//! The wallet.

use axum::Json;
use axum::extract::State;
use onsale_booking::money::Money;

use super::extract::{Body, Caller, IdempotencyHeader, IdempotencyKey};
use super::model::wallet::{ChargeAnswer, ChargeBody};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Get my balance
#[utoipa::path(get, path = "/v1/charges", tag = "wallet", security(("userToken" = [])),
    responses((status = 200, description = "The wallet; empty for a new user", body = ChargeAnswer),
        (status = "4XX", description = "`token_*`", body = Problem)))]
pub(super) async fn balance(
    State(site): State<Shared>,
    Caller(user): Caller,
) -> Result<Json<ChargeAnswer>, HttpError> {
    let balance = site.app.balance(user).await?;
    Ok(Json(ChargeAnswer { user_id: user.0, amount: balance.0 }))
}

/// Charge my wallet
///
/// Send an `Idempotency-Key` with each charge. If the response is lost, repeat the request with the same key:
/// the wallet is charged only once.
#[utoipa::path(patch, path = "/v1/charges", tag = "wallet", request_body = ChargeBody, security(("userToken" = [])),
    params(IdempotencyHeader),
    responses((status = 200, description = "The wallet after the charge", body = ChargeAnswer),
        (status = "4XX", description = "`token_*`, `invalid_request`, `balance_limit`, `idempotency_key_reused`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn charge(
    State(site): State<Shared>,
    Caller(user): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(body): Body<ChargeBody>,
) -> Result<Json<ChargeAnswer>, HttpError> {
    let balance = site.app.charge(user, Money(body.amount), key, None).await?;
    Ok(Json(ChargeAnswer { user_id: user.0, amount: balance.0 }))
}
