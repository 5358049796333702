//! What outsiders know about the sale that was played.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Micros;

/// In which order a sale lets people in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// In the order of joining
    #[default]
    Arrival,
    /// Those who join before the opening in an order that is drawn
    Draw,
}

/// What a line does with the people in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It calls nobody yet.
    Lobby,
    /// It calls people.
    #[default]
    Open,
    /// It calls nobody for now.
    Paused,
    /// It calls nobody any more.
    Over,
}

/// A sale, as it was made for the rehearsal. All times are the store's. Without an id it is the main sale, of
/// which nothing else is known.
#[derive(Debug, Clone, Default)]
pub struct SaleFacts {
    /// Its id.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// In which order it lets people in.
    pub order: Order,
    /// From when one may join.
    pub lobby_at: Option<Micros>,
    /// When it begins to let people in; none for at once.
    pub opens_at: Option<Micros>,
    /// When it ends; none for never.
    pub closes_at: Option<Micros>,
    /// The most seats that one person may hold and own.
    pub limit: Option<u32>,
    /// How many people each access code lets in; none if nobody needs a code.
    pub code_uses: Option<u32>,
    /// The commitment of a draw, as it was when the sale was made.
    pub commitment: Option<String>,
    /// What was public of its order, oldest first.
    pub fairness: Vec<FairnessReading>,
}

/// What was public of a sale's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairnessReading {
    /// When the request was sent.
    pub sent: Micros,
    /// When it was answered.
    pub answered: Micros,
    /// The answer.
    pub document: Fairness,
}

/// What `GET /v1/sales/{id}/fairness` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fairness {
    /// `arrival` or `draw`.
    pub order: String,
    /// The SHA-256 of the seed, in hexadecimal.
    pub commitment: Option<String>,
    /// The beacon, in hexadecimal.
    pub beacon: Option<String>,
    /// The last number given out before the opening, once it is settled.
    pub lobby_tail: Option<u64>,
    /// The seed, in hexadecimal, once the sale is open.
    pub seed: Option<String>,
    /// The last place that was considered for a call.
    pub head: Option<u64>,
    /// The last number given out.
    pub tail: Option<u64>,
}

impl Order {
    /// As the API and the options spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Draw => "draw",
        }
    }
}
