//! What people and operators do.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use onsale_booking::access::{Access, CodeHash};
use onsale_booking::command::{Call, NewConcert, PassHolder};
use onsale_booking::ids::{BillId, ConcertId, MovementId, PassKey, SaleId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::request::RequestKey;
use onsale_booking::seed::{SealedSeed, Seed};
use onsale_booking::seen::{SeenHolds, SeenPlace};
use onsale_booking::{Command, Outcome, Refusal};
use proptest::prelude::*;
use uuid::Uuid;

use crate::store::EPOCH;

/// The first is sold by both sales at the beginning, the second by the presale.
pub(crate) const CONCERTS: [ConcertId; 2] =
    [ConcertId(Uuid::from_u128(0xC0)), ConcertId(Uuid::from_u128(0xC1))];
pub(crate) const MAIN: SaleId = SaleId(Uuid::from_u128(1));
pub(crate) const PRESALE: SaleId = SaleId(Uuid::from_u128(2));
/// The most seats of one person in the main sale and in the presale.
pub(crate) const LIMITS: [u32; 2] = [5, 3];
/// How many people may use the one access code.
pub(crate) const USES: u32 = 2;
pub(crate) const SEATS: u32 = 4;
const PRICE: i64 = 100;

pub(crate) fn start() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().expect("a time")
}

pub(crate) fn opens_at() -> Timestamp {
    start() + SignedDuration::from_secs(100)
}

pub(crate) fn closes_at() -> Timestamp {
    start() + SignedDuration::from_mins(12)
}

/// The commands that set the stage.
pub(crate) fn opening_acts() -> [Command; 5] {
    let seed = Seed::new([7; 32]);
    let concert = |id| NewConcert {
        id,
        name: "Night".to_owned(),
        capacity: SEATS,
        price: Money(PRICE),
        opening_at: start(),
        closing_at: start() + SignedDuration::from_mins(60),
        event_date: start() + SignedDuration::from_mins(60),
        sales: if id == CONCERTS[0] { vec![MAIN] } else { vec![] },
        opened_by: None,
    };
    let presale = NewSale {
        id: PRESALE,
        name: "Presale".to_owned(),
        listed: true,
        order: NewOrder::Draw { commitment: seed.commitment(), sealed_seed: SealedSeed::default() },
        beacon_source: None,
        lobby_at: None,
        opens_at: Some(opens_at()),
        closes_at: Some(closes_at()),
        seats_per_person: Some(LIMITS[1]),
        access: Access::Code,
        concerts: CONCERTS.to_vec(),
        dials: NewDials::default(),
        created_by: None,
    };
    let limit = SaleChanges {
        seats_per_person: Some(Some(LIMITS[0])),
        concerts: Some(vec![CONCERTS[0]]),
        ..SaleChanges::default()
    };
    let codes = BTreeSet::from([CodeHash([1; 32])]);
    [
        Command::OpenConcert(concert(CONCERTS[0])),
        Command::OpenConcert(concert(CONCERTS[1])),
        Command::CreateSale(Box::new(presale)),
        Command::ChangeSale { sale: MAIN, changes: Box::new(limit), seen: None, by: None },
        Command::AddCodes { sale: PRESALE, codes, uses: USES, key: None, by: None },
    ]
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Wait(i64),
    Batch(Vec<Act>),
}

/// Somebody with one of their passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    user: UserId,
    sale: SaleId,
    /// Whether it is the pass before their last one.
    is_stale: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// With a new number or the last one.
    Admit(Who, bool),
    Leave(Who),
    Hold(Who, ConcertId, Vec<u32>, Option<u8>),
    Release(Who, ConcertId, u32),
    Pay(Who, ConcertId, Vec<u32>, Option<u8>),
    /// For what a page showed that many steps ago, from that page.
    PaySeen(Who, ConcertId, usize),
    LeaveSeen(Who, bool, usize),
    Charge(UserId, i64, Option<u8>),
    Redeem(UserId, u8),
    Open(u32, u64),
    /// A sale sells these concerts from now on.
    Move(SaleId, Vec<ConcertId>),
}

fn users() -> impl Strategy<Value = UserId> {
    (1..=3_u64).prop_map(|user| UserId(Uuid::from_u128(user.into())))
}

fn sales() -> impl Strategy<Value = SaleId> {
    prop::sample::select(vec![MAIN, PRESALE])
}

