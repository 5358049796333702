//! A tower layer that counts and times requests, refuses those with a bad head, counts the memory of large
//! responses, and keeps responses out of caches.
//!
//! Each route has its own layer, which knows the route's metrics: nothing is boxed, and no path is looked up
//! per request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::error::HttpError;
use crate::head;
use crate::metrics::RouteId;
use crate::prefer::HeldFor;
use crate::problem::Code;
use crate::response_headers::{demand_https, protect};
use crate::site::Shared;
use crate::web;

/// Adds [`Observe`] to a route.
#[derive(Clone)]
pub(crate) struct ObserveLayer {
    site: Shared,
    path: &'static str,
    route: RouteId,
}

impl ObserveLayer {
    /// The layer of the route with this path, as the router spells it.
    pub(crate) fn new(site: &Shared, path: &'static str) -> Self {
        Self { site: site.clone(), path, route: site.metrics.route(path) }
    }

    /// Gives a response what all have: safe headers, its metrics, and a line in the log.
    pub(crate) fn finish(&self, response: &mut Response, started: Instant, is_https: bool) {
        protect(response.headers_mut());
        if is_https {
            demand_https(response.headers_mut());
        }
        let held_for = response.extensions().get().map_or(Duration::ZERO, |HeldFor(time)| *time);
        let took = started.elapsed().saturating_sub(held_for);
        let Self { site, path, route } = self;
        let (status, code) =
            (response.status().as_u16(), response.extensions().get().map(|Code(code)| *code));
        if let Some(code) = code {
            site.metrics.refusal(code);
        }
        site.metrics.request(*route, status, took);
        // The path is the route's pattern: nothing that a client sent gets into the log.
        tracing::debug!(path, status, code, took_us = took.as_micros(), "answered");
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { inner, layer: self.clone() }
    }
}

/// An observed route.
#[derive(Clone)]
pub(crate) struct Observe<S> {
    inner: S,
    layer: ObserveLayer,
}

impl<S> Service<Request> for Observe<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Observed<S::Future> {
        let started = Instant::now();
        let layer = self.layer.clone();
        let is_https = layer.site.forwarding.is_https(request.extensions().get().copied(), request.headers());
        let is_safe = request.method().is_safe();
        let answer = match head::check(&request, layer.site.limits.body_bytes_max) {
            Ok(()) => Answer::Routed { answer: self.inner.call(request) },
            Err(error) => Answer::Refused { response: Some(refusal(&layer, &request, error)) },
        };
        Observed { answer, layer, started, is_https, is_safe }
    }
}

pin_project! {
    #[project = PinnedAnswer]
    enum Answer<F> {
        Routed { #[pin] answer: F },
        /// The request's head is bad.
        Refused { response: Option<Response> },
    }
}

pin_project! {
    /// The response of an observed route.
    pub(crate) struct Observed<F> {
        #[pin]
        answer: Answer<F>,
        layer: ObserveLayer,
        started: Instant,
        is_https: bool,
        is_safe: bool,
    }
}

impl<F, R, E> Future for Observed<F>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.answer.project() {
            PinnedAnswer::Routed { answer } => ready!(answer.poll(context))?.into_response(),
            PinnedAnswer::Refused { response } => response.take().unwrap_or_default(),
        };
        if let Err(error) = this.layer.site.answers.count(&mut response, *this.is_safe) {
            response = error.into_response();
        }
        this.layer.finish(&mut response, *this.started, *this.is_https);
        Poll::Ready(Ok(response))
    }
}

/// The response to a bad head: a page where pages are shown. It closes the connection, since the rest of the
/// request is not read.
fn refusal(layer: &ObserveLayer, request: &Request, error: HttpError) -> Response {
    let mut response = if web::is_for_page(request, layer.path) {
        web::refusal_page(&layer.site, request, error)
    } else {
        error.into_response()
    };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
