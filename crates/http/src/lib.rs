//! HTTP: connections, the JSON API with its OpenAPI document, and the pages.
//!
//! A handler reads a request, calls a use case of `onsale-app` and renders the result; it has no rules of its
//! own. `api` and `web` share the modules beside them, and never import each other.

pub mod api;
pub mod bearer;
pub mod connection;
pub mod cookies;
pub mod currency;
pub mod error;
pub mod forwarding;
pub mod metrics;
pub mod metrics_token;
pub mod problem;
pub mod router;
pub mod site;

mod answer_budget;
mod event_stream;
mod head;
mod names;
mod numbers;
mod observe;
mod path;
mod pieces;
mod prefer;
mod response_headers;
mod seat_map_cache;
mod text_cache;
mod ticket;
mod ticket_cookies;
mod ticket_limits;
mod web;
