//! The middleware of all pages: the visitor's language, the check against cross-site forms, error pages and
//! security headers.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use onsale_app::error::AppError;
use onsale_booking::Refusal;

use super::language::Language;
use super::layout::PageLayout;
use super::origin;
use super::page::Page;
use super::page_error::PageError;
use crate::cookies::bound_to_host;
use crate::error::HttpError;
use crate::site::Shared;

/// Allows scripts and styles from this site only, nothing inline, and no framing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// The same for Swagger UI, whose script adds one style sheet. A browser test fails if its next version adds
/// another.
const DOCUMENTATION_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    // With `no-referrer`, browsers would send forms with `Origin: null`.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    ),
];

/// Adds the middleware to a page's handlers.
pub(crate) fn with_middleware(site: &Shared, methods: MethodRouter<Shared>) -> MethodRouter<Shared> {
    methods.layer(from_fn_with_state(site.clone(), handle))
}

/// Refuses forms of other sites, renders errors as pages, and sets the headers.
async fn handle(State(site): State<Shared>, mut request: Request, next: Next) -> Response {
    let arrival = site.forwarding.arrival(request.extensions().get().copied(), request.headers());
    let is_https = arrival.is_https();
    let language = Language::of(request.headers(), is_https);
    let is_allowed = origin::is_allowed(request.method(), request.headers(), &arrival);
    if !is_allowed {
        tracing::info!(own_origin = arrival.base_url(), "refused a form from another origin");
    }
    request.extensions_mut().insert(language);
    request.extensions_mut().insert(arrival);
    let uri = request.uri().clone();
    let mut response =
        if is_allowed { next.run(request).await } else { PageError(HttpError::CrossSite).into_response() };
    if let Some(PageError(error)) = response.extensions_mut().remove() {
        response = error_page(&site, language, &uri, error);
    }
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    if is_https {
        bind_cookies(headers);
    }
    response
}

/// Adds the security headers to a response of the documentation.
pub(crate) async fn with_documentation_headers(mut response: Response) -> Response {
    response.headers_mut().extend(HEADERS);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, DOCUMENTATION_POLICY);
    response
}

/// Binds the cookies of a response to this host and to https.
fn bind_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().map(bound_to_host).collect();
    headers.remove(SET_COOKIE);
    headers.extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
}

/// The response without a route: a page for a browser, a problem document for other clients.
pub(crate) async fn not_found(State(site): State<Shared>, request: Request) -> Response {
    let headers = request.headers();
    if !accepts_html(headers) {
        return HttpError::NotFound.into_response();
    }
    let is_https = site.forwarding.is_https(request.extensions().get().copied(), headers);
    let language = Language::of(headers, is_https);
    let mut response = error_page(&site, language, request.uri(), HttpError::NotFound);
    response.headers_mut().extend(HEADERS);
    response
}

/// Whether a request asks for a page, as browsers do when they navigate.
pub(super) fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: PageLayout<'a>,
    title: &'a str,
    text: &'a str,
}

fn error_page(site: &Shared, language: Language, uri: &Uri, error: HttpError) -> Response {
    let words = language.words();
    let (title, text) = match &error {
        HttpError::NotFound | HttpError::App(AppError::Refused(Refusal::ConcertNotFound)) => {
            (words.error_not_found, words.error_not_found_text)
        }
        HttpError::App(AppError::Unavailable | AppError::TooEarly { .. }) => {
            (words.error_busy, words.error_busy_text)
        }
        HttpError::App(AppError::Unknown) => (words.error_unknown, words.error_unknown_text),
        HttpError::CrossSite => (words.error_cross_site, words.error_cross_site_text),
        HttpError::DoubledCookie(_) => (words.error_cookies, words.error_doubled_cookie_text),
        _ => (words.error_bad_request, words.error_bad_request_text),
    };
    let f = PageLayout::of(site, language, uri.path());
    let (page, body) = Page(ErrorPage { f, title, text }).into_response().into_parts();
    // Status, headers and the code for the metrics are those of the API's response.
    let mut response = error.into_response();
    *response.body_mut() = body;
    response.headers_mut().extend(page.headers);
    response
}
