//! The pages for fans and operators.
//!
//! The server renders every page, and pages work without scripts; the scripts in `assets` only keep them up
//! to date. Forms call the same use cases as the API. Every page goes through `middleware`.

mod address;
mod assets;
mod concert;
mod fan;
mod form;
mod format;
mod held;
mod language;
mod layout;
mod middleware;
mod notice;
mod operator;
mod origin;
mod page;
mod page_error;
mod page_path;
mod recognition;
mod sale;
mod sale_address;
mod visitor;
mod words;

use axum::routing::MethodRouter;

use crate::site::Shared;

pub(crate) use self::middleware::{
    busy_page, is_for_page, not_found, refusal_page, with_documentation_headers, with_middleware,
};

/// Every path of the pages, with its methods.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    let mut routes = fan::routes();
    routes.extend(operator::routes());
    routes.extend(assets::routes());
    routes
}
