//! What only PostgreSQL has: lost connections, rivals on other connections, servers with weak settings. Cases
//! for every backend are in the conformance suite.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod controls;
mod failover;
mod impossible;
mod lost;
mod opening;
mod rivals;
mod sales;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each suite uses its share of it")]
mod support;
mod tls;
mod witnesses;

use std::collections::BTreeSet;

use jiff::Timestamp;
use onsale_booking::command::{Call, PassHolder};
use onsale_booking::{Book, Command, Outcome, Refusal, Scope, decide};
use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Decided, Loaded, Wanted};
use onsale_storage::postgres::{self, Postgres, PostgresReads};

use crate::support::commands::{CONCERT, MAIN_SALE, SEATS, charge, hold, holder, open_concert, pay};
use crate::support::fixture::{StoreFixture, options};
use crate::support::postgres::PostgresFixture;

/// Backends driven by hand, one step at a time.
struct Hand {
    backends: Vec<Postgres>,
    reads: PostgresReads,
    fixture: PostgresFixture,
}

impl Hand {
    async fn new(writers: usize) -> Self {
        let fixture = PostgresFixture::fresh().await;
        let options = postgres::PostgresOptions { writers, ..fixture.options() };
        let (backends, reads) = postgres::open(&options, &fixture.clock, MAIN_SALE).await.unwrap();
        Self { backends, reads, fixture }
    }

    /// Alice holds seat 1 and can pay it; bob is inside.
    async fn before_payment(writers: usize) -> Self {
        let mut hand = Self::new(writers).await;
        let (alice, bob) = (holder("alice"), holder("bob"));
        for command in
            [open_concert(CONCERT, SEATS), charge(alice, 5_000), admit(alice), admit(bob), hold(alice, &[1])]
        {
            hand.ok(command).await;
        }
        hand
    }

    async fn after_payment() -> Self {
        let mut hand = Self::before_payment(1).await;
        hand.ok(pay(holder("alice"), &[1])).await;
        hand
    }

    async fn ok(&mut self, command: Command) {
        let message = format!("{command:?}");
        let answers = write(&mut self.backends[0], &[command], |_| (), |_| ()).await.expect(&message);
        assert!(answers[0].is_ok(), "{message}: {answers:?}");
    }
}

/// Admits a user who was called in the line's first epoch.
fn admit(by: PassHolder) -> Command {
    Command::Admit { user: by.user, pass: by.pass, call: Call { epoch: 1, until: Timestamp::MAX } }
}

fn wanted(commands: &[Command]) -> Wanted {
    Wanted { scope: Scope::of(commands), lines: BTreeSet::new() }
}

/// One batch, with lies about what is there and losses of what was decided.
async fn write(
    backend: &mut Postgres,
    commands: &[Command],
    lie: fn(&mut Loaded),
    lose: fn(&mut Decided),
) -> Result<Vec<Result<Outcome, Refusal>>, StoreError> {
    let mut loaded = backend.load(&wanted(commands)).await?;
    lie(&mut loaded);
    let (mut decided, answers) = decided(loaded, commands);
    lose(&mut decided);
    backend.commit(&decided).await?;
    Ok(answers)
}

fn decided(loaded: Loaded, commands: &[Command]) -> (Decided, Vec<Result<Outcome, Refusal>>) {
    let now = loaded.now;
    let mut book = Book::new(loaded.rows, now, options().policy);
    let answers = commands.iter().map(|command| decide(&mut book, command)).collect();
    (Decided { now, changes: book.into_changes(), lines: vec![], log: vec![], tidy: false }, answers)
}
