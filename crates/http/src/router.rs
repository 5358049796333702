//! The router: API, pages and documentation, with metrics for each route.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use onsale_app::app::App;
use utoipa_swagger_ui::SwaggerUi;

use crate::connection::Answers;
use crate::error::HttpError;
use crate::metrics::{Metrics, UNMATCHED};
use crate::observe::ObserveLayer;
use crate::site::{Shared, Site, SiteConfig};
use crate::{api, web};

/// The paths of the API, in the order of its routes.
fn api_paths() -> impl Iterator<Item = &'static str> {
    // Metrics need labels that live as long as the process.
    static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| api::routes().map(|(path, _)| path).collect());
    PATHS.iter().map(String::as_str)
}

/// Every path of API and pages; they are labels of metrics and logs.
fn paths() -> Vec<&'static str> {
    api_paths().chain(web::routes().into_iter().map(|(path, _)| path)).collect()
}

/// The site of an instance, with metrics for every route.
pub fn site(app: Arc<App>, config: SiteConfig) -> Site {
    Site::new(app, config, Metrics::new(&paths()))
}

/// The router of all paths.
pub fn router(site: Shared) -> Router {
    let unmatched = ObserveLayer::new(&site, UNMATCHED);
    let not_found = web::not_found.layer(unmatched.clone());
    let routes = api_paths()
        .zip(api::routes())
        .map(|(path, (_, methods))| (path, methods.fallback(async || HttpError::MethodNotAllowed)));
    let pages = web::routes().into_iter().map(|(path, methods)| (path, web::with_middleware(&site, methods)));
    let routes = routes.chain(pages).fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.layer(ObserveLayer::new(&site, path)))
    });
    let documentation = Router::from(documentation())
        .route("/openapi.json", get(openapi))
        .method_not_allowed_fallback(async || HttpError::MethodNotAllowed)
        .layer(map_response(web::with_documentation_headers))
        .layer(unmatched);
    routes.merge(documentation).fallback(not_found).with_state(site)
}

/// What [`crate::connection::serve`] needs: the router, the fast path for polls and joins before it, and
/// the page of a server with too many connections.
pub fn answers(site: &Shared) -> Answers {
    let busy_page = web::busy_page(Arc::clone(site));
    Answers::new(router(Arc::clone(site)), api::fast_path(site)).with_busy_page(busy_page)
}

/// Swagger UI at `/docs`. By default it would send the document's address to a validator on the internet.
fn documentation() -> SwaggerUi {
    SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json").validator_url("none"))
}

/// The OpenAPI document, rendered once. Swagger UI would render it for each request.
async fn openapi() -> impl IntoResponse {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| api::document().to_json().unwrap_or_default().into());
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}
