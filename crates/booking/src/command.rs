//! The commands.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;
use uuid::Uuid;

use crate::access::CodeHash;
use crate::ids::{BillId, ConcertId, MovementId, PassKey, SaleId, SeatKey, SeatNo, UserId};
use crate::money::Money;
use crate::new_plan::NewPlan;
use crate::new_sale::{NewSale, SaleChanges};
use crate::request::RequestKey;
use crate::seed::Seed;
use crate::seen::{SeenHolds, SeenPlace, SeenSale};

/// One thing to decide. The caller supplies new identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Register a user under a name.
    Register {
        /// The new user's identity.
        user: UserId,
        /// Their name.
        name: String,
        /// The client's name for this intent. The same form sent again gets the same user.
        key: Option<RequestKey>,
    },
    /// Admit a person whom the line has called.
    Admit {
        /// Who.
        user: UserId,
        /// Their number in the line.
        pass: PassKey,
        /// The call that lets them in.
        call: Call,
    },
    /// Leave the line, or end the session inside and release every hold.
    Leave {
        /// Who.
        user: UserId,
        /// Their place in line.
        pass: PassKey,
        /// What the page of the form showed, if there was one.
        seen: Option<SeenPlace>,
    },
    /// Hold seats, all or none.
    Hold {
        /// The user and their pass.
        by: PassHolder,
        /// The concert.
        concert: ConcertId,
        /// Which seats; none twice.
        seat_nos: Vec<SeatNo>,
        /// The client's name for this intent.
        key: Option<RequestKey>,
    },
    /// Release a held seat.
    Release {
        /// The user and their pass.
        by: PassHolder,
        /// Which.
        seat: SeatKey,
        /// What the page of the form showed, if there was one.
        seen: Option<SeenHolds>,
    },
    /// Pay for held seats, all or none.
    Pay {
        /// The user and their pass.
        by: PassHolder,
        /// The concert.
        concert: ConcertId,
        /// Which seats, each with the identity of its bill; none twice.
        seats: Vec<(SeatNo, BillId)>,
        /// The client's name for this intent.
        key: Option<RequestKey>,
        /// What the page of the form showed, if there was one: a payment ends all holds.
        seen: Option<SeenHolds>,
    },
    /// Add money to a wallet.
    Charge {
        /// Whose.
        user: UserId,
        /// How much: 1 to 10^9.
        amount: Money,
        /// The identity of the movement of money.
        movement: MovementId,
        /// The client's name for this intent.
        key: Option<RequestKey>,
        /// The balance that the page of the form showed, if there was one.
        seen: Option<Money>,
    },
    /// Use up a code that signs a user in.
    UseCode {
        /// Whom it signs in.
        user: UserId,
        /// Which browser uses it. Only that one gets the same answer again.
        by: Uuid,
        /// The code.
        code: RequestKey,
    },
    /// Keep a plan, unless it is there already.
    AddPlan(NewPlan),
    /// Put a concert on sale. Its creation times are set when it is decided.
    OpenConcert(NewConcert),
    /// Make a sale. Its creation times are set when it is decided.
    CreateSale(Box<NewSale>),
    /// Change a sale.
    ChangeSale {
        /// Which.
        sale: SaleId,
        /// What changes.
        changes: Box<SaleChanges>,
        /// What the page of the form showed, if there was one.
        seen: Option<SeenSale>,
        /// The operator who changes it. No rule uses it: it is for the log.
        by: Option<UserId>,
    },
    /// Open a sale whose time has come: from then on its line calls people.
    OpenSale {
        /// Which.
        sale: SaleId,
        /// The line's epoch in which its tail was fixed. In a later one there may be other numbers.
        epoch: u32,
        /// The last number that the line gave out before the opening.
        lobby_tail: u64,
        /// A draw's seed; `None` by arrival. It is not needed to fix the tail of a draw whose beacon is
        /// awaited.
        seed: Option<Seed>,
    },
    /// Make access codes for a sale.
    AddCodes {
        /// Which.
        sale: SaleId,
        /// The hashes of the codes: 1 to 10,000.
        codes: BTreeSet<CodeHash>,
        /// How many people may use each: 1 to 1,000,000.
        uses: u32,
        /// The form's name for this intent, if there was one: sent twice, it makes the same codes once.
        key: Option<RequestKey>,
        /// The operator who makes them.
        by: Option<UserId>,
    },
    /// Redeem an access code of a sale: one of its uses is bound to a person, who may join from then on.
    RedeemCode {
        /// Who.
        user: UserId,
        /// The sale.
        sale: SaleId,
        /// The hash of the code.
        code: CodeHash,
    },
}

