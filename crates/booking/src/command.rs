//! The commands, and which rows they need.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;
use uuid::Uuid;

use crate::ids::{BillId, ConcertId, MovementId, PassKey, SeatKey, SeatNo, UserId};
use crate::money::Money;
use crate::request::RequestKey;
use crate::seen::{SeenHolds, SeenPlace};

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
    /// Put a concert on sale. Its creation times are set when it is decided.
    OpenConcert(NewConcert),
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
    /// The operator who opens it; `None` if nobody does. No rule uses it: it is for the log.
    pub opened_by: Option<UserId>,
}

/// Every row that a batch of commands can touch. The sets are sorted, and stores lock in their order, so that
/// two batches never deadlock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Users, with their wallets.
    pub users: BTreeSet<UserId>,
    /// Users whose live holds are needed too.
    pub holders: BTreeSet<UserId>,
    /// Passes.
    pub passes: BTreeSet<PassKey>,
    /// Whether the line's epoch is needed, and must not change before the commit.
    pub epoch: bool,
    /// Concerts.
    pub concerts: BTreeSet<ConcertId>,
    /// Named seats. One that does not exist is not loaded.
    pub seats: BTreeSet<SeatKey>,
    /// Seats whose bill is needed, if they have one.
    pub billed: BTreeSet<SeatKey>,
    /// Stored results.
    pub requests: BTreeSet<(UserId, RequestKey)>,
}

impl Scope {
    /// The rows that any of `commands` can touch.
    pub fn of<'a>(commands: impl IntoIterator<Item = &'a Command>) -> Self {
        let mut scope = Self::default();
        for command in commands {
            command.add_to(&mut scope);
        }
        scope
    }

    fn add_seat(&mut self, seat: SeatKey) {
        self.concerts.insert(seat.concert);
        self.seats.insert(seat);
    }
}

impl Command {
    /// The user who acts, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Register { user, .. }
            | Self::Admit { user, .. }
            | Self::Leave { user, .. }
            | Self::Charge { user, .. }
            | Self::UseCode { user, .. } => Some(*user),
            Self::Hold { by, .. } | Self::Release { by, .. } | Self::Pay { by, .. } => Some(by.user),
            Self::OpenConcert(_) => None,
        }
    }

    /// The user and key under which a success is stored.
    pub fn request(&self) -> Option<(UserId, &RequestKey)> {
        match self {
            Self::Hold { by, key, .. } | Self::Pay { by, key, .. } => Some((by.user, key.as_ref()?)),
            Self::Charge { user, key, .. } | Self::Register { user, key, .. } => Some((*user, key.as_ref()?)),
            Self::UseCode { user, code, .. } => Some((*user, code)),
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
            _ => String::new(),
        }
    }

    fn add_to(&self, scope: &mut Scope) {
        scope.users.extend(self.user());
        if let Some((user, key)) = self.request() {
            scope.requests.insert((user, key.clone()));
        }
        match self {
            Self::Register { .. } | Self::Charge { .. } | Self::UseCode { .. } => {}
            Self::Admit { pass, .. } => {
                scope.passes.insert(*pass);
                scope.epoch = true;
            }
            Self::Leave { user, pass, .. } => {
                scope.passes.insert(*pass);
                scope.holders.insert(*user);
            }
            Self::Hold { by, concert, seat_nos, .. } => {
                scope.passes.insert(by.pass);
                scope.holders.insert(by.user);
                scope.concerts.insert(*concert);
                for &seat_no in seat_nos {
                    scope.add_seat(SeatKey { concert: *concert, seat_no });
                }
            }
            Self::Release { by, seat, .. } => {
                scope.passes.insert(by.pass);
                scope.holders.insert(by.user);
                scope.add_seat(*seat);
            }
            Self::Pay { by, concert, seats, .. } => {
                scope.passes.insert(by.pass);
                scope.holders.insert(by.user);
                scope.concerts.insert(*concert);
                for &(seat_no, _) in seats {
                    let seat = SeatKey { concert: *concert, seat_no };
                    scope.add_seat(seat);
                    scope.billed.insert(seat);
                }
            }
            Self::OpenConcert(concert) => {
                scope.concerts.insert(concert.id);
            }
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
