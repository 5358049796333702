//! Joining, being called and coming in.

use onsale_booking::Command;
use onsale_booking::command::PassHolder;
use onsale_booking::ids::UserId;
use onsale_line::{Dials, Number, NumberState, Sign};
use onsale_storage::line::Joined;
use onsale_storage::store::StoreOptions;

use crate::support::commands::{by_number, charge, holder, room};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::Sale;

/// The answer of a tick that called nobody.
pub(crate) const NOBODY: [Number; 0] = [];

pub(crate) fn dials(capacity: u32) -> StoreOptions {
    StoreOptions { dials: Dials { capacity: room(capacity), rate_per_minute: 0, paused: false }, ..options() }
}

impl<F: StoreFixture> Sale<F> {
    pub(crate) async fn join(&self, user: UserId) -> (PassHolder, Joined) {
        let joined = self.line.join(user).await.unwrap();
        (by_number(user, joined.number), joined)
    }

    /// One of the cast joins, with whatever number the line gives.
    pub(crate) async fn joins(&self, name: &str) -> PassHolder {
        self.join(holder(name).user).await.0
    }

    /// A called person comes in.
    pub(crate) async fn enter(&self, by: PassHolder) {
        let call = self.line.claim(by.pass.number).await.unwrap();
        let call = call.unwrap_or_else(|| panic!("{by:?} was not called"));
        self.ok(Command::Admit { user: by.user, pass: by.pass, call }).await;
    }

    pub(crate) async fn joins_and_enters(&self, name: &str) -> PassHolder {
        let by = self.joins(name).await;
        self.enter(by).await;
        by
    }

    /// Gives somebody who is not inside yet the price of a few seats.
    pub(crate) async fn rich_outside(&self, by: PassHolder) -> PassHolder {
        self.ok(charge(by, 9_000)).await;
        by
    }

    pub(crate) async fn state(&self, by: PassHolder) -> NumberState {
        self.line.lookup(by.pass.number).await.unwrap().state
    }

    pub(crate) async fn tick(&self) -> Vec<Number> {
        self.line.tick().await.unwrap().called
    }

    /// A sign of life with a promise to be back in so many seconds.
    pub(crate) async fn sign(&self, by: PassHolder, seconds: i64) {
        let due = u32::try_from(self.store.now().as_second() + seconds).unwrap();
        let sign = Sign { number: by.pass.number, user: by.user.0, due };
        self.line.signs_of_life(vec![sign]).await.unwrap();
    }
}