/// A call by the line: the right to come in while it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The epoch in which the call was made. In a later one the slot may be somebody else's.
    pub epoch: u32,
    /// When the call lapses, by the store's clock.
    pub until: Timestamp,
}

/// A user who acts with a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassHolder {
    /// Who.
    pub user: UserId,
    /// Their pass.
    pub pass: PassKey,
}

/// A new concert as an operator defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConcert {
    /// Its identity.
    pub id: ConcertId,
    /// What it is called.
    pub name: String,
    /// How many seats.
    pub capacity: u32,
    /// What each costs.
    pub price: Money,
    /// From when seats may be held.
    pub opening_at: Timestamp,
    /// Until when seats may be held.
    pub closing_at: Timestamp,
    /// When it takes place.
    pub event_date: Timestamp,
    /// The sales that sell it; none twice. Without any the main sale does.
    pub sales: Vec<SaleId>,
    /// The operator who opens it; `None` if nobody does. No rule uses it: it is for the log.
    pub opened_by: Option<UserId>,
}

impl Command {
    /// The user who acts, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Register { user, .. }
            | Self::Admit { user, .. }
            | Self::Leave { user, .. }
            | Self::Charge { user, .. }
            | Self::UseCode { user, .. }
            | Self::RedeemCode { user, .. } => Some(*user),
            Self::Hold { by, .. } | Self::Release { by, .. } | Self::Pay { by, .. } => Some(by.user),
            Self::AddPlan(_)
            | Self::OpenConcert(_)
            | Self::CreateSale(_)
            | Self::ChangeSale { .. }
            | Self::OpenSale { .. }
            | Self::AddCodes { .. } => None,
        }
    }

    /// The user and key under which a success is stored.
    pub fn request(&self) -> Option<(UserId, &RequestKey)> {
        match self {
            Self::Hold { by, key, .. } | Self::Pay { by, key, .. } => Some((by.user, key.as_ref()?)),
            Self::Charge { user, key, .. } | Self::Register { user, key, .. } => Some((*user, key.as_ref()?)),
            Self::UseCode { user, code, .. } => Some((*user, code)),
            Self::AddCodes { key, by, .. } => Some(((*by)?, key.as_ref()?)),
            _ => None,
        }
    }

    /// What is requested, without the identities that differ between two attempts at the same intent.
    pub fn content(&self) -> String {
        match self {
            Self::Hold { concert, seat_nos, .. } => seat_list("hold", *concert, seat_nos.iter().copied()),
            Self::Pay { concert, seats, .. } => {
                seat_list("pay", *concert, seats.iter().map(|(seat_no, _)| *seat_no))
            }
            Self::Charge { amount, .. } => format!("charge {amount}"),
            // Without the name: somebody who corrects it and sends the form again is the same person.
            Self::Register { .. } => "register".to_owned(),
            Self::UseCode { by, .. } => format!("sign in {by}"),
            Self::AddCodes { sale, codes, uses, .. } => format!("codes {sale} {} {uses}", codes.len()),
            _ => String::new(),
        }
    }
}

fn seat_list(verb: &str, concert: ConcertId, seat_nos: impl Iterator<Item = SeatNo>) -> String {
    let mut text = format!("{verb} {concert}");
    for seat_no in seat_nos {
        let _ = write!(text, " {seat_no}");
    }
    text
}
