//! Sales: what people queue for. A sale has a line of its own, a window, an order, and the concerts that it
//! sells.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::concert::Concert;
use crate::ids::{ConcertId, SaleId};
use crate::refusal::Refusal;
use crate::seed::{Commitment, SealedSeed, Seed, SeedProblem};

/// How long before the opening people may join, unless the operator says otherwise.
pub const LOBBY_DEFAULT: SignedDuration = SignedDuration::from_mins(30);

/// What a new store's main sale is called.
pub const MAIN_SALE_NAME: &str = "Main sale";

/// One sale.
///
/// A sale without `opens_at` is open from its creation. Once open it stays open until `closes_at`, and once
/// over it stays over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// Which.
    pub id: SaleId,
    /// What it is called, in NFC.
    pub name: String,
    /// Whether the public list of sales shows it.
    pub listed: bool,
    /// Whether it is the main sale, which sells every concert that names no sale.
    pub is_main: bool,
    /// In which order the people in its line are called.
    pub order: SaleOrder,
    /// When people may join, when calls begin, and when it is over.
    pub times: SaleTimes,
    /// How far its opening has come.
    pub opening: Opening,
    /// The most seats that one person may hold and own in all of its concerts together, whichever sale they
    /// bought them in; `None` for no such limit. At least 1.
    pub seats_per_person: Option<u32>,
    /// Who may join.
    pub access: Access,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Raised by 1 with every change, so that an older version is recognised.
    pub revision: u64,
}

impl Sale {
    /// The main sale of a store that is new at `now`: open, for everybody, and never over.
    pub fn main(id: SaleId, now: Timestamp) -> Self {
        Self {
            id,
            name: MAIN_SALE_NAME.to_owned(),
            listed: true,
            is_main: true,
            order: SaleOrder::Arrival,
            times: SaleTimes::default(),
            opening: Opening::Open { at: now, lobby_tail: None, seed: None },
            seats_per_person: None,
            access: Access::Everyone,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    /// Whether it sells the concert: the concert is a member, or names no sale and this is the main sale.
    pub fn sells(&self, concert: &Concert) -> bool {
        concert.sales.contains(&self.id) || (self.is_main && concert.sales.is_empty())
    }

    /// The draw, if its order is one.
    pub fn draw(&self) -> Option<&Draw> {
        match &self.order {
            SaleOrder::Draw(draw) => Some(draw),
            SaleOrder::Arrival => None,
        }
    }

    /// Whether it has been opened.
    pub fn is_opened(&self) -> bool {
        matches!(self.opening, Opening::Open { .. })
    }

    /// Where it stands at `now`.
    pub fn phase(&self, now: Timestamp) -> SalePhase {
        if self.times.closes_at.is_some_and(|closes_at| now >= closes_at) {
            SalePhase::Over
        } else if self.is_opened() {
            SalePhase::Open
        } else {
            SalePhase::Lobby
        }
    }

    /// When something in the sale changes next by time alone: its lobby, its opening or its end. An opening
    /// that is late is due at once, so this may be past; one that awaits a beacon is not due.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let SaleTimes { lobby_at, opens_at, closes_at } = self.times;
        match self.phase(now) {
            SalePhase::Over => None,
            SalePhase::Open => closes_at,
            SalePhase::Lobby if self.awaits_beacon() => closes_at,
            SalePhase::Lobby => lobby_at.filter(|lobby_at| now < *lobby_at).or(opens_at),
        }
    }

    /// Whether it is settled who takes part in its draw, and only the beacon is missing.
    pub fn awaits_beacon(&self) -> bool {
        matches!(self.opening, Opening::TailFixed { .. }) && self.draw().is_some_and(Draw::awaits_beacon)
    }

    /// What is wrong with the stored seed of a draw that is still ahead at `now`; `read` opens a sealed seed.
    pub fn seed_problem(
        &self,
        read: impl FnOnce(&SealedSeed) -> Option<Seed>,
        now: Timestamp,
    ) -> Option<SeedProblem> {
        let draw = self.draw().filter(|_| self.phase(now) == SalePhase::Lobby)?;
        Seed::checked(read(&draw.sealed_seed), &draw.commitment).err()
    }

    /// Whether one may join its line at `now`.
    ///
    /// # Errors
    /// [`Refusal::SaleNotOpen`] before the lobby, [`Refusal::SaleClosed`] once it is over.
    pub fn check_join_window(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_not_over(now)?;
        match self.times.lobby_at {
            Some(lobby_at) if now < lobby_at && !self.is_opened() => Err(self.not_open()),
            _ => Ok(()),
        }
    }

    /// Whether somebody in `groups` may join its line at `now`, if they have redeemed the access code that
    /// the sale may need.
    ///
    /// # Errors
    /// [`Refusal::GroupRequired`]; then as [`Sale::check_join_window`].
    pub fn check_join(&self, groups: &[String], now: Timestamp) -> Result<(), Refusal> {
        match &self.access {
            Access::Group(group) if !groups.iter().any(|name| name == group.as_str()) => {
                Err(Refusal::GroupRequired { group: group.clone() })
            }
            _ => self.check_join_window(now),
        }
    }

    /// Whether it lets called people in, and lets those inside hold seats, at `now`.
    ///
    /// # Errors
    /// [`Refusal::SaleNotOpen`] before it is opened, [`Refusal::SaleClosed`] once it is over.
    pub fn admits(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_not_over(now)?;
        if self.is_opened() { Ok(()) } else { Err(self.not_open()) }
    }

    pub(crate) fn check_not_over(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.times.closes_at {
            Some(closes_at) if now >= closes_at => Err(Refusal::SaleClosed { closes_at }),
            _ => Ok(()),
        }
    }

    /// That it is not open. A sale without an opening is open from its creation, so there is one.
    pub(crate) fn not_open(&self) -> Refusal {
        let SaleTimes { lobby_at, opens_at, .. } = self.times;
        Refusal::SaleNotOpen { lobby_at, opens_at: opens_at.unwrap_or(self.created_at) }
    }
}

/// In which order the people in a line are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SaleOrder {
    /// In the order in which they joined.
    Arrival,
    /// Those who joined before the opening in an order that the seed decides, the others behind them.
    Draw(Draw),
}

