//! One sale in one store, and a caller that submits commands.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use onsale_booking::command::PassHolder;
use onsale_booking::ids::{SeatNo, UserId};
use onsale_booking::seat::Seat;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_storage::line::LinePort;
use onsale_storage::store::{Store, StoreOptions};
use onsale_storage::writer::{WriteError, Writer};

use super::commands::{CONCERT, SEATS, THIS_EPOCH, admit, charge, open_concert};
use super::fixture::{StoreFixture, options};

pub(crate) type Answer = Result<Outcome, WriteError>;

/// Submits commands. Clones use the same store.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) writer: Writer,
    /// The line's epoch.
    pub(crate) epoch: u32,
}

impl Caller {
    pub(crate) async fn ask(&self, mut command: Command) -> Answer {
        if let Command::Admit { call, .. } = &mut command
            && call.epoch == THIS_EPOCH
        {
            call.epoch = self.epoch;
        }
        self.writer.submit(command).await
    }

    pub(crate) async fn ok(&self, command: Command) -> Outcome {
        let message = format!("{command:?}");
        self.ask(command).await.unwrap_or_else(|error| panic!("{message}: {error:?}"))
    }

    pub(crate) async fn refused(&self, command: Command) -> Refusal {
        match self.ask(command).await {
            Err(WriteError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// Has all of the commands decided in one batch, in this order. `stall` blocks writes until then.
    pub(crate) async fn batch(&self, stall: Box<dyn Send>, commands: Vec<Command>) -> Vec<Answer> {
        // One task keeps the writer busy; what comes meanwhile becomes one batch.
        self.writer.tidy();
        while self.writer.depth() > 0 {
            tokio::task::yield_now().await;
        }
        let mut pending: Vec<_> = commands.into_iter().map(|it| Box::pin(self.ask(it))).collect();
        poll_each_once(&mut pending).await;
        drop(stall);
        let mut answers = Vec::new();
        for answer in pending {
            answers.push(answer.await);
        }
        answers
    }

    /// Admits a user.
    pub(crate) async fn inside(&self, by: PassHolder) -> PassHolder {
        self.ok(admit(by)).await;
        by
    }

    /// Admits a user who has something to spend.
    pub(crate) async fn rich(&self, by: PassHolder, amount: i64) -> PassHolder {
        self.ok(charge(by, amount)).await;
        self.inside(by).await
    }
}

/// A store with one concert on sale.
pub(crate) struct Sale<F> {
    pub(crate) fixture: F,
    pub(crate) store: Arc<Store>,
    /// The main sale's line.
    pub(crate) line: Arc<dyn LinePort>,
    caller: Caller,
}

impl<F> Deref for Sale<F> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<F: StoreFixture> Sale<F> {
    pub(crate) async fn open(fixture: F) -> Self {
        Self::open_with(fixture, options()).await
    }

    pub(crate) async fn open_with(fixture: F, options: StoreOptions) -> Self {
        let sale = Self::opened(fixture, options).await;
        sale.ok(open_concert(CONCERT, SEATS)).await;
        sale
    }

    async fn opened(fixture: F, options: StoreOptions) -> Self {
        let store = Arc::new(fixture.open(options).await);
        let line = store.lines.opened(store.lines.main_sale()).unwrap();
        let caller = Caller { writer: store.writer.clone(), epoch: line.epoch() };
        Self { fixture, store, line, caller }
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(self) -> Self {
        self.reopen_with(options()).await
    }

    pub(crate) async fn reopen_with(self, options: StoreOptions) -> Self {
        let Self { fixture, store, line, caller } = self;
        store.close().await;
        drop((store, line, caller));
        Self::opened(fixture, options).await
    }

    /// Opens what is left after a crash at this instant.
    pub(crate) async fn crash(self) -> Self {
        self.crash_with(options()).await
    }

    pub(crate) async fn crash_with(self, options: StoreOptions) -> Self {
        Self::opened(self.fixture.crash().await, options).await
    }

    /// A caller to move into a task.
    pub(crate) fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// Has all of the commands decided in one batch, in this order.
    pub(crate) async fn batch(&self, commands: Vec<Command>) -> Vec<Answer> {
        let stall = self.fixture.stall().await;
        let (batches, _) = self.writer.counts();
        let answers = self.caller.batch(stall, commands).await;
        assert_eq!(self.writer.counts().0, batches + 2, "the first task and one batch");
        answers
    }

    pub(crate) async fn balance(&self, by: PassHolder) -> i64 {
        self.store.reads.balance(by.user).await.unwrap().0
    }

    /// What the user holds and owns, up to one page.
    pub(crate) async fn seats_of(&self, user: UserId) -> Vec<SeatNo> {
        let seats = self.store.reads.reservations(user, None, 100).await.unwrap();
        seats.iter().map(|seat| seat.seat_no).collect()
    }

    /// The seat as the map shows it.
    pub(crate) fn seat(&self, seat_no: SeatNo) -> Seat {
        let map = self.store.maps.get(CONCERT).unwrap();
        map.snapshot().seats()[seat_no as usize - 1].clone()
    }

    /// Checks that the audit finds nothing. Returns how many rows it saw.
    pub(crate) async fn assert_clean(&self) -> u64 {
        let (breaches, rows) = self.store.reads.audit().await.unwrap();
        assert_eq!(breaches, []);
        rows
    }
}

/// Polls each future once, in order, so that what they submit is queued in that order.
pub(crate) async fn poll_each_once<T>(pending: &mut [Pin<Box<impl Future<Output = T>>>]) {
    std::future::poll_fn(|context| {
        for future in pending.iter_mut() {
            assert!(future.as_mut().poll(context).is_pending(), "answered before it could be");
        }
        Poll::Ready(())
    })
    .await;
}
