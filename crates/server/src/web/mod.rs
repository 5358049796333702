//! The pages: what fans see and what operators steer.
//!
//! Every page is rendered here and works without a script; the modules in `assets` only keep it up to date. Whatever a page
//! does is done by the functions that the API's handlers call, so that the two cannot disagree. `door` is what every request for a
//! page passes: it knows the visitor's language, refuses forms of other sites and sets the headers that keep a page safe.

mod assets;
mod concert;
mod door;
mod fan;
mod form;
pub(crate) mod format;
mod frame;
mod language;
mod notice;
mod operator;
mod origin;
mod visitor;
mod words;

use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;

use crate::app::Shared;

pub(crate) use door::{keep, nothing_here};

/// Every page, by its path.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    let mut routes = fan::routes();
    routes.extend(operator::routes());
    routes.extend(assets::routes());
    routes
}

/// Where a browser goes after a form was taken: it asks anew, so that reloading the page repeats nothing.
fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}