fn who() -> impl Strategy<Value = Who> {
    (users(), sales(), prop::bool::weighted(0.1)).prop_map(|(user, sale, is_stale)| Who {
        user,
        sale,
        is_stale,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let key = || prop::option::weighted(0.1, 0..3_u8);
    let seats = || {
        prop_oneof![
            9 => prop::sample::subsequence((1..=SEATS).collect::<Vec<_>>(), 1..=3),
            1 => prop::collection::vec(0..=SEATS + 1, 0..4),
        ]
    };
    let concert = || prop::sample::select(CONCERTS.to_vec());
    let concerts = prop::sample::subsequence(CONCERTS.to_vec(), 0..=2);
    prop_oneof![
        8 => (who(), prop::bool::weighted(0.2)).prop_map(|(who, is_new)| Act::Admit(who, is_new)),
        1 => who().prop_map(Act::Leave),
        1 => (who(), any::<bool>(), 0..3_usize).prop_map(|(who, is_inside, ago)| Act::LeaveSeen(who, is_inside, ago)),
        14 => (who(), concert(), seats(), key())
            .prop_map(|(who, concert, seats, key)| Act::Hold(who, concert, seats, key)),
        3 => (who(), concert(), 0..=SEATS + 1).prop_map(|(who, concert, seat)| Act::Release(who, concert, seat)),
        3 => (who(), concert(), seats(), key())
            .prop_map(|(who, concert, seats, key)| Act::Pay(who, concert, seats, key)),
        3 => (who(), concert(), 0..3_usize).prop_map(|(who, concert, ago)| Act::PaySeen(who, concert, ago)),
        3 => (users(), -1..900_i64, key()).prop_map(|(user, amount, key)| Act::Charge(user, amount, key)),
        1 => (users(), 1..=2_u8).prop_map(|(user, code)| Act::Redeem(user, code)),
        1 => (EPOCH..=EPOCH + 1, 0..50_u64).prop_map(|(epoch, tail)| Act::Open(epoch, tail)),
        2 => (sales(), concerts).prop_map(|(sale, concerts)| Act::Move(sale, concerts)),
    ]
}

/// The presale opens, and everybody comes in with some money.
pub(crate) fn opening_steps() -> [Step; 3] {
    let until = opens_at().duration_since(start()).as_secs();
    let users = || (1..=3).map(|user| UserId(Uuid::from_u128(user)));
    let whos = users().flat_map(|user| [MAIN, PRESALE].map(|sale| Who { user, sale, is_stale: false }));
    let come_in = whos.map(|who| Act::Admit(who, false));
    let come_in = come_in.chain(users().map(|user| Act::Charge(user, 1_000, None))).collect();
    [Step::Wait(until), Step::Batch(vec![Act::Open(EPOCH, 9)]), Step::Batch(come_in)]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => prop_oneof![8 => 1..60_i64, 1 => 1..400_i64, 1 => prop::sample::select(vec![299, 300, 600])]
            .prop_map(Step::Wait),
        4 => prop::collection::vec(act(), 1..6).prop_map(Step::Batch),
    ];
    prop::collection::vec(step, 1..60)
}

/// Who has which pass, and new identities.
#[derive(Default)]
pub(crate) struct Players {
    visits: HashMap<(UserId, SaleId), u64>,
    next: u128,
}

impl Players {
    fn holder(&self, who: Who) -> PassHolder {
        let Who { user, sale, is_stale } = who;
        let visit = self.visits.get(&(user, sale)).copied().unwrap_or(1);
        let number = visit.saturating_sub(is_stale.into()).max(1);
        PassHolder { user, pass: PassKey { sale, number: number + 100 * u64::from(user.0.as_fields().3[7]) } }
    }

    fn come_again(&mut self, user: UserId, sale: SaleId) {
        *self.visits.entry((user, sale)).or_insert(1) += 1;
    }

    /// Somebody who has lost a pass comes with another number.
    pub(crate) fn learn(&mut self, command: &Command, result: &Result<Outcome, Refusal>) {
        match (command, result) {
            (Command::Pay { by, .. }, Ok(_)) => self.come_again(by.user, by.pass.sale),
            (Command::Leave { user, pass, .. }, Ok(_))
            | (Command::Admit { user, pass, .. }, Err(Refusal::PassEnded)) => {
                self.come_again(*user, pass.sale);
            }
            _ => {}
        }
    }

    fn fresh(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(0xF000 + self.next)
    }

    /// The command of an act. `page` gives what somebody saw that many steps ago.
    pub(crate) fn command(&mut self, act: Act, page: impl Fn(UserId, usize) -> SeenHolds) -> Command {
        let key_of = |key: Option<u8>| key.and_then(|key| RequestKey::new(&format!("key-{key}")));
        match act {
            Act::Admit(who, is_new) => {
                if is_new {
                    self.come_again(who.user, who.sale);
                }
                let call = Call { epoch: EPOCH, until: Timestamp::MAX };
                Command::Admit { user: who.user, pass: self.holder(who).pass, call }
            }
            Act::Leave(who) => Command::Leave { user: who.user, pass: self.holder(who).pass, seen: None },
            Act::LeaveSeen(who, is_inside, ago) => {
                let seen = Some(SeenPlace { is_inside, holds: page(who.user, ago) });
                Command::Leave { user: who.user, pass: self.holder(who).pass, seen }
            }
            Act::Hold(who, concert, seat_nos, key) => {
                Command::Hold { by: self.holder(who), concert, seat_nos, key: key_of(key) }
            }
            Act::Release(who, concert, seat_no) => {
                let seat = SeatKey { concert, seat_no };
                Command::Release { by: self.holder(who), seat, seen: None }
            }
            Act::Pay(who, concert, seat_nos, key) => {
                let seats = seat_nos.into_iter().map(|seat_no| (seat_no, BillId(self.fresh()))).collect();
                Command::Pay { by: self.holder(who), concert, seats, key: key_of(key), seen: None }
            }
            Act::PaySeen(who, concert, ago) => {
                let seen = page(who.user, ago);
                let shown = seen.0.iter().filter(|(key, _)| key.concert == concert);
                let seats = shown.map(|(key, _)| (key.seat_no, BillId(self.fresh()))).collect();
                Command::Pay { by: self.holder(who), concert, seats, key: None, seen: Some(seen) }
            }
            Act::Charge(user, amount, key) => {
                let (amount, movement) = (Money(amount), MovementId(self.fresh()));
                Command::Charge { user, amount, movement, key: key_of(key), seen: None }
            }
            Act::Redeem(user, code) => {
                Command::RedeemCode { user, sale: PRESALE, code: CodeHash([code; 32]) }
            }
            Act::Open(epoch, lobby_tail) => {
                Command::OpenSale { sale: PRESALE, epoch, lobby_tail, seed: Some(Seed::new([7; 32])) }
            }
            Act::Move(sale, concerts) => {
                let changes = SaleChanges { concerts: Some(concerts), ..SaleChanges::default() };
                Command::ChangeSale { sale, changes: Box::new(changes), seen: None, by: None }
            }
        }
    }
}
