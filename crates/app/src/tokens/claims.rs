//! Claims that can have more than one JSON form.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::GROUPS_MAX;

pub(super) const USER_AUDIENCE: &str = "onsale:user";
pub(super) const QUEUE_AUDIENCE: &str = "onsale:queue";

/// Which of onsale's audiences a token names.
#[derive(Clone, Copy, Default)]
pub(super) struct Audience {
    pub(super) user: bool,
    pub(super) queue: bool,
}

impl Audience {
    fn note(mut self, name: &str) -> Self {
        self.user |= name == USER_AUDIENCE;
        self.queue |= name == QUEUE_AUDIENCE;
        self
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audience or a list of them")
    }

    fn visit_str<E>(self, name: &str) -> Result<Audience, E> {
        Ok(Audience::default().note(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Audience, A::Error> {
        let mut audience = Audience::default();
        while let Some(named) = names.next_element_seed(AudienceName)? {
            audience.user |= named.user;
            audience.queue |= named.queue;
        }
        Ok(audience)
    }
}

/// One entry of a list of audiences: a string only, so that lists cannot nest.
struct AudienceName;

impl<'de> DeserializeSeed<'de> for AudienceName {
    type Value = Audience;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Audience, D::Error> {
        deserializer.deserialize_str(AudienceVisitor)
    }
}

/// A JWT `NumericDate` in whole seconds. The standard allows fractions, which are cut off.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_u64<E>(self, seconds: u64) -> Result<Seconds, E> {
        Ok(Seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }

    fn visit_i64<E>(self, seconds: i64) -> Result<Seconds, E> {
        Ok(Seconds(seconds))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Seconds, E> {
        if !seconds.is_finite() {
            return Err(E::custom("not a time"));
        }
        Ok(Seconds(seconds.floor() as i64))
    }
}

/// The names of groups: a list of them, or a single name. Whatever else an identity provider puts there
/// names no group.
#[derive(Default)]
pub(super) struct Groups(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum GroupsClaim {
    List(Vec<GroupClaim>),
    Name(String),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum GroupClaim {
    Name(String),
    Other(IgnoredAny),
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = match GroupsClaim::deserialize(deserializer)? {
            GroupsClaim::Name(name) => vec![name],
            GroupsClaim::Other(_) => Vec::new(),
            GroupsClaim::List(list) => list.into_iter().filter_map(GroupClaim::name).collect(),
        };
        Ok(Self(names.into_iter().take(GROUPS_MAX).collect()))
    }
}

impl GroupClaim {
    fn name(self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name),
            Self::Other(_) => None,
        }
    }
}
