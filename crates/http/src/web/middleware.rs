//! The middleware of all pages: the visitor's language, the check against cross-site forms, error pages and
//! security headers.

use std::collections::HashSet;
use std::fmt::Write;
use std::iter;
use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use onsale_app::error::AppError;
use onsale_booking::Refusal;

use super::address::address_of;
use super::format::fill;
use super::language::Language;
use super::layout::PageLayout;
use super::notice::PendingNotice;
use super::origin;
use super::page::{HTML, Page, see_other};
use super::page_error::PageError;
use super::recognition::remember;
use super::words::Words;
use crate::answer_budget::Counted;
use crate::connection::{BodyError, BusyPage, too_many};
use crate::cookies::{bound_to_host, has_own};
use crate::error::HttpError;
use crate::metrics::UNMATCHED;
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
    methods.layer(from_fn_with_state(site.clone(), handle)).fallback(other_method)
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
    let notice = PendingNotice::of(&request, is_https);
    request.extensions_mut().insert(notice.clone());
    request.extensions_mut().insert(language);
    request.extensions_mut().insert(arrival);
    let (uri, asked) = (request.uri().clone(), request.headers().clone());
    let is_safe = request.method().is_safe();
    let refusal = match is_allowed {
        false => Some(HttpError::CrossSite),
        // Every page sets a cookie, so a browser that keeps cookies has one.
        true if !is_safe && !has_own(&asked, is_https) => Some(HttpError::CookiesRefused),
        true => None,
    };
    let mut response = match refusal {
        None => next.run(request).await,
        Some(refusal) => PageError(refusal).into_response(),
    };
    if let Err(error) = site.answers.count(&mut response, is_safe) {
        response = PageError(error).into_response();
    }
    if let Some(PageError(error)) = response.extensions_mut().remove() {
        response = error_page(&site, language, &uri, error);
    }
    notice.settle(&mut response);
    if is_safe {
        remember(&site, &asked, is_https, &mut response);
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
    // These files are part of the program.
    response.extensions_mut().insert(Counted);
    response
}

/// Binds the cookies of a response to this host and to https.
fn bind_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().map(bound_to_host).collect();
    headers.remove(SET_COOKIE);
    headers.extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
}

/// The response to a method that a page's path does not support. A path that only takes a form is below the
/// page with that form: reloading a refused form and changing the language there lead back to that page.
async fn other_method(State(site): State<Shared>, request: Request) -> Response {
    if request.method().is_safe() {
        let page = request.uri().path().rsplit_once('/').map_or("", |(page, _)| page);
        return see_other(if page.is_empty() { "/" } else { page });
    }
    let error = HttpError::MethodNotAllowed;
    if accepts_html(request.headers()) { refusal_page(&site, &request, error) } else { error.into_response() }
}

/// The response without a route: a page for a browser, a problem document for other clients.
pub(crate) async fn not_found(State(site): State<Shared>, request: Request) -> Response {
    if is_for_page(&request, UNMATCHED) {
        refusal_page(&site, &request, HttpError::NotFound)
    } else {
        HttpError::NotFound.into_response()
    }
}

/// Whether a request for this route is refused with a page: the route is a page's, or there is none and a
/// browser asks.
pub(crate) fn is_for_page(request: &Request, route: &str) -> bool {
    static PAGES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| super::routes().into_iter().map(|(path, _)| path).collect());
    PAGES.contains(route) || (route == UNMATCHED && accepts_html(request.headers()))
}

/// The page for a request that is refused before it gets to a page's handler.
pub(crate) fn refusal_page(site: &Shared, request: &Request, error: HttpError) -> Response {
    let headers = request.headers();
    let is_https = site.forwarding.is_https(request.extensions().get().copied(), headers);
    let mut response = error_page(site, Language::of(headers, is_https), request.uri(), error);
    remember(site, headers, is_https, &mut response);
    response.headers_mut().extend(HEADERS);
    if is_https {
        bind_cookies(response.headers_mut());
    }
    response
}

/// The page for browsers whose connection is not served.
pub(crate) fn busy_page(site: Shared) -> BusyPage {
    Arc::new(move |headers| {
        let language = Language::of(headers, site.forwarding.is_https(None, headers));
        let page = accepts_html(headers).then(|| {
            let (f, words) = (PageLayout::for_strangers(&site, language, "/"), language.words());
            let (title, text) = (words.error_busy, words.error_busy_text.to_owned());
            ErrorPage { f, title, text, may_help: true }.render()
        });
        let content_type = iter::once((CONTENT_TYPE, HeaderValue::from_static(HTML)));
        let mut head = String::new();
        for (name, value) in content_type.chain(HEADERS) {
            let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        Some(too_many().to_http1_with(&head, page?.ok()?.as_bytes()))
    })
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
    text: String,
    /// Whether trying again may help.
    may_help: bool,
}

fn error_page(site: &Shared, language: Language, uri: &Uri, error: HttpError) -> Response {
    let f = if uri.path().starts_with("/operator") {
        PageLayout::for_sign_in(site, language, address_of(uri))
    } else {
        PageLayout::for_strangers(site, language, address_of(uri))
    };
    let (title, text) = error_words(language.words(), &error);
    let limit = site.limits.body_bytes_max / 1024;
    // Status, headers and the code for the metrics are those of the API's response.
    let mut response = error.into_response();
    let may_help = response.status() != StatusCode::NOT_FOUND;
    let page = ErrorPage { f, title, text: fill(text, &[("kib", &limit)]), may_help };
    let (page, body) = Page(page).into_response().into_parts();
    *response.body_mut() = body;
    response.headers_mut().extend(page.headers);
    response
}

/// The title and the text of an error.
fn error_words(words: &'static Words, error: &HttpError) -> (&'static str, &'static str) {
    match error {
        HttpError::NotFound | HttpError::App(AppError::Refused(Refusal::NotFound(_))) => {
            (words.error_not_found, words.error_not_found_text)
        }
        HttpError::App(AppError::Unavailable | AppError::TooEarly { .. })
        | HttpError::Busy
        | HttpError::TooManyRequests
        | HttpError::TooManyStreams => (words.error_busy, words.error_busy_text),
        HttpError::App(AppError::Unknown) => (words.error_unknown, words.error_unknown_text),
        HttpError::CrossSite => (words.error_cross_site, words.error_cross_site_text),
        HttpError::CookiesRefused => (words.error_no_cookies, words.error_no_cookies_text),
        HttpError::DoubledCookie(_) => (words.error_cookies, words.error_doubled_cookie_text),
        HttpError::Body(BodyError::TooLarge) => (words.error_too_large, words.error_too_large_text),
        HttpError::Body(BodyError::TooSlow) => (words.error_too_slow, words.error_too_slow_text),
        _ => (words.error_bad_request, words.error_bad_request_text),
    }
}
