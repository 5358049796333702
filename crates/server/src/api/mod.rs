//! The HTTP API: the table of routes, the OpenAPI document made from it, and the layers around every request.

pub mod error;
pub mod extract;
pub mod model;
pub mod seat_bodies;

pub(crate) mod charges;
pub(crate) mod concerts;
mod dates;
mod enqueues;
mod events;
mod health;
pub(crate) mod line;
pub(crate) mod mine;
pub(crate) mod payments;
pub(crate) mod reservations;
mod seat_events;
mod seats;
pub(crate) mod stream;
pub(crate) mod users;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use onsale_booking::Outcome;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use self::watch::WatchLayer;
use crate::app::Shared;
use crate::connection::Answers;
use crate::metrics::UNMATCHED;
use crate::web;
use error::{ApiError, PROBLEM_JSON};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "onsale", description = "A self-hosted ticket on-sale server: waiting line, seat holds, wallet and \
        payment of one sale. Join the line with a user token, poll as often as `pollAfterMs` says, and use the queue token \
        for everything behind the line."),
    tags(
        (name = "users", description = "Creating users"),
        (name = "line", description = "The waiting line"),
        (name = "concerts", description = "What is on sale. Needs an admitted queue token"),
        (name = "seats", description = "Holding, releasing and paying. Needs an admitted queue token"),
        (name = "wallet", description = "Money, tickets and bills. Needs a user token"),
        (name = "operators", description = "Steering a sale. Needs an operator token"),
        (name = "watching", description = "Health and metrics"),
    )
)]
struct Document;

/// The routes of a sale, under `/v1`. They exist without a version as well.
fn brief_routes() -> Vec<UtoipaMethodRouter<Shared>> {
    vec![
        routes!(enqueues::join, enqueues::poll, enqueues::leave),
        routes!(events::follow),
        routes!(concerts::list, concerts::create),
        routes!(seats::list),
        routes!(seat_events::follow),
        routes!(reservations::hold, reservations::give_back),
        routes!(reservations::hold_several),
        routes!(payments::pay),
        routes!(payments::pay_several),
        routes!(charges::balance, charges::charge),
    ]
}

fn other_routes() -> Vec<UtoipaMethodRouter<Shared>> {
    vec![
        routes!(users::create),
        routes!(dates::list),
        routes!(dates::seats),
        routes!(mine::reservations),
        routes!(mine::bills),
        routes!(line::show, line::steer),
        routes!(health::live),
        routes!(health::ready),
        routes!(health::metrics),
    ]
}

/// Every path with its methods: all of `/v1`, and those that exist without a version, with the same handlers. Each is a route of
/// its own: nesting would rewrite the path of every request.
fn every_route() -> impl Iterator<Item = (String, MethodRouter<Shared>)> {
    let versioned = brief_routes().into_iter().chain(other_routes()).flat_map(with_path);
    let unversioned = brief_routes().into_iter().flat_map(with_path).filter_map(|(path, methods)| {
        let path = path.strip_prefix("/v1")?.to_owned();
        Some((path, methods))
    });
    versioned.chain(unversioned)
}

fn with_path(
    (_, paths, methods): UtoipaMethodRouter<Shared>,
) -> impl Iterator<Item = (String, MethodRouter<Shared>)> {
    paths.paths.into_keys().map(move |path| (path, methods.clone()))
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    let empty = OpenApiRouter::with_openapi(Document::openapi());
    let documented = brief_routes().into_iter().chain(other_routes()).fold(empty, OpenApiRouter::routes);
    let mut document = documented.into_openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    tell_problems_as_problems(&mut document);
    let components = document.components.get_or_insert_default();
    for (name, about) in [
        (
            "userToken",
            "Identifies a user. From `POST /v1/users`, or signed by an identity provider that shares the secret.",
        ),
        ("queueToken", "Identifies a place in line. From `POST /v1/enqueues`."),
        ("operatorToken", "A user token with role operator. From `onsale token --operator`."),
    ] {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = SecurityScheme::Http(scheme.description(Some(about)).build());
        components.add_security_scheme(name, scheme);
    }
    document
}

/// Refusals are `application/problem+json`; the macro documents every schema as plain JSON.
fn tell_problems_as_problems(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        let responses = operations.into_iter().flatten().flat_map(|one| &mut one.responses.responses);
        for (_, response) in responses.filter(|(status, _)| status.starts_with(['4', '5'])) {
            if let RefOr::T(response) = response {
                let bodies = std::mem::take(&mut response.content).into_values();
                response.content = bodies.map(|body| (PROBLEM_JSON.to_owned(), body)).collect();
            }
        }
    }
}

/// Every path of the API that is routed, in the order of the routes.
fn api_paths() -> impl Iterator<Item = &'static str> {
    // Made once per process and kept for good, as labels must be.
    static PATHS: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| every_route().map(|(path, _)| path).collect());
    PATHS.iter().map(String::as_str)
}

/// Every routed path, pages included: the labels of metrics and logs.
pub fn paths() -> Vec<&'static str> {
    api_paths().chain(web::routes().into_iter().map(|(path, _)| path)).collect()
}

/// Everything that the server answers.
pub fn router(app: Shared) -> Router {
    let unmatched = WatchLayer::new(&app, UNMATCHED);
    let nothing = web::nothing_here.layer(unmatched.clone());
    let routes = api_paths().zip(every_route()).map(|(path, (_, methods))| (path, methods));
    let pages = web::routes().into_iter().map(|(path, methods)| (path, web::keep(&app, methods)));
    let routes = routes.chain(pages).fold(Router::new(), |router, (path, methods)| {
        let methods = methods.fallback(async || ApiError::MethodNotAllowed);
        router.route(path, methods.layer(WatchLayer::new(&app, path)))
    });
    let documentation = Router::from(documentation())
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(unmatched);
    routes.merge(documentation).fallback(nothing).with_state(app)
}

/// Everything that the server answers, with the poll fast path in front.
pub fn answers(app: Shared) -> Answers {
    Answers::new(router(Arc::clone(&app)), enqueues::polls_at_once(app))
}

/// The pages at `/docs`. They contact no other site: by default Swagger UI would send the document to a validator on the
/// internet.
fn documentation() -> SwaggerUi {
    let config = utoipa_swagger_ui::Config::default().validator_url("none");
    SwaggerUi::new("/docs").url("/openapi.json", document()).config(config)
}

/// The outcome does not match the command: a bug. Report it as unknown.
fn unexpected(outcome: &Outcome) -> ApiError {
    tracing::error!(?outcome, "a command came to an outcome of another kind");
    ApiError::Unknown
}
