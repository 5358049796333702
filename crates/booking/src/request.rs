//! Idempotency: a request with the same key and content has one effect, however often it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::outcome::Outcome;
use crate::policy::REQUEST_KEPT;

/// A client's name for one intent, 1 to 255 visible ASCII characters (0x21 to 0x7E).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestKey(String);

impl RequestKey {
    /// The key, or `None` if it is empty, too long or has other characters.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored success, kept with the data that it changed, to answer the same request again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// The key's user. Keys of different users are unrelated.
    pub user: UserId,
    /// The key.
    pub key: RequestKey,
    /// The request's content, as [`crate::Command::content`] writes it.
    pub content: String,
    /// The answer.
    pub outcome: Outcome,
    /// When.
    pub created_at: Timestamp,
}

impl StoredRequest {
    /// Whether it still counts at `now`: results are kept for 24 hours.
    pub fn is_kept(&self, now: Timestamp) -> bool {
        now.duration_since(self.created_at) < REQUEST_KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::RequestKey;

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        assert!(RequestKey::new("!~az09").is_some());
        assert!(RequestKey::new(&"k".repeat(255)).is_some());
        for text in [String::new(), "k".repeat(256), "a b".into(), "a\t".into(), "\u{7f}".into(), "키".into()]
        {
            assert!(RequestKey::new(&text).is_none(), "{text:?}");
        }
    }
}
