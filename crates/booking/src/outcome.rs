//! What the rules answer to a command that they carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bill::Bill;
use crate::concert::Concert;
use crate::ids::{PlanId, SaleId, UserId};
use crate::money::Money;
use crate::pass::Pass;
use crate::sale::Sale;
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
    /// The plan is kept.
    PlanAdded {
        /// Which.
        plan: PlanId,
        /// Whether this command brought it; otherwise it was there before.
        is_new: bool,
    },
    /// The new concert.
    Opened(Concert),
    /// The new sale.
    SaleCreated(Box<Sale>),
    /// The sale as it was and as it is; equal if nothing changed.
    SaleChanged {
        /// Before.
        before: Box<Sale>,
        /// After.
        after: Box<Sale>,
    },
    /// The sale, open, or with its tail fixed and its beacon awaited.
    SaleOpened {
        /// The sale.
        sale: Box<Sale>,
        /// Whether this command brought it there; otherwise it was there before.
        is_changed: bool,
    },
    /// Access codes were made.
    CodesAdded {
        /// For which sale.
        sale: SaleId,
        /// How many.
        count: u32,
        /// How many people may use each.
        uses: u32,
        /// Whether this command made them; otherwise the same one has before.
        is_new: bool,
    },
    /// An access code was redeemed, now or earlier.
    CodeRedeemed {
        /// By whom.
        user: UserId,
        /// For which sale.
        sale: SaleId,
    },
}

impl Outcome {
    /// The outcome of an earlier command, as the answer to the same command sent again.
    pub(crate) fn repeated(self) -> Self {
        match self {
            Self::CodesAdded { sale, count, uses, .. } => {
                Self::CodesAdded { sale, count, uses, is_new: false }
            }
            other => other,
        }
    }
}
