//! The layer around every route: it counts and times requests, and refuses a body that is declared too large.
//!
//! Each route has its own service, which knows the route's place in the metrics from the start: nothing is boxed, and no path is
//! looked up again.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::error::{ApiError, Code};
use crate::app::Shared;
use crate::connection::BodyError;
use crate::metrics::RouteId;

/// Puts the watch around a route.
#[derive(Clone)]
pub(super) struct WatchLayer {
    app: Shared,
    path: &'static str,
    route: RouteId,
}

impl WatchLayer {
    /// For the route that the router spells `path`.
    pub(super) fn new(app: &Shared, path: &'static str) -> Self {
        Self { app: app.clone(), path, route: app.metrics.route(path) }
    }
}

impl<S> Layer<S> for WatchLayer {
    type Service = Watch<S>;

    fn layer(&self, inner: S) -> Watch<S> {
        Watch { inner, layer: self.clone() }
    }
}

/// A watched route.
#[derive(Clone)]
pub(super) struct Watch<S> {
    inner: S,
    layer: WatchLayer,
}

impl<S> Service<Request> for Watch<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Watched<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Watched<S::Future> {
        let started = Instant::now();
        let layer = self.layer.clone();
        let is_too_large = request.body().size_hint().lower() > layer.app.limits.body_bytes_max as u64;
        let answer = (!is_too_large).then(|| self.inner.call(request));
        Watched { answer, layer, started }
    }
}

pin_project! {
    /// A pending answer. There is none to wait for if the request was refused unread.
    pub(super) struct Watched<F> {
        #[pin]
        answer: Option<F>,
        layer: WatchLayer,
        started: Instant,
    }
}

impl<F, R, E> Future for Watched<F>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.answer.as_pin_mut() {
            Some(answer) => ready!(answer.poll(context))?.into_response(),
            None => ApiError::Body(BodyError::TooLarge).into_response(),
        };
        let (WatchLayer { app, path, route }, took) = (&*this.layer, this.started.elapsed());
        let (status, code) =
            (response.status().as_u16(), response.extensions().get().map(|Code(code)| *code));
        if let Some(code) = code {
            app.metrics.refusal(code);
        }
        app.metrics.request(*route, status, took);
        // The path as the router spells it, so that nothing a client sent reaches the log.
        tracing::debug!(path, status, code, took_us = took.as_micros(), "answered");
        Poll::Ready(Ok(response))
    }
}
