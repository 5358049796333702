//! The HTTP API: a table of routes, the OpenAPI document made from it, and what every request passes.

pub mod error;
pub mod extract;
pub mod model;

mod charges;
mod concerts;
mod dates;
mod enqueues;
mod events;
mod health;
mod line;
mod mine;
mod payments;
mod reservations;
mod seats;
mod users;

use std::time::Instant;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use onsale_booking::Outcome;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::Shared;
use crate::connection::BodyError;
use error::{ApiError, Code};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "onsale", description = "A self-hosted ticket on-sale server: waiting line, seat holds, wallet and \
        payment of one sale. Join the line with a user token, wait as told, and use the queue token for \
        everything behind the line."),
    tags(
        (name = "users", description = "Who one is"),
        (name = "line", description = "The waiting line"),
        (name = "concerts", description = "What is on sale; queue token, admitted"),
        (name = "seats", description = "Holding and paying; queue token, admitted"),
        (name = "wallet", description = "Money, tickets and bills; user token"),
        (name = "operators", description = "Steering a sale; operator token"),
        (name = "watching", description = "For those who watch the server"),
    )
)]
struct Document;

/// The paths that the brief names without a version.
fn brief_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(enqueues::join, enqueues::poll, enqueues::leave))
        .routes(routes!(events::follow))
        .routes(routes!(concerts::list, concerts::create))
        .routes(routes!(seats::list))
        .routes(routes!(reservations::hold, reservations::give_back))
        .routes(routes!(reservations::hold_several))
        .routes(routes!(payments::pay))
        .routes(routes!(payments::pay_several))
        .routes(routes!(charges::balance, charges::charge))
}

fn versioned_routes() -> OpenApiRouter<Shared> {
    brief_routes()
        .routes(routes!(users::create))
        .routes(routes!(dates::list))
        .routes(routes!(dates::seats))
        .routes(routes!(mine::reservations))
        .routes(routes!(mine::bills))
        .routes(routes!(line::show, line::steer))
}

fn documented_routes() -> (Router<Shared>, OpenApi) {
    let documented = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/v1", versioned_routes())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics));
    let (router, mut document) = documented.split_for_parts();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    let components = document.components.get_or_insert_default();
    for (name, about) in [
        (
            "userToken",
            "Stands for a user: from `POST /v1/users`, or signed by an identity provider that shares the secret.",
        ),
        ("queueToken", "Stands for a place in line: from `POST /v1/enqueues`."),
        ("operatorToken", "A user token with role operator: from `onsale token --operator`."),
    ] {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = SecurityScheme::Http(scheme.description(Some(about)).build());
        components.add_security_scheme(name, scheme);
    }
    (router, document)
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    documented_routes().1
}

/// Every path that is routed, for the metrics' labels.
pub fn paths() -> Vec<&'static str> {
    // Made once a process and kept for good, as labels must be.
    static PATHS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let (_, brief) = brief_routes().split_for_parts();
        document().paths.paths.into_keys().chain(brief.paths.paths.into_keys()).collect()
    });
    PATHS.iter().map(String::as_str).collect()
}

/// Everything that the server answers.
pub fn router(app: Shared) -> Router {
    let (versioned, document) = documented_routes();
    let (brief, _) = brief_routes().split_for_parts();
    versioned
        .merge(brief)
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(from_fn_with_state(app.clone(), watch))
        .with_state(app)
}

/// Counts and times every request, and refuses a body that says it is too large wherever it is sent.
async fn watch(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request.extensions().get::<MatchedPath>();
    let route = app.metrics.route(path.map_or("", MatchedPath::as_str));
    let is_too_large = request.body().size_hint().lower() > app.limits.body_bytes_max as u64;
    let response = if is_too_large {
        ApiError::Body(BodyError::TooLarge).into_response()
    } else {
        next.run(request).await
    };
    if let Some(Code(code)) = response.extensions().get() {
        app.metrics.refusal(code);
    }
    app.metrics.request(route, response.status().as_u16(), started.elapsed());
    response
}

/// A rule answered what it never answers to this command: a defect, told as an unknown outcome.
fn unexpected(outcome: &Outcome) -> ApiError {
    tracing::error!(?outcome, "a command came to an outcome of another kind");
    ApiError::Unknown
}