/// A draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// The SHA-256 of the seed, published when the draw is made.
    pub commitment: Commitment,
    /// The encrypted seed. It is left out of every serialisation: only a store gives it.
    #[serde(skip)]
    pub sealed_seed: SealedSeed,
    /// The public value that the beacon will be, as people can find it; `None` if the draw has no beacon.
    pub beacon_source: Option<String>,
    /// The beacon, at most 4,096 bytes; empty until an operator enters it, and if the draw has none.
    pub beacon: Vec<u8>,
}

impl Draw {
    /// Whether its beacon is still to be entered.
    pub fn awaits_beacon(&self) -> bool {
        self.beacon_source.is_some() && self.beacon.is_empty()
    }
}

/// The times of a sale. `lobby_at <= opens_at < closes_at`, and there is a lobby if and only if there is an
/// opening.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleTimes {
    /// From when one may join.
    pub lobby_at: Option<Timestamp>,
    /// When calls begin.
    pub opens_at: Option<Timestamp>,
    /// From when nobody may join, nobody is called, and nothing new is held.
    pub closes_at: Option<Timestamp>,
}

/// How far the opening of a sale has come. It only moves forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Opening {
    /// Not opened yet.
    Ahead,
    /// Who takes part in the draw is settled, and the beacon is awaited. Only a draw with a beacon source
    /// comes here.
    TailFixed {
        /// When.
        at: Timestamp,
        /// The last number that takes part.
        lobby_tail: u64,
    },
    /// Opened.
    Open {
        /// When; for a sale without `opens_at`, when it was created.
        at: Timestamp,
        /// The last number given out before the opening; `None` for a sale without `opens_at`.
        lobby_tail: Option<u64>,
        /// A draw's seed, public from now on; `None` by arrival.
        seed: Option<Seed>,
    },
}

impl Opening {
    /// The last number of the lobby, once that is settled.
    pub fn lobby_tail(&self) -> Option<u64> {
        match *self {
            Self::Ahead => None,
            Self::TailFixed { lobby_tail, .. } => Some(lobby_tail),
            Self::Open { lobby_tail, .. } => lobby_tail,
        }
    }

    /// The seed of a draw, once it is public.
    pub fn seed(&self) -> Option<&Seed> {
        match self {
            Self::Open { seed, .. } => seed.as_ref(),
            Self::Ahead | Self::TailFixed { .. } => None,
        }
    }
}

/// Where a sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalePhase {
    /// Not opened yet; from `lobby_at` on people may join.
    Lobby,
    /// Opened.
    Open,
    /// Past `closes_at`.
    Over,
}

