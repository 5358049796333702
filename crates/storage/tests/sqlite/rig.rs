//! A writer on SQLite with a layer in between that can misbehave.

use std::thread::JoinHandle;

use onsale_storage::error::StoreError;
use onsale_storage::port::{Backend, Decided, Loaded, Reads, Wanted};
use onsale_storage::sqlite::{self, Sqlite, SqliteReads};
use onsale_storage::writer::{Watcher, serve, writer};

use crate::support::commands::{CONCERT, MAIN_SALE, SEATS, open_concert};
use crate::support::fixture::{SqliteFixture, options};
use crate::support::sale::Caller;

/// What goes wrong. The default is nothing.
pub(crate) struct Sabotage {
    /// Changes what was loaded.
    pub(crate) loaded: fn(&mut Loaded),
    /// Loses some of what was decided.
    pub(crate) decided: fn(&mut Decided),
    /// What becomes of a commit.
    pub(crate) fate: fn(&Decided) -> Fate,
}

/// What becomes of a commit.
pub(crate) enum Fate {
    Commit,
    RollBack,
    /// Conflicts with another transaction.
    Conflict,
    Fail,
    /// Reports a commit that did not happen.
    Forget,
}

impl Default for Sabotage {
    fn default() -> Self {
        Self { loaded: |_| (), decided: |_| (), fate: |_| Fate::Commit }
    }
}

struct Sabotaged {
    sqlite: Sqlite,
    sabotage: Sabotage,
}

impl Backend for Sabotaged {
    async fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut loaded = self.sqlite.load(wanted).await?;
        (self.sabotage.loaded)(&mut loaded);
        Ok(loaded)
    }

    async fn commit(&mut self, decided: &Decided) -> Result<(), StoreError> {
        let mut decided = decided.clone();
        (self.sabotage.decided)(&mut decided);
        match (self.sabotage.fate)(&decided) {
            Fate::Commit => self.sqlite.commit(&decided).await,
            Fate::Forget => self.sqlite.cancel().await,
            Fate::RollBack => {
                self.sqlite.cancel().await?;
                Err(StoreError::RolledBack("poisoned".to_owned()))
            }
            Fate::Conflict => {
                self.sqlite.cancel().await?;
                Err(StoreError::Conflict("deadlock".to_owned()))
            }
            Fate::Fail => {
                self.sqlite.cancel().await?;
                Err(StoreError::Failed("the disk is gone".to_owned()))
            }
        }
    }

    async fn cancel(&mut self) -> Result<(), StoreError> {
        self.sqlite.cancel().await
    }
}

struct Nobody;

impl Watcher for Nobody {
    fn committed(&self, _: &Decided) {}
}

/// A writer on a backend that may misbehave.
pub(crate) struct Rig {
    pub(crate) caller: Caller,
    pub(crate) reads: SqliteReads,
    pub(crate) fixture: SqliteFixture,
    thread: JoinHandle<()>,
}

impl Rig {
    pub(crate) fn start(fixture: SqliteFixture, sabotage: Sabotage) -> Self {
        let (sqlite, reads) = sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).unwrap();
        let (writer, inbox) = writer(8_192);
        let mut backend = Sabotaged { sqlite, sabotage };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = move || runtime.block_on(serve(&mut backend, &inbox, options().policy, &Nobody));
        Self { caller: Caller { writer, epoch: 1 }, reads, fixture, thread: std::thread::spawn(work) }
    }

    /// A rig with a concert on sale.
    pub(crate) async fn with_concert(sabotage: Sabotage) -> Self {
        let honest = Self::start(SqliteFixture::new(), Sabotage::default());
        honest.caller.ok(open_concert(CONCERT, SEATS)).await;
        Self::start(honest.stop(), sabotage)
    }

    /// Continues with another sabotage.
    pub(crate) fn restart(self, sabotage: Sabotage) -> Self {
        Self::start(self.stop(), sabotage)
    }

    /// Ends the writer, which releases the folder.
    pub(crate) fn stop(self) -> SqliteFixture {
        drop((self.caller, self.reads));
        self.thread.join().unwrap();
        self.fixture
    }

    /// The audit's breaches as text.
    pub(crate) async fn breaches(&self) -> Vec<String> {
        let (breaches, _) = self.reads.audit().await.unwrap();
        breaches.into_iter().map(|breach| breach.0).collect()
    }

    pub(crate) async fn assert_clean(&self) {
        assert_eq!(self.breaches().await, [] as [String; 0]);
    }

    pub(crate) async fn assert_breach(&self, word: &str) {
        let breaches = self.breaches().await;
        assert!(breaches.iter().any(|breach| breach.contains(word)), "{word} not in {breaches:?}");
    }
}
