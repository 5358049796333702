//! Who may join a sale: everybody, people with an access code, or the members of a group.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{SaleId, UserId};

/// The most characters the name of a group may have.
const GROUP_CHARS_MAX: usize = 100;
/// What stands before the name of a group in the text of an [`Access`].
const GROUP: &str = "group:";

/// Who may join a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Everybody.
    Everyone,
    /// People with an access code of the sale.
    Code,
    /// The members of a group.
    Group(GroupName),
}

impl Access {
    /// The access of a text as [`fmt::Display`] writes it: `everyone`, `code` or `group:NAME`. `None` for any
    /// other text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "everyone" => Some(Self::Everyone),
            "code" => Some(Self::Code),
            _ => GroupName::new(text.strip_prefix(GROUP)?).map(Self::Group),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Code => f.write_str("code"),
            Self::Group(group) => write!(f, "{GROUP}{}", group.as_str()),
        }
    }
}

/// The name of a group, as the claim `groups` of a user token has it: 1 to 100 characters, none of them a
/// control character or a comma, because the command line separates groups by commas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupName(String);

impl GroupName {
    /// The name, or `None` if it is empty, too long or has other characters.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=GROUP_CHARS_MAX).contains(&text.chars().count())
            && !text.chars().any(|character| character.is_control() || character == ',');
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hash under which an access code is kept; the code itself is shown once, to the operator who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeHash(pub [u8; 32]);

/// An access code of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessCode {
    /// The sale.
    pub sale: SaleId,
    /// The code's hash.
    pub hash: CodeHash,
    /// How many people may use it.
    pub uses: u32,
    /// How many have.
    pub used: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A use of an access code, bound to one person: they may join the sale as often as they like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeUse {
    /// The sale.
    pub sale: SaleId,
    /// The person. They use at most one code of the sale.
    pub user: UserId,
    /// The code's hash.
    pub hash: CodeHash,
    /// When.
    pub used_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_is_read_as_it_is_written() {
        for text in ["everyone", "code", "group:fan club", "group:group:x"] {
            assert_eq!(Access::parse(text).map(|access| access.to_string()).as_deref(), Some(text));
        }
        for text in ["", "Everyone", "codes", "group", "group:", "group:a,b", "group:a\nb", " code"] {
            assert_eq!(Access::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_group_has_1_to_100_characters() {
        assert!(GroupName::new(&"팬".repeat(100)).is_some());
        assert!(GroupName::new(&"x".repeat(101)).is_none());
    }
}
