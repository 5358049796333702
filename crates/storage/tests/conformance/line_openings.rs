//! Lobbies, openings and ends, on the line of a sale beside the main one.

use std::sync::Arc;

use onsale_booking::command::PassHolder;
use onsale_booking::ids::{PassKey, UserId};
use onsale_booking::new_sale::{NewDials, NewSale, SaleChanges};
use onsale_booking::sale::Sale as SaleRow;
use onsale_booking::seed::Seed;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::{Number, NumberState, Order, Phase, Sign, View};
use onsale_storage::line::{FixedLobby, LinePort};
use onsale_storage::writer::{LineChange, LineTask, WriteError};

use crate::admission::NOBODY;
use crate::support::commands::{holder, leave, member, seconds, start};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;
use crate::support::sales::{CLUB, SEED, change, create, drawn, new_sale};

/// The line of [`CLUB`], in one life of the store.
struct Evening<F> {
    sale: Sale<F>,
    line: Arc<dyn LinePort>,
}

/// A sale with a lobby from the start on, which opens after 100 s and has room for everybody.
fn in_a_hundred_seconds() -> NewSale {
    let opens_at = Some(start() + seconds(100));
    NewSale { lobby_at: Some(start()), opens_at, ..new_sale(CLUB) }
}

fn drawn_in_a_hundred_seconds() -> NewSale {
    NewSale { order: drawn(), ..in_a_hundred_seconds() }
}

fn with_room_for(people: u32, new: NewSale) -> NewSale {
    NewSale { dials: NewDials { capacity: Some(people), ..NewDials::default() }, ..new }
}

impl<F: StoreFixture> Evening<F> {
    async fn of(fixture: F, new: NewSale) -> Self {
        let sale = Sale::open(fixture).await;
        sale.ok(create(new)).await;
        Self::again(sale).await
    }

    /// The line as this life of the store finds it.
    async fn again(sale: Sale<F>) -> Self {
        let line = sale.store.lines.open(CLUB).await.unwrap();
        Self { sale, line }
    }

    async fn crash(self) -> Self {
        let Self { sale, line } = self;
        drop(line);
        Self::again(sale.crash().await).await
    }

    async fn reopen(self) -> Self {
        let Self { sale, line } = self;
        drop(line);
        Self::again(sale.reopen().await).await
    }

    fn wait(&self, long: i64) {
        self.sale.fixture.advance(seconds(long));
    }

    async fn join(&self, user: UserId) -> PassHolder {
        let number = self.line.join(user).await.unwrap().number;
        PassHolder { user, pass: PassKey { sale: CLUB, number } }
    }

    /// The first so many of a crowd join.
    async fn join_all(&self, count: u64) -> Vec<PassHolder> {
        let mut crowd = Vec::new();
        for person in 1..=count {
            crowd.push(self.join(member(person).user).await);
        }
        crowd
    }

