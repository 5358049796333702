//! Users: there is no login, only an identity that a trusted party has signed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// A person who can hold and own seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Their name, in NFC; empty for a user whom another identity provider signed.
    pub name: String,
    /// When they first wrote something.
    pub created_at: Timestamp,
}
