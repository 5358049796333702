//! A sale with a lobby on several instances, opened step by step as an instance opens it.

use std::sync::Arc;

use onsale_booking::command::PassHolder;
use onsale_booking::ids::PassKey;
use onsale_booking::new_sale::NewSale;
use onsale_booking::sale::{Opening, Sale};
use onsale_booking::seed::Seed;
use onsale_booking::{Command, Outcome};
use onsale_line::{Dials, Number, NumberState, Order, Sign};
use onsale_storage::clock::Clock;
use onsale_storage::line::{FixedLobby, LinePort};
use onsale_storage::port::Reads;
use onsale_storage::writer::WriteError;

use crate::rig::Rig;
use crate::support::commands::{member, room, seconds, start};
use crate::support::sales::{CLUB, SEED, create, drawn, new_sale};

/// In how many seconds the sale opens.
pub(crate) const OPENS_IN: i64 = 100;

pub(crate) struct Lobby {
    pub(crate) rig: Rig,
    pub(crate) lines: Vec<Arc<dyn LinePort>>,
    pub(crate) clocks: Vec<Clock>,
    pub(crate) crowd: Vec<PassHolder>,
    capacity: u32,
}

/// A draw, whose lobby is open from the start on.
pub(crate) fn drawn_sale() -> NewSale {
    NewSale { order: drawn(), ..sale_by_arrival() }
}

pub(crate) fn sale_by_arrival() -> NewSale {
    let (lobby_at, opens_at) = (Some(start() - seconds(60)), Some(start() + seconds(OPENS_IN)));
    NewSale { lobby_at, opens_at, ..new_sale(CLUB) }
}

impl Lobby {
    /// The sale with room for so many, on an instance for each of `skews`: by how many seconds its clock
    /// differs from the store's.
    pub(crate) async fn of(new: NewSale, capacity: u32, skews: &[i64]) -> Self {
        let rig = Rig::start();
        rig.fixture_caller().ok(create(new)).await;
        let mut lobby = Self { rig, lines: vec![], clocks: vec![], crowd: vec![], capacity };
        for skew in skews {
            let clock = Clock::manual(start() + seconds(*skew));
            lobby.lines.push(lobby.another(clock.clone()).await);
            lobby.clocks.push(clock);
        }
        lobby
    }

    /// The line on one more instance.
    pub(crate) async fn another(&self, clock: Clock) -> Arc<dyn LinePort> {
        let dials = Dials { capacity: room(self.capacity), rate_per_minute: 0, paused: false };
        self.rig.open(CLUB, dials, clock).await
    }

    /// An instance dies, and one with the store's time takes its place.
    pub(crate) async fn replace(&mut self, instance: usize) {
        self.clocks[instance] = self.rig.fixture.clock.clone();
        self.lines[instance] = self.another(self.clocks[instance].clone()).await;
    }

    pub(crate) fn wait(&self, long: i64) {
        self.rig.fixture.clock.advance(seconds(long));
        self.clocks.iter().for_each(|clock| clock.advance(seconds(long)));
    }

    /// One more of a crowd joins, each at the next instance.
    pub(crate) async fn join(&mut self) -> Number {
        let user = member(self.crowd.len() as u64 + 1).user;
        let line = &self.lines[self.crowd.len() % self.lines.len()];
        let number = line.join(user).await.unwrap().number;
        self.crowd.push(PassHolder { user, pass: PassKey { sale: CLUB, number } });
        number
    }

    pub(crate) async fn join_all(&mut self, count: usize) {
        for _ in 0..count {
            self.join().await;
        }
    }

    /// All of the crowd poll, and promise to be back in `back_in` seconds.
    pub(crate) async fn sign_all(&self, back_in: i64) {
        let due = u32::try_from((self.rig.fixture.clock.now() + seconds(back_in)).as_second()).unwrap();
        for (index, by) in self.crowd.iter().enumerate() {
            let sign = Sign { number: by.pass.number, user: by.user.0, due };
            self.lines[index % self.lines.len()].signs_of_life(vec![sign]).await.unwrap();
        }
    }

    /// Every instance ticks. Returns who was called.
    pub(crate) async fn tick(&self) -> Vec<Number> {
        let mut called = Vec::new();
        for line in &self.lines {
            called.extend(line.tick().await.unwrap().called);
        }
        // Each instance reports all calls.
        let mut seen = std::collections::BTreeSet::new();
        called.retain(|number| seen.insert(*number));
        called
    }

    /// Ticks until every instance has found the line again, and is allowed to call after a loss.
    pub(crate) async fn come_back(&self) {
        for line in &self.lines {
            for attempt in 0.. {
                match line.tick().await {
                    Ok(ticked) => {
                        assert_eq!(ticked.called, [] as [Number; 0], "nobody is called right after a loss");
                        break;
                    }
                    Err(_) => assert!(attempt < 100, "the line did not come back"),
                }
                // The line reconnects in its own time.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }

    /// Waits until people are called again after a loss.
    pub(crate) async fn rest_after_loss(&self) {
        // After a loss nobody is called for 1.5 s of real time, so that signs of life arrive first.
        tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    }

    pub(crate) async fn fix(&self, instance: usize) -> Option<FixedLobby> {
        self.lines[instance].fix_lobby().await.unwrap()
    }

    /// Commits the opening of a lobby. No line hears of it.
    pub(crate) async fn commit(&self, fixed: FixedLobby) -> Result<Arc<Sale>, WriteError> {
        let seed = self.sale().await.draw().map(|_| Seed::new(SEED));
        let FixedLobby { epoch, tail } = fixed;
        let open = Command::OpenSale { sale: CLUB, epoch, lobby_tail: tail, seed };
        match self.rig.writer.submit(open).await? {
            Outcome::SaleOpened { sale, .. } => Ok(Arc::new(*sale)),
            other => panic!("{other:?}"),
        }
    }

    /// An instance opens the sale, as all of them try.
    pub(crate) async fn open(&self, instance: usize) {
        let opened = match self.fix(instance).await {
            Some(fixed) => self.commit(fixed).await.unwrap(),
            None => Arc::new(self.sale().await),
        };
        self.lines[instance].sale_changed(opened).await.unwrap();
    }

    /// The sale as the store has it.
    pub(crate) async fn sale(&self) -> Sale {
        self.rig.reads.sale(CLUB).await.unwrap().unwrap().sale
    }

    /// The numbers of the crowd in the order that the store has decided.
    pub(crate) async fn order(&self) -> Vec<Number> {
        let Opening::Open { lobby_tail: Some(tail), .. } = self.sale().await.opening else {
            panic!("it has not opened");
        };
        let order = Order::draw(&SEED, &[], tail);
        let mut numbers: Vec<_> = self.crowd.iter().map(|by| by.pass.number).collect();
        numbers.sort_unstable_by_key(|number| order.place(*number));
        numbers
    }

    pub(crate) async fn state(&self, instance: usize, number: Number) -> NumberState {
        self.lines[instance].lookup(number).await.unwrap().state
    }

    /// One field of the line in Redis.
    pub(crate) async fn field(&self, name: &str) -> i64 {
        let key = self.rig.line_key(&self.lines[0]);
        redis::cmd("HGET").arg(key).arg(name).query_async(&mut self.rig.redis().await).await.unwrap()
    }

    pub(crate) async fn set_field(&self, name: &str, value: i64) {
        let key = self.rig.line_key(&self.lines[0]);
        let mut set = redis::cmd("HSET");
        set.arg(key).arg(name).arg(value).exec_async(&mut self.rig.redis().await).await.unwrap();
    }
}
