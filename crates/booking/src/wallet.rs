//! Wallets and the ledger behind them: double entry, append-only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{MovementId, UserId};
use crate::money::Money;

/// A user's money. The balance always equals the sum of the user's ledger entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Whose.
    pub user: UserId,
    /// The balance; never negative.
    pub balance: Money,
}

/// One side of a movement of money. The entries of one movement sum to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The movement it belongs to; a payment's is its bill's identity.
    pub movement: MovementId,
    /// The account that is credited (positive) or debited (negative).
    pub account: Account,
    /// By how much.
    pub amount: Money,
    /// When.
    pub created_at: Timestamp,
}

/// An account of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Account {
    /// A user's wallet.
    Wallet(UserId),
    /// The outside world, where charges come from.
    Funding,
    /// The organiser, who gets the payments.
    Sales,
}

/// The two entries that move `amount` from one account to another.
pub(crate) fn movement(
    movement: MovementId,
    from: Account,
    to: Account,
    amount: Money,
    now: Timestamp,
) -> [LedgerEntry; 2] {
    [
        LedgerEntry { movement, account: from, amount: amount.negated(), created_at: now },
        LedgerEntry { movement, account: to, amount, created_at: now },
    ]
}