    async fn refused(&self, user: UserId) -> Refusal {
        match self.line.join(user).await {
            Err(WriteError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    async fn sign(&self, by: PassHolder, back_in: i64) {
        let due = u32::try_from(self.sale.store.now().as_second() + back_in).unwrap();
        let sign = Sign { number: by.pass.number, user: by.user.0, due };
        self.line.signs_of_life(vec![sign]).await.unwrap();
    }

    async fn tick(&self) -> Vec<Number> {
        self.line.tick().await.unwrap().called
    }

    async fn view(&self) -> View {
        self.line.tick().await.unwrap().view
    }

    async fn state(&self, by: PassHolder) -> NumberState {
        self.line.lookup(by.pass.number).await.unwrap().state
    }

    async fn fix(&self) -> Option<FixedLobby> {
        self.line.fix_lobby().await.unwrap()
    }

    /// The tail of a lobby that is due to open.
    async fn tail(&self) -> Number {
        self.fix().await.unwrap().tail
    }

    /// Commits the opening, which no line knows yet.
    async fn commit(&self, seed: Option<Seed>) -> Arc<SaleRow> {
        let FixedLobby { epoch, tail } = self.fix().await.unwrap();
        let open = Command::OpenSale { sale: CLUB, epoch, lobby_tail: tail, seed };
        match self.sale.ok(open).await {
            Outcome::SaleOpened { sale, .. } => Arc::new(*sale),
            other => panic!("{other:?}"),
        }
    }

    async fn open(&self) {
        let opened = self.commit(Some(Seed::new(SEED))).await;
        self.line.sale_changed(opened).await.unwrap();
    }

    /// Changes the sale; the line takes that over.
    async fn change(&self, changes: SaleChanges) {
        match self.sale.ok(change(CLUB, changes)).await {
            Outcome::SaleChanged { after, .. } => self.line.sale_changed(Arc::new(*after)).await.unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn order_of(lobby_tail: Number) -> Vec<Number> {
    let order = Order::draw(&SEED, &[], lobby_tail);
    (1..=lobby_tail).map(|place| order.number(place)).collect()
}

pub(crate) async fn a_lobby_takes_people_and_calls_nobody_before_the_commit(fixture: impl StoreFixture) {
    let opens_at = start() + seconds(100);
    let lobby_at = Some(start() + seconds(10));
    let new = NewSale { lobby_at, opens_at: Some(opens_at), ..new_sale(CLUB) };
    let evening = Evening::of(fixture, new).await;
    let alice = holder("alice").user;
    assert_eq!(evening.refused(alice).await, Refusal::SaleNotOpen { lobby_at, opens_at });
    evening.wait(10);
    let alices = evening.line.join(alice).await.unwrap();
    assert_eq!((alices.number, alices.is_new, alices.called), (1, true, vec![]));
    assert_eq!(alices.lookup.state, NumberState::Waiting);
    let bob = evening.join(holder("bob").user).await;
    assert_eq!(evening.join(alice).await.pass.number, 1, "a place is found again");
    for by in [evening.join(alice).await, bob] {
        evening.sign(by, 600).await;
    }
    evening.wait(80);
    assert_eq!(evening.fix().await, None, "it is not time yet");
    evening.wait(10);
    let view = evening.view().await;
    assert_eq!((evening.tick().await, view.phase(evening.sale.store.now())), (vec![], Phase::Lobby));
    assert!(view.schedule().is_due_to_open(evening.sale.store.now()));
    assert_eq!(evening.line.claim(1).await.unwrap(), None);

    assert_eq!(evening.tail().await, 2);
    let carol = evening.join(holder("carol").user).await;
    assert_eq!((carol.pass.number, evening.tail().await), (3, 2), "carol comes behind the lobby");
    evening.line.unfix_lobby().await.unwrap();
    assert_eq!(evening.tail().await, 3, "the store had said: not yet");
    evening.open().await;
    assert_eq!(evening.fix().await, None);
    assert_eq!(evening.tick().await, [1, 2, 3]);
    assert_eq!(evening.view().await.phase(evening.sale.store.now()), Phase::Open);
}

pub(crate) async fn a_draw_orders_the_lobby_and_those_who_come_late_are_behind_it(
    fixture: impl StoreFixture,
) {
    let evening = Evening::of(fixture, with_room_for(4, drawn_in_a_hundred_seconds())).await;
    let mut crowd = evening.join_all(10).await;
    for by in &crowd {
        evening.sign(*by, 600).await;
    }
    let view = evening.view().await;
    assert_eq!((view.place(3), view.ahead(3, 0)), (None, None), "nobody knows");
    assert_eq!(view.tallies().waiting, 10);
    evening.wait(100);
    assert_eq!(evening.tail().await, 10);
    crowd.extend([evening.join(member(11).user).await, evening.join(member(12).user).await]);
    evening.open().await;
    let order = order_of(10);
    assert_eq!(evening.tick().await, order[..4], "in the published order");
    let view = evening.view().await;
    for (place, number) in (1..).zip(order.iter().copied().chain([11, 12])) {
        assert_eq!(view.place(number), Some(place));
        let expected = place.saturating_sub(5);
        if place > 4 {
            assert_eq!(view.ahead(number, 4), Some(expected), "place {place}");
        }
    }
    assert_eq!(view.tallies().head, 4);
    // The rest comes in the same order, not in that of joining.
    let (mut called, mut left) = (order[..4].to_vec(), 0);
    while called.len() < 12 {
        for number in &called[left..] {
            evening.sale.ok(leave(crowd[usize::try_from(*number).unwrap() - 1])).await;
        }
        left = called.len();
        for by in crowd.iter().filter(|by| !called.contains(&by.pass.number)) {
            evening.sign(*by, 600).await;
        }
        called.extend(evening.tick().await);
    }
    assert_eq!(called, [&order[..], &[11, 12]].concat());
}

pub(crate) async fn who_left_the_lobby_takes_no_slot(fixture: impl StoreFixture) {
    let evening = Evening::of(fixture, with_room_for(2, in_a_hundred_seconds())).await;
    let crowd = evening.join_all(5).await;
    evening.sale.ok(leave(crowd[0])).await;
    // Joining is a sign for 15 s, and 2 shows no other.
    for by in &crowd[2..] {
        evening.sign(*by, 45).await;
    }
    evening.wait(40);
    for by in &crowd[3..] {
        evening.sign(*by, 70).await;
    }
    evening.wait(60);
    evening.open().await;
    assert_eq!(evening.tick().await, [4, 5], "1 has left, 2 and 3 are not there");
    assert_eq!(evening.state(crowd[0]).await, NumberState::Ended);
}

pub(crate) async fn a_line_takes_over_what_an_operator_changes(fixture: impl StoreFixture) {
    let lobby_at = Some(start() + seconds(10));
    let evening = Evening::of(fixture, NewSale { lobby_at, ..in_a_hundred_seconds() }).await;
    let order = Some(drawn());
    evening.change(SaleChanges { order, ..SaleChanges::default() }).await;
    evening.wait(10);
    let alice = evening.join(holder("alice").user).await;
    assert_eq!(evening.view().await.place(1), None, "it is to be drawn now");
    let later = start() + seconds(130);
    let stale = crate::sales::record(&evening.sale, CLUB).await.sale;
    evening.change(SaleChanges { opens_at: Some(Some(later)), ..SaleChanges::default() }).await;
    evening.line.sale_changed(Arc::new(stale)).await.unwrap();
    evening.wait(90);
    assert_eq!(evening.fix().await, None, "it opens later, and what is older changes nothing");
    evening.sign(alice, 60).await;
    evening.wait(30);
    assert_eq!(evening.tail().await, 1);
    let closes_at = start() + seconds(200);
    evening.change(SaleChanges { closes_at: Some(Some(closes_at)), ..SaleChanges::default() }).await;
    assert_eq!(evening.tail().await, 1, "another end leaves the lobby alone");
    evening.open().await;
    assert_eq!(evening.tick().await, [1]);
    evening.wait(70);
    assert_eq!(evening.refused(holder("bob").user).await, Refusal::SaleClosed { closes_at });
}

pub(crate) async fn a_sale_that_needs_no_opening_any_more_is_open(fixture: impl StoreFixture) {
    let lobby_at = Some(start() + seconds(10));
    let evening = Evening::of(fixture, NewSale { lobby_at, ..in_a_hundred_seconds() }).await;
    let alice = holder("alice").user;
    assert_eq!(evening.refused(alice).await.code(), "sale_not_open");
    evening.change(SaleChanges { opens_at: Some(None), ..SaleChanges::default() }).await;
    let alices = evening.line.join(alice).await.unwrap();
    assert_eq!((alices.called, alices.number), (vec![1], 1));
}

pub(crate) async fn a_line_that_closes_ends_those_who_wait(fixture: impl StoreFixture) {
    let closes_at = start() + seconds(200);
    let new = NewSale { closes_at: Some(closes_at), ..with_room_for(2, in_a_hundred_seconds()) };
    let evening = Evening::of(fixture, new).await;
    let crowd = evening.join_all(4).await;
    for by in &crowd {
        evening.sign(*by, 900).await;
    }
    evening.wait(100);
    evening.open().await;
    assert_eq!(evening.tick().await, [1, 2]);
    let call = evening.line.claim(1).await.unwrap().unwrap();
    evening.sale.ok(Command::Admit { user: crowd[0].user, pass: crowd[0].pass, call }).await;
    evening.wait(100);
    assert_eq!(evening.tick().await, NOBODY);
    assert!(matches!(evening.state(crowd[0]).await, NumberState::Inside { .. }), "those inside go on");
    for by in &crowd[1..] {
        assert_eq!(evening.state(*by).await, NumberState::Ended);
        assert_eq!(evening.line.state_of_user(by.user).await.unwrap(), None);
    }
    assert_eq!(evening.line.claim(2).await.unwrap(), None);
    let view = evening.view().await;
    assert_eq!(view.phase(evening.sale.store.now()), Phase::Over);
    assert_eq!((view.tallies().waiting, view.tallies().inside), (0, 1));
    assert_eq!(evening.refused(crowd[3].user).await, Refusal::SaleClosed { closes_at });

    evening.sale.ok(leave(crowd[0])).await;
    let Evening { sale, line } = evening;
    drop(line);
    sale.store.lines.rest(CLUB).await.unwrap();
    let evening = Evening::again(sale).await;
    assert_eq!(evening.state(crowd[3]).await, NumberState::Ended);
    assert_eq!(evening.tick().await, NOBODY);
}

pub(crate) async fn a_lobby_survives_a_crash_and_calls_no_ghosts(fixture: impl StoreFixture) {
    let evening = Evening::of(fixture, in_a_hundred_seconds()).await;
    let crowd = evening.join_all(3).await;
    evening.wait(2);
    // What is given out is noted about once a second.
    evening.tick().await;
    // The note has no answer of its own, but the next request is answered after it.
    let change = LineChange::NoteProgress { head: 0, given: 0 };
    let task = LineTask { sale: CLUB, epoch: evening.line.epoch(), change };
    assert_eq!(evening.sale.writer.submit_line(task).await.unwrap().given, 3);
    let evening = evening.crash().await;
    let dave = evening.join(holder("dave").user).await;
    assert!(dave.pass.number > 3, "no number is given out twice");
    evening.sign(dave, 600).await;
    for by in &crowd[..2] {
        evening.sign(*by, 600).await;
    }
    let evening = evening.crash().await;
    for by in [crowd[0], crowd[1], dave] {
        evening.sign(by, 600).await;
    }
    evening.wait(98);
    let tail = evening.tail().await;
    assert!(tail >= dave.pass.number);
    evening.open().await;
    let called = evening.tick().await;
    assert_eq!(called, [1, 2, dave.pass.number], "3 has not come back, and nobody has the other numbers");
}

/// Each lost at another step of the opening.
pub(crate) async fn a_crash_at_any_step_ends_in_one_opening(fixture: impl StoreFixture) {
    // After the opening, every number that was allocated counts as present.
    let evening = Evening::of(fixture, with_room_for(1_000, drawn_in_a_hundred_seconds())).await;
    let crowd = evening.join_all(10).await;
    let mut evening = evening.reopen().await;
    let sign_all = async |evening: &Evening<_>| {
        for by in &crowd {
            evening.sign(*by, 600).await;
        }
    };
    sign_all(&evening).await;
    evening.wait(100);
    let fixed = evening.tail().await;
    evening = evening.crash().await;
    sign_all(&evening).await;
    assert_eq!(evening.tick().await, NOBODY, "fixed, and not committed");
    assert!(evening.tail().await >= fixed);
    let opened = evening.commit(Some(Seed::new(SEED))).await;
    evening = evening.crash().await;
    sign_all(&evening).await;
    assert_eq!(evening.fix().await, None, "committed, before any line knew");
    evening.line.sale_changed(opened).await.unwrap();
    let order: Vec<_> =
        order_of(lobby_tail(&evening).await).into_iter().filter(|number| *number <= 10).collect();
    let present: Vec<_> = called_of(&evening, &crowd).await;
    assert_eq!(present, order);
    evening = evening.crash().await;
    let view = evening.view().await;
    let lobby_tail = lobby_tail(&evening).await;
    for (place, number) in (1..).zip(order_of(lobby_tail)) {
        assert_eq!(view.place(number), Some(place), "the same order in every life");
    }
    assert!(evening.join(member(99).user).await.pass.number > lobby_tail);
}

async fn lobby_tail<F: StoreFixture>(evening: &Evening<F>) -> Number {
    let sale = crate::sales::record(&evening.sale, CLUB).await.sale;
    match sale.opening {
        onsale_booking::sale::Opening::Open { lobby_tail: Some(tail), .. } => tail,
        other => panic!("{other:?}"),
    }
}

/// Those of the crowd who are called by one tick or two, in order. Numbers that nobody has may be called,
/// too, as after any crash.
async fn called_of<F: StoreFixture>(evening: &Evening<F>, crowd: &[PassHolder]) -> Vec<Number> {
    let mut called = evening.tick().await;
    called.extend(evening.tick().await);
    called.retain(|number| crowd.iter().any(|by| by.pass.number == *number));
    called
}

pub(crate) async fn a_draw_waits_for_its_beacon(fixture: impl StoreFixture) {
    let beacon_source = Some("round 4242".to_owned());
    let evening = Evening::of(fixture, NewSale { beacon_source, ..drawn_in_a_hundred_seconds() }).await;
    let crowd = evening.join_all(10).await;
    evening.wait(100);
    let fixed = evening.commit(None).await;
    evening.line.sale_changed(fixed).await.unwrap();
    let late = evening.join(member(11).user).await;
    assert_eq!((evening.tick().await, evening.tail().await), (vec![], 10));
    let evening = evening.crash().await;
    assert_eq!((evening.tick().await, evening.tail().await), (vec![], 10), "a fixed tail stays fixed");
    let beacon = b"round 4242".to_vec();
    evening.change(SaleChanges { beacon: Some(beacon.clone()), ..SaleChanges::default() }).await;
    for by in crowd.iter().chain([&late]) {
        evening.sign(*by, 600).await;
    }
    evening.open().await;
    let view = evening.view().await;
    let order = Order::draw(&SEED, &beacon, 10);
    for number in 1..=10 {
        assert_eq!(view.place(number), Some(order.place(number)));
    }
    assert_eq!(view.place(late.pass.number), Some(late.pass.number));
}
