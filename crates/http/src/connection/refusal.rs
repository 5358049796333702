//! The answer to a connection over the limit.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::problem::ProblemResponse;

/// How long to wait for a request that shows what the client is.
const HEAD_WITHIN: Duration = Duration::from_millis(250);
/// The most of a request that is looked at.
const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 64;

/// A whole HTTP/1.1 response for a browser, by its request's headers; `None` for other clients.
pub(crate) type BusyPage = Arc<dyn Fn(&HeaderMap) -> Option<Vec<u8>> + Send + Sync>;

/// The response, without any page.
static TOO_MANY: LazyLock<Vec<u8>> = LazyLock::new(|| too_many().to_http1());

/// The problem of a connection over the limit.
pub(crate) fn too_many() -> ProblemResponse {
    ProblemResponse::unavailable("the server has too many connections; nothing was changed")
}

/// The response for the client of `stream`: a page for a browser, a problem document for others, and for
/// those who send nothing.
pub(super) async fn response(stream: &TcpStream, busy_page: Option<&BusyPage>) -> Vec<u8> {
    let page = match busy_page {
        Some(busy_page) => timeout(HEAD_WITHIN, peeked(stream)).await.ok().and_then(|head| busy_page(&head)),
        None => None,
    };
    page.unwrap_or_else(|| TOO_MANY.clone())
}

/// The headers of the request that has arrived, which stays unread; none if it cannot be read.
async fn peeked(stream: &TcpStream) -> HeaderMap {
    let mut bytes = vec![0; HEAD_BYTES_MAX];
    let length = stream.peek(&mut bytes).await.unwrap_or(0);
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    if !request.parse(&bytes[..length]).is_ok_and(|parsed| parsed.is_complete()) {
        return HeaderMap::new();
    }
    let pairs = request.headers.iter().filter_map(|header| {
        Some((header.name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(header.value).ok()?))
    });
    pairs.collect()
}
