//! Answers polls of waiting people and joins of the main sale, which are most of all requests, before the
//! router and its layers. The answers are those of their handlers. Every unusual request is left to the
//! router, and so is every refusal that can be seen in its head.

use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody;
use axum::http::{Method, Request};
use axum::response::{IntoResponse, Response};
use onsale_app::joining::JoinRequest;
use onsale_booking::ids::UserId;

use super::enqueues::{joined, poll_response};
use super::model::line::QueueStatus;
use crate::bearer::bearer;
use crate::connection::{FastAnswer, FastPath};
use crate::head;
use crate::observe::ObserveLayer;
use crate::prefer::PREFER;
use crate::site::{Shared, Site};

/// The fast path of a site.
pub(crate) fn fast_path(site: &Shared) -> FastPath {
    let site = Arc::clone(site);
    let routes = ["/v1/enqueues", "/enqueues"].map(|path| (path, ObserveLayer::new(&site, path)));
    Arc::new(move |request, peer| {
        let (_, layer) = routes.iter().find(|(path, _)| *path == request.uri().path())?;
        if !request.body().is_end_stream() {
            return None;
        }
        head::check(request, 0).ok()?;
        let started = Instant::now();
        let is_https = site.forwarding.is_https(peer, request.headers());
        match *request.method() {
            Method::GET => {
                let mut response = poll(&site, request)?;
                layer.finish(&mut response, started, is_https);
                Some(FastAnswer::Ready(response))
            }
            Method::POST => {
                let join = join(&site, request)?;
                let layer = layer.clone();
                Some(FastAnswer::Later(Box::pin(async move {
                    let mut response = join.await;
                    layer.finish(&mut response, started, is_https);
                    response
                })))
            }
            _ => None,
        }
    })
}

/// The answer to a waiting person's poll; `None` if it needs a lookup.
fn poll<B>(site: &Site, request: &Request<B>) -> Option<Response> {
    if request.headers().contains_key(PREFER) {
        return None;
    }
    let ticket = site.app.keys.read_queue(bearer(request.headers()).ok()?, site.app.now()).ok()?;
    let status = site.app.poll_from_memory(&ticket)?;
    Some(poll_response(QueueStatus::new(&site.app, &ticket, status)))
}

/// The answer to a join of the main sale; `None` without a valid token.
fn join<B>(site: &Shared, request: &Request<B>) -> Option<impl Future<Output = Response> + Send + use<B>> {
    let token = site.app.keys.read_user(bearer(request.headers()).ok()?, site.app.now()).ok()?;
    let site = Arc::clone(site);
    Some(async move {
        let request = JoinRequest { groups: &token.groups, ..JoinRequest::to_main(UserId(token.user)) };
        joined(&site, request).await.into_response()
    })
}
