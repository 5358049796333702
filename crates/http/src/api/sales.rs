//! Sales: listing them, making and changing them, and what anybody can check.

use axum::Json;
use axum::extract::State;

use super::extract::{Body, Operator};
use super::model::sales::{
    CodesAnswer, FairnessAnswer, NewCodes, NewSaleBody, OperatorSaleAnswer, SaleAnswer, SalePatch,
};
use crate::error::HttpError;
use crate::path::SalePath;
use crate::problem::Problem;
use crate::site::Shared;

/// List sales
///
/// What is or will be on sale, also for people without a token.
#[utoipa::path(get, path = "/v1/sales", tag = "sales", security(()),
    responses((status = 200, description = "The listed sales: first those without an opening, then by `opensAt`", body = Vec<SaleAnswer>,
            example = json!([{"id": "0199d6a0-0000-7000-8000-0000000000d0", "name": "Main sale", "lobbyAt": null,
                "opensAt": null, "closesAt": null, "order": "arrival", "access": "everyone", "from": 50000, "waiting": 310}])),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn list(State(site): State<Shared>) -> Result<Json<Vec<SaleAnswer>>, HttpError> {
    Ok(Json(site.app.sales().await?.iter().map(SaleAnswer::of).collect()))
}

/// Get a sale
///
/// Listed or not, also for people without a token.
#[utoipa::path(get, path = "/v1/sales/{id}", tag = "sales", security(()),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "The sale", body = SaleAnswer),
        (status = "4XX", description = "`not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn show(
    State(site): State<Shared>,
    SalePath(sale): SalePath,
) -> Result<Json<SaleAnswer>, HttpError> {
    Ok(Json(SaleAnswer::of(&site.app.sale(sale).await?)))
}

/// Make a sale
///
/// Operators only. It has a line of its own. One with an `opensAt` takes people into its lobby from `lobbyAt`
/// on, and lets in nobody before it opens. With `order` `draw`, a draw then decides in which order the people
/// of the lobby are let in; its seed is made now, kept secret, and published when the sale opens.
#[utoipa::path(post, path = "/v1/sales", tag = "operators", request_body = NewSaleBody, security(("operatorToken" = [])),
    responses((status = 200, description = "The sale", body = OperatorSaleAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn create(
    State(site): State<Shared>,
    Operator(operator): Operator,
    Body(new): Body<NewSaleBody>,
) -> Result<Json<OperatorSaleAnswer>, HttpError> {
    let (new, order) = new.for_operator(operator)?;
    let view = site.app.create_sale(new, order).await?;
    Ok(Json(OperatorSaleAnswer::of(&site.app, &view)))
}

/// Change a sale
///
/// Operators only. What is left out stays as it is; null clears a field that has no value by default. The
/// dials are set at `/v1/sales/{id}/line`.
#[utoipa::path(patch, path = "/v1/sales/{id}", tag = "operators", request_body = SalePatch, security(("operatorToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "The sale", body = OperatorSaleAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn change(
    State(site): State<Shared>,
    Operator(operator): Operator,
    SalePath(sale): SalePath,
    Body(patch): Body<SalePatch>,
) -> Result<Json<OperatorSaleAnswer>, HttpError> {
    let (changes, order) = patch.changes()?;
    let view = site.app.change_sale(sale, changes, order, None, operator).await?;
    Ok(Json(OperatorSaleAnswer::of(&site.app, &view)))
}

/// Make access codes
///
/// Operators only; for a sale with access by code. They are shown once: only their hashes are kept.
#[utoipa::path(post, path = "/v1/sales/{id}/codes", tag = "operators", request_body = NewCodes, security(("operatorToken" = [])),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "The codes", body = CodesAnswer),
        (status = "4XX", description = "`token_*`, `operator_only`, `not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn add_codes(
    State(site): State<Shared>,
    Operator(operator): Operator,
    SalePath(sale): SalePath,
    Body(new): Body<NewCodes>,
) -> Result<Json<CodesAnswer>, HttpError> {
    let (count, uses) = new.numbers();
    Ok(Json(CodesAnswer { codes: site.app.add_codes(sale, count, uses, None, operator).await? }))
}

/// Check a sale's order
///
/// What anybody needs to check it, also without a token.
#[utoipa::path(get, path = "/v1/sales/{id}/fairness", tag = "sales", security(()),
    params(("id" = uuid::Uuid, Path, description = "The sale")),
    responses((status = 200, description = "What is public of its order now", body = FairnessAnswer),
        (status = "4XX", description = "`not_found`, `invalid_request`", body = Problem),
        (status = 503, description = "`unavailable`", body = Problem)))]
pub(super) async fn fairness(
    State(site): State<Shared>,
    SalePath(sale): SalePath,
) -> Result<Json<FairnessAnswer>, HttpError> {
    Ok(Json(FairnessAnswer::of(&site.app.fairness(sale).await?)))
}
