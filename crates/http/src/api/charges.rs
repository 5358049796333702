//! The wallet.

use axum::Json;
use axum::extract::State;
use onsale_booking::money::Money;

use super::extract::{Body, Caller, IdempotencyKey};
use super::model::wallet::{ChargeAnswer, ChargeBody};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// My balance
#[utoipa::path(get, path = "/v1/charges", tag = "wallet", security(("userToken" = [])),
    responses((status = 200, description = "The wallet; empty for a user who never wrote", body = ChargeAnswer),
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
/// Send an `Idempotency-Key` with each intent, and a lost answer can be asked for again without charging
/// twice.
#[utoipa::path(patch, path = "/v1/charges", tag = "wallet", request_body = ChargeBody, security(("userToken" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this intent, 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The wallet after it", body = ChargeAnswer),
        (status = "4XX", description = "`token_*`, `invalid_request`, `balance_limit`, `idempotency_key_reused`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn charge(
    State(site): State<Shared>,
    Caller(user): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(body): Body<ChargeBody>,
) -> Result<Json<ChargeAnswer>, HttpError> {
    let balance = site.app.charge(user, Money(body.amount), key).await?;
    Ok(Json(ChargeAnswer { user_id: user.0, amount: balance.0 }))
}
