//! Responses of pages.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};

use super::address::local;

/// Most pages fit into this many bytes, so that their buffer need not grow.
const PAGE_BYTES: usize = 8 * 1024;

/// The content type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// A page that is rendered from a template.
pub(super) struct Page<T>(pub(super) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut html = String::with_capacity(T::SIZE_HINT.max(PAGE_BYTES));
        match self.0.render_into(&mut html) {
            Ok(()) => ([(CONTENT_TYPE, HTML)], html).into_response(),
            Err(error) => {
                tracing::error!(%error, "cannot render a page");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Redirects to `path` with a GET after a form, so that reloading the page does not send the form again. No
/// form leads to another site: a path there counts as that of the first page.
pub(super) fn see_other(path: &str) -> Response {
    Redirect::to(local(path)).into_response()
}
