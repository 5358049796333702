//! What the rules answer to a command that they carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bill::Bill;
use crate::concert::Concert;
use crate::ids::UserId;
use crate::money::Money;
use crate::pass::Pass;
use crate::seat::Seat;
use crate::user::User;

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The new user.
    Registered(User),
    /// The pass as it is now.
    Admitted(Pass),
    /// The place that was left.
    Left(Pass),
    /// The held seats, in the order requested.
    Held(Vec<Seat>),
    /// The seat, free again.
    Released(Seat),
    /// The bills, in the order requested.
    Paid {
        /// One per seat.
        bills: Vec<Bill>,
        /// What is left in the wallet.
        balance: Money,
    },
    /// The wallet after the charge.
    Charged {
        /// Its owner.
        user: UserId,
        /// Its new balance.
        balance: Money,
    },
    /// A code was used.
    SignedIn {
        /// By whom.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// The new concert.
    Opened(Concert),
}