/// That a sale sells a concert, or does so no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The sale.
    pub sale: SaleId,
    /// The concert.
    pub concert: ConcertId,
    /// Whether the sale sells it from now on.
    pub sells: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::GroupName;
    use crate::new_sale::NewSale;
    use crate::testing::{CONCERT, MAIN_SALE, PRESALE, Stage};

    const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

    #[test]
    fn one_joins_from_the_lobby_until_the_end() {
        let sale = Stage::timed_sale().checked(Stage::start()).unwrap();
        let lobby_at = Stage::opens_at() - LOBBY_DEFAULT;
        let closes_at = sale.times.closes_at.unwrap();
        let not_open = Refusal::SaleNotOpen { lobby_at: Some(lobby_at), opens_at: Stage::opens_at() };
        assert_eq!(sale.check_join_window(lobby_at - MICROSECOND), Err(not_open));
        for now in [lobby_at, Stage::opens_at(), closes_at - MICROSECOND] {
            assert_eq!(sale.check_join_window(now), Ok(()));
        }
        assert_eq!(sale.check_join_window(closes_at), Err(Refusal::SaleClosed { closes_at }));
        assert_eq!(Sale::main(MAIN_SALE, Stage::start()).check_join_window(Stage::start()), Ok(()));
    }

    #[test]
    fn a_sale_is_in_its_lobby_until_it_is_opened_and_over_at_its_end() {
        let mut stage = Stage::new();
        let sale = stage.make(Stage::timed_sale()).unwrap();
        let lobby_at = Stage::opens_at() - LOBBY_DEFAULT;
        let closes_at = sale.times.closes_at.unwrap();
        let late = Stage::opens_at() + SignedDuration::from_secs(1);
        assert_eq!((sale.phase(late), sale.changes_at(late)), (SalePhase::Lobby, Some(Stage::opens_at())));
        assert_eq!(sale.changes_at(Stage::start()), Some(lobby_at));
        assert_eq!(sale.changes_at(lobby_at), Some(Stage::opens_at()));
        stage.book.set_now(late);
        let (open, _) = stage.open_sale(1, None).unwrap();
        assert_eq!((open.phase(late), open.changes_at(late)), (SalePhase::Open, Some(closes_at)));
        for sale in [sale, open] {
            assert_eq!((sale.phase(closes_at), sale.changes_at(closes_at)), (SalePhase::Over, None));
        }
    }

    #[test]
    fn the_group_comes_before_the_window() {
        let sale = |access: &str| {
            let access = Access::parse(access).unwrap();
            NewSale { access, ..Stage::timed_sale() }.checked(Stage::start()).unwrap()
        };
        let groups = ["fans".to_owned(), "members".to_owned()];
        let (before, open) = (Stage::start(), Stage::opens_at());
        for access in ["everyone", "code", "group:members"] {
            assert!(matches!(sale(access).check_join(&groups, before), Err(Refusal::SaleNotOpen { .. })));
            assert_eq!(sale(access).check_join(&groups, open), Ok(()), "a code is redeemed later");
        }
        let group = GroupName::new("press").unwrap();
        let required = Err(Refusal::GroupRequired { group });
        assert_eq!(sale("group:press").check_join(&groups, before), required);
        assert_eq!(sale("group:press").check_join(&[], open), required);
    }

    #[test]
    fn a_serialised_draw_has_no_sealed_seed() {
        let mut stage = Stage::new();
        let sale = stage.make(Stage::drawn_sale()).unwrap();
        assert!(!sale.draw().unwrap().sealed_seed.bytes().is_empty());
        let json = serde_json::to_string(&sale).unwrap();
        assert!(!json.contains("1,1,1,1") && !json.contains("ealed"), "{json}");
        let read: Sale = serde_json::from_str(&json).unwrap();
        let draw = Draw { sealed_seed: SealedSeed::default(), ..sale.draw().unwrap().clone() };
        assert_eq!(read, Sale { order: SaleOrder::Draw(draw), ..sale });
    }

    #[test]
    fn a_concert_is_sold_by_its_sales_or_by_the_main_sale() {
        let mut stage = Stage::new();
        let presale = stage.make(Stage::new_sale()).unwrap();
        let main = Sale::main(MAIN_SALE, Stage::start());
        let sold_by = |stage: &Stage| {
            let concert = stage.book.concert(CONCERT).unwrap();
            (main.sells(concert), presale.sells(concert))
        };
        assert_eq!(sold_by(&stage), (true, false));
        stage.book.set_membership(PRESALE, CONCERT, true);
        assert_eq!(sold_by(&stage), (false, true));
        stage.book.set_membership(MAIN_SALE, CONCERT, true);
        assert_eq!(sold_by(&stage), (true, true));
    }
}
