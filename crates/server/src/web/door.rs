//! What every request for a page passes.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

use super::frame::Frame;
use super::language::Language;
use super::origin;
use crate::api::error::ApiError;
use crate::app::Shared;

/// Scripts and styles come from here alone, nothing is inline, and nobody may frame a page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// Most pages fit, and are not moved while they grow.
const PAGE_BYTES: usize = 8 * 1024;
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // With `no-referrer` a form's `Origin` would be `null`.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    ),
];

/// Why there is no page: told in the visitor's language by [`pass`].
#[derive(Debug, Clone)]
pub(super) struct Sorry(ApiError);

impl<E: Into<ApiError>> From<E> for Sorry {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts the door before a page's handlers.
pub(crate) fn keep(app: &Shared, methods: MethodRouter<Shared>) -> MethodRouter<Shared> {
    methods.layer(from_fn_with_state(app.clone(), pass))
}

/// Refuses what another site sends, tells what went wrong as a page, and sets the headers.
async fn pass(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    request.extensions_mut().insert(language);
    let is_encrypted = request.headers().get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let may_act = origin::may_act(request.method(), request.headers());
    let uri = request.uri().clone();
    let mut response =
        if may_act { next.run(request).await } else { Sorry(ApiError::CrossSite).into_response() };
    if let Some(Sorry(error)) = response.extensions_mut().remove() {
        response = apology(&app, language, &uri, error);
    }
    let headers = response.headers_mut();
    guard(headers);
    if is_encrypted {
        encrypt_cookies(headers);
    }
    response
}

/// Sets what keeps a page safe. Nobody keeps a copy, unless the page says so.
fn guard(headers: &mut HeaderMap) {
    headers.reserve(HEADERS.len() + 2);
    headers.extend(HEADERS);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Who came by https comes back by https, or without their cookies.
fn encrypt_cookies(headers: &mut HeaderMap) {
    let given: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in given {
        let secure = [cookie.as_bytes(), b"; Secure"].concat();
        headers.append(SET_COOKIE, HeaderValue::from_bytes(&secure).unwrap_or(cookie));
    }
}

/// What is told where no route is: a page to a browser, a problem to anybody else.
pub(crate) async fn nothing_here(State(app): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|accepts| accepts.to_str().ok());
    if !accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        return ApiError::NotFound.into_response();
    }
    let mut response = apology(&app, Language::of(&headers), &uri, ApiError::NotFound);
    guard(response.headers_mut());
    response
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct SorryPage<'a> {
    f: Frame<'a>,
    title: &'a str,
    text: &'a str,
}

fn apology(app: &Shared, language: Language, uri: &Uri, error: ApiError) -> Response {
    let words = language.words();
    let (title, text) = match &error {
        ApiError::NotFound | ApiError::Refused(onsale_booking::Refusal::ConcertNotFound) => {
            (words.sorry_not_found, words.sorry_not_found_text)
        }
        ApiError::Unavailable | ApiError::TooEarly { .. } => (words.sorry_busy, words.sorry_busy_text),
        ApiError::Unknown => (words.sorry_unknown, words.sorry_unknown_text),
        ApiError::CrossSite => (words.sorry_cross_site, words.sorry_cross_site_text),
        _ => (words.sorry_bad_request, words.sorry_bad_request_text),
    };
    let f = Frame::of(app, language, uri.path());
    let (page, body) = Page(SorryPage { f, title, text }).into_response().into_parts();
    // Status, code and Retry-After are the API's.
    let mut response = error.into_response();
    *response.body_mut() = body;
    response.headers_mut().extend(page.headers);
    response
}

/// A rendered template.
pub(super) struct Page<T>(pub(super) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut html = String::with_capacity(T::SIZE_HINT.max(PAGE_BYTES));
        match self.0.render_into(&mut html) {
            Ok(()) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page cannot be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
