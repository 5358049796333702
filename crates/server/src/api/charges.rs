//! The wallet.

use axum::Json;
use axum::extract::State;
use onsale_booking::ids::{MovementId, UserId};
use onsale_booking::money::Money;
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome};
use uuid::Uuid;

use super::error::{ApiError, Problem};
use super::extract::{Body, Caller, IdempotencyKey};
use super::model::wallet::{ChargeAnswer, ChargeBody};
use crate::app::Shared;

/// Get my balance
#[utoipa::path(get, path = "/v1/charges", tag = "wallet", security(("userToken" = [])),
    responses((status = 200, description = "The wallet; empty for a new user", body = ChargeAnswer),
        (status = "4XX", description = "`token_*`", body = Problem)))]
pub(super) async fn balance(
    State(app): State<Shared>,
    Caller(user): Caller,
) -> Result<Json<ChargeAnswer>, ApiError> {
    let balance = app.store.reads.balance(user).await?;
    Ok(Json(ChargeAnswer { user_id: user.0, amount: balance.0 }))
}

/// Charge my wallet
///
/// Send an `Idempotency-Key` with each intent. If the answer is lost, repeat the request with the same key: it never charges
/// twice.
#[utoipa::path(patch, path = "/v1/charges", tag = "wallet", request_body = ChargeBody, security(("userToken" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Identifies this intent: 1 to 255 visible ASCII characters")),
    responses((status = 200, description = "The wallet after the charge", body = ChargeAnswer),
        (status = "4XX", description = "`token_*`, `invalid_request`, `balance_limit`, `idempotency_key_reused`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn charge(
    State(app): State<Shared>,
    Caller(user): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(body): Body<ChargeBody>,
) -> Result<Json<ChargeAnswer>, ApiError> {
    charge_wallet(&app, user, Money(body.amount), key).await.map(Json)
}

/// Puts money into a wallet, once per key.
///
/// # Errors
/// The refusal, or that the store does not take it.
pub(crate) async fn charge_wallet(
    app: &Shared,
    user: UserId,
    amount: Money,
    key: Option<RequestKey>,
) -> Result<ChargeAnswer, ApiError> {
    let movement = MovementId(Uuid::now_v7());
    match app.submit(Command::Charge { user, amount, movement, key }).await? {
        Outcome::Charged { user, balance } => Ok(ChargeAnswer { user_id: user.0, amount: balance.0 }),
        other => Err(super::unexpected(&other)),
    }
}
