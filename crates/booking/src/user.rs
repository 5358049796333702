//! Users: there is no login, only an identity that a trusted party has signed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::policy::NAME_CHARS_MAX;
use crate::refusal::Refusal;

/// A person who can hold and own seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Their name; empty for a user whom another identity provider signed.
    pub name: String,
    /// When they first wrote something.
    pub created_at: Timestamp,
}

/// Checks that a name has 1 to 200 characters, none of them a control character.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let chars = name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX {
        return Err(Refusal::invalid(
            "name",
            format!("must have 1 to {NAME_CHARS_MAX} characters, has {chars}"),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Refusal::invalid("name", "must not contain control characters"));
    }
    Ok(())
}
