//! The pages: for fans and for operators.
//!
//! Every page is rendered here and works without a script; the modules in `assets` only keep it up to date.
//! Its forms call the same use cases as the API. `middleware` is around every page.

mod assets;
mod concert;
mod fan;
mod form;
mod format;
mod language;
mod layout;
mod middleware;
mod notice;
mod operator;
mod origin;
mod page;
mod page_error;
mod visitor;
mod words;

use axum::routing::MethodRouter;

use crate::site::Shared;

pub(crate) use self::middleware::{not_found, with_middleware};

/// Every page, by its path.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    let mut routes = fan::routes();
    routes.extend(operator::routes());
    routes.extend(assets::routes());
    routes
}
