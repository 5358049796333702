//! Sales on the stage.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Stage;
use crate::access::{Access, CodeHash};
use crate::command::{Command, PassHolder};
use crate::ids::{BillId, ConcertId, SaleId, SeatNo};
use crate::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::sale::Sale;
use crate::seat::Seat;
use crate::seed::{SealedSeed, Seed};

pub(crate) const PRESALE: SaleId = SaleId(Uuid::from_u128(0x22));
/// A second concert, which the presale sells.
pub(crate) const LATE_SHOW: ConcertId = ConcertId(Uuid::from_u128(0xC5));

impl Stage {
    /// The seed of the stage's draws.
    pub(crate) fn seed() -> Seed {
        Seed::new([7; 32])
    }

    /// A sale for everybody that is open at once and sells nothing.
    pub(crate) fn new_sale() -> NewSale {
        NewSale {
            id: PRESALE,
            name: "Presale".to_owned(),
            listed: true,
            order: NewOrder::Arrival,
            beacon_source: None,
            lobby_at: None,
            opens_at: None,
            closes_at: None,
            seats_per_person: None,
            access: Access::Everyone,
            concerts: vec![],
            dials: NewDials::default(),
            created_by: None,
        }
    }

    /// When a timed sale opens.
    pub(crate) fn opens_at() -> Timestamp {
        Self::start() + SignedDuration::from_hours(1)
    }

    /// A sale whose lobby begins in half an hour, which opens in an hour and closes in two.
    pub(crate) fn timed_sale() -> NewSale {
        let closes_at = Some(Self::opens_at() + SignedDuration::from_hours(1));
        NewSale { opens_at: Some(Self::opens_at()), closes_at, ..Self::new_sale() }
    }

    /// An order by the stage's seed.
    pub(crate) fn draw() -> NewOrder {
        let sealed_seed = SealedSeed::new(vec![1; 64]);
        NewOrder::Draw { commitment: Self::seed().commitment(), sealed_seed }
    }

    /// A timed sale with a draw.
    pub(crate) fn drawn_sale() -> NewSale {
        NewSale { order: Self::draw(), ..Self::timed_sale() }
    }

    /// A stage whose first concert is sold by the main sale and by the presale, its late show by the presale
    /// alone.
    pub(crate) fn with_presale(new: NewSale) -> Self {
        let mut stage = Self::new();
        stage.open(LATE_SHOW, 10).unwrap();
        stage.make(NewSale { concerts: vec![super::CONCERT, LATE_SHOW], ..new }).unwrap();
        stage.book.set_membership(super::MAIN_SALE, super::CONCERT, true);
        stage
    }

    pub(crate) fn make(&mut self, new: NewSale) -> Result<Sale, Refusal> {
        match self.run(&Command::CreateSale(Box::new(new)))? {
            Outcome::SaleCreated(sale) => Ok(*sale),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn change(&mut self, sale: SaleId, changes: SaleChanges) -> Result<Sale, Refusal> {
        match self.run(&Command::ChangeSale { sale, changes: Box::new(changes), seen: None, by: None })? {
            Outcome::SaleChanged { after, .. } => Ok(*after),
            other => panic!("{other:?}"),
        }
    }

    /// Opens the presale with the numbers up to `lobby_tail`; `true` if that changed it.
    pub(crate) fn open_sale(&mut self, lobby_tail: u64, seed: Option<Seed>) -> Result<(Sale, bool), Refusal> {
        match self.run(&Command::OpenSale { sale: PRESALE, epoch: Self::EPOCH, lobby_tail, seed })? {
            Outcome::SaleOpened { sale, is_changed } => Ok((*sale, is_changed)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn add_codes(&mut self, codes: &[u8], uses: u32) -> Result<Outcome, Refusal> {
        let codes: BTreeSet<CodeHash> = codes.iter().map(|byte| CodeHash([*byte; 32])).collect();
        self.run(&Command::AddCodes { sale: PRESALE, codes, uses, key: None, by: None })
    }

    pub(crate) fn redeem(&mut self, name: &str, code: u8) -> Result<Outcome, Refusal> {
        let user = Self::waiting(name).user;
        self.run(&Command::RedeemCode { user, sale: PRESALE, code: CodeHash([code; 32]) })
    }

    /// The same user with a pass of the presale.
    pub(crate) fn presale_pass(&mut self, by: PassHolder) -> PassHolder {
        let mut holder = by;
        holder.pass.sale = PRESALE;
        self.run(&self.admit(holder)).unwrap();
        holder
    }

    /// The same user, called again by the presale under a new number.
    pub(crate) fn again_in_presale(&mut self, by: PassHolder, number: u64) -> PassHolder {
        let mut holder = by;
        holder.pass.number = number;
        self.presale_pass(holder)
    }

    pub(crate) fn hold_in(
        &mut self,
        by: PassHolder,
        concert: ConcertId,
        seat_nos: &[SeatNo],
    ) -> Result<Vec<Seat>, Refusal> {
        match self.run(&Command::Hold { by, concert, seat_nos: seat_nos.to_vec(), key: None })? {
            Outcome::Held(seats) => Ok(seats),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn pay_in(
        &mut self,
        by: PassHolder,
        concert: ConcertId,
        seat_nos: &[SeatNo],
    ) -> Result<Outcome, Refusal> {
        let seats: Vec<(SeatNo, BillId)> = self.seats_to_pay(seat_nos);
        self.run(&Command::Pay { by, concert, seats, key: None, seen: None })
    }

    /// How many seats of a concert somebody owns, by their row.
    pub(crate) fn owned(&self, by: PassHolder, concert: ConcertId) -> u32 {
        self.book.owned(by.user).find(|(id, _)| *id == concert).map_or(0, |(_, count)| count)
    }
}
