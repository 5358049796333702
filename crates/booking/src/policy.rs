//! The numbers an operator may choose. They apply to new decisions.

use jiff::SignedDuration;

use crate::money::Money;

/// The settings that the rules use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a hold keeps a seat from others.
    pub hold: SignedDuration,
    /// The most live holds of one user in one concert.
    pub holds_per_user: u32,
    /// How long a pass lasts, unless a live hold extends it.
    pub pass: SignedDuration,
}

impl Policy {
    /// A policy from whole seconds, as in the settings.
    pub fn new(hold_seconds: u32, holds_per_user: u32, pass_seconds: u32) -> Self {
        Self {
            hold: SignedDuration::from_secs(hold_seconds.into()),
            holds_per_user,
            pass: SignedDuration::from_secs(pass_seconds.into()),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(300, 4, 600)
    }
}

/// The most one charge may add.
pub const CHARGE_MAX: Money = Money(1_000_000_000);
/// The most a wallet may hold.
pub const BALANCE_MAX: Money = Money(1_000_000_000_000);
/// The most a seat may cost.
pub const PRICE_MAX: Money = Money(1_000_000_000);
/// The most seats a concert may have.
pub const CAPACITY_MAX: u32 = 50_000;
/// The most characters a name may have.
pub const NAME_CHARS_MAX: usize = 200;
/// The most seats one command may name.
pub const SEATS_PER_COMMAND_MAX: usize = 100;
/// The most seats of one person that a sale may allow.
pub const SEATS_PER_PERSON_MAX: u32 = 50_000;
/// The most concerts that one command may put into a sale.
pub const CONCERTS_PER_SALE_MAX: usize = 1_000;
/// The most sales that a new concert may be put into.
pub const SALES_PER_CONCERT_MAX: usize = 100;
/// The most access codes that one command may make.
pub const CODES_PER_COMMAND_MAX: u32 = 10_000;
/// The most people who may use one access code.
pub const USES_PER_CODE_MAX: u32 = 1_000_000;
/// The most bytes of a draw's beacon.
pub const BEACON_BYTES_MAX: usize = 4_096;
/// How long a stored result answers a repeated request.
pub const REQUEST_KEPT: SignedDuration = SignedDuration::from_hours(24);
