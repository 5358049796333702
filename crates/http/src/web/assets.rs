//! The style sheet and scripts, compiled into the binary. The name of their folder is a hash of their
//! content, so that browsers can cache them for ever and never mix two versions.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use sha2::{Digest, Sha256};

use super::page_error::PageError;
use crate::answer_budget::Counted;
use crate::error::HttpError;
use crate::site::Shared;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal is $content_type:expr,)*) => {
        [$(Asset { name: $name, content_type: $content_type, bytes: include_bytes!(concat!("assets/", $name)) },)*]
    };
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
static ASSETS: [Asset; 22] = assets![
    "app.css" is "text/css; charset=utf-8",
    "choice.js" is JAVASCRIPT,
    "cockpit.js" is JAVASCRIPT,
    "concert.js" is JAVASCRIPT,
    "countdown.js" is JAVASCRIPT,
    "enter.js" is JAVASCRIPT,
    "form.js" is JAVASCRIPT,
    "icon.svg" is "image/svg+xml",
    "line.js" is JAVASCRIPT,
    "live.js" is JAVASCRIPT,
    "lobby.js" is JAVASCRIPT,
    "marks.js" is JAVASCRIPT,
    "opening.js" is JAVASCRIPT,
    "operator.css" is "text/css; charset=utf-8",
    "parts.js" is JAVASCRIPT,
    "roving.js" is JAVASCRIPT,
    "seats.js" is JAVASCRIPT,
    "stream.js" is JAVASCRIPT,
    "turn.js" is JAVASCRIPT,
    "typed.js" is JAVASCRIPT,
    "waits.js" is JAVASCRIPT,
    "words.js" is JAVASCRIPT,
];

/// The path of the folder.
pub(super) static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.bytes);
    }
    let hash = hash.finalize();
    format!("/assets/{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
});

pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![("/assets/{folder}/{name}", get(asset))]
}

async fn asset(path: Result<Path<(String, String)>, PathRejection>) -> Result<Response, PageError> {
    let Path((folder, name)) = path.map_err(|_| HttpError::NotFound)?;
    let is_current = FOLDER.rsplit('/').next() == Some(&folder);
    let asset = ASSETS.iter().find(|asset| is_current && asset.name == name).ok_or(HttpError::NotFound)?;
    let headers =
        [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    let mut response = (headers, asset.bytes).into_response();
    // It is part of the program.
    response.extensions_mut().insert(Counted);
    Ok(response)
}
