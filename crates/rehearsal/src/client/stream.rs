//! Messages of an event stream (the parts of the WHATWG's format that onsale uses).

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

/// A stream, which stays open until this is dropped.
pub(crate) struct EventStream {
    body: Incoming,
    unread: BytesMut,
    /// The connection closes when its sender is dropped.
    _sender: SendRequest<Full<Bytes>>,
}

impl EventStream {
    pub(crate) fn new(sender: SendRequest<Full<Bytes>>, body: Incoming) -> Self {
        Self { body, unread: BytesMut::new(), _sender: sender }
    }

    /// The data of the next message with this name; none once the stream has ended.
    pub(crate) async fn next(&mut self, name: &str) -> Option<Vec<u8>> {
        loop {
            while let Some(message) = take_message(&mut self.unread) {
                if let Some(data) = data_of(&message, name) {
                    return Some(data);
                }
            }
            // A message that never ends is not one.
            if self.unread.len() > 64 * 1024 {
                return None;
            }
            let frame = self.body.frame().await?.ok()?;
            if let Some(data) = frame.data_ref() {
                self.unread.extend_from_slice(data);
            }
        }
    }
}

/// The next message, which an empty line ends.
fn take_message(unread: &mut BytesMut) -> Option<BytesMut> {
    let end = unread.windows(2).position(|pair| pair == b"\n\n")?;
    Some(unread.split_to(end + 2))
}

fn data_of(message: &[u8], name: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(message).ok()?;
    let field = |field: &str| {
        text.lines().find_map(|line| Some(line.strip_prefix(field)?.strip_prefix(':')?.trim_start()))
    };
    (field("event") == Some(name)).then(|| field("data").map(|data| data.as_bytes().to_vec()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_whole_and_by_name() {
        let mut unread = BytesMut::from(
            &b"retry: 3000\n\n: still here\n\nevent: status\ndata: {\"a\":1}\n\nevent: st"[..],
        );
        let mut found = Vec::new();
        while let Some(message) = take_message(&mut unread) {
            found.push(data_of(&message, "status"));
        }
        assert_eq!(found, [None, None, Some(b"{\"a\":1}".to_vec())]);
        assert_eq!(&unread[..], b"event: st");
    }
}
