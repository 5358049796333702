//! Several instances of one line over one store.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use onsale_booking::ids::SaleId;
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::line::LinePort;
use onsale_storage::port::{Decided, Reads};
use onsale_storage::redis::{RedisLine, RedisOptions};
use onsale_storage::sqlite::{self, SqliteReads};
use onsale_storage::writer::{Watcher, Writer, serve, writer};

use crate::support::commands::MAIN_SALE;
use crate::support::fixture::{SqliteFixture, StoreFixture, options};
use crate::support::redis::{fresh_prefix, redis_url};
use crate::support::sale::Caller;

/// Notifies one line of every commit, as the instance that made it does.
#[derive(Default, Clone)]
struct Notifier {
    line: Arc<Mutex<Option<Arc<dyn LinePort>>>>,
    is_deaf: bool,
}

impl Watcher for Notifier {
    fn committed(&self, decided: &Decided) {
        if let Some(line) = &*self.line.lock().unwrap() {
            line.passes_changed(&decided.changes.passes);
        }
    }
}

pub(crate) struct Rig {
    pub(crate) fixture: SqliteFixture,
    pub(crate) writer: Writer,
    pub(crate) reads: Arc<SqliteReads>,
    pub(crate) options: RedisOptions,
    notifier: Notifier,
    _thread: std::thread::JoinHandle<()>,
}

impl Rig {
    pub(crate) fn start() -> Self {
        Self::on(&redis_url(), false)
    }

    /// A rig whose lines are notified of no commit, as if every instance died right after it.
    pub(crate) fn deaf() -> Self {
        Self::on(&redis_url(), true)
    }

    pub(crate) fn on(url: &str, is_deaf: bool) -> Self {
        let fixture = SqliteFixture::new();
        let (mut sqlite, reads) = sqlite::open(fixture.folder(), &fixture.clock, MAIN_SALE).unwrap();
        let (writer, inbox) = writer(8_192);
        let notifier = Notifier { is_deaf, ..Notifier::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let watcher = notifier.clone();
        let work = move || runtime.block_on(serve(&mut sqlite, &inbox, options().policy, &watcher));
        let thread = std::thread::spawn(work);
        let prefix = fresh_prefix();
        let options = RedisOptions { prefix, tick_every: Duration::ZERO, ..RedisOptions::new(url) };
        Self { fixture, writer, reads: Arc::new(reads), options, notifier, _thread: thread }
    }

    /// One more instance. The first is notified of commits.
    pub(crate) async fn instance(&self, dials: Dials) -> Arc<dyn LinePort> {
        self.instance_by(dials, self.fixture.clock.clone()).await
    }

    /// The line of another sale, which no instance has opened before.
    pub(crate) async fn line_of(&self, sale: SaleId, dials: Dials) -> Arc<dyn LinePort> {
        self.fixture.add_sale(sale).await;
        self.open(sale, dials, self.fixture.clock.clone()).await
    }

    /// The line of a sale on one more instance, which has that clock.
    pub(crate) async fn open(&self, sale: SaleId, dials: Dials, clock: Clock) -> Arc<dyn LinePort> {
        self.open_with(self.reads.clone(), sale, dials, clock).await
    }

    /// The same on an instance that reads the store in its own way.
    pub(crate) async fn open_with(
        &self,
        reads: Arc<dyn Reads>,
        sale: SaleId,
        dials: Dials,
        clock: Clock,
    ) -> Arc<dyn LinePort> {
        let line = RedisLine::open(&self.options, sale, reads, self.writer.clone(), clock, dials).await;
        Arc::new(line.unwrap())
    }

    pub(crate) async fn instance_by(&self, dials: Dials, clock: Clock) -> Arc<dyn LinePort> {
        let line = self.open(MAIN_SALE, dials, clock).await;
        if !self.notifier.is_deaf {
            self.notify(&line);
        }
        line
    }

    /// Notifies a line of every commit, unless another one is already.
    pub(crate) fn notify(&self, line: &Arc<dyn LinePort>) {
        self.notifier.line.lock().unwrap().get_or_insert_with(|| Arc::clone(line));
    }

    /// The key of the line as it is now.
    pub(crate) fn line_key(&self, line: &Arc<dyn LinePort>) -> String {
        format!("{}{{{}}}:{}", self.options.prefix, line.sale().0, line.epoch())
    }

    pub(crate) async fn dump(&self, key: &str) -> Vec<u8> {
        redis::cmd("DUMP").arg(key).query_async(&mut self.redis().await).await.unwrap()
    }

    pub(crate) async fn restore(&self, key: &str, dump: Vec<u8>) {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(0).arg(dump).arg("REPLACE");
        restore.exec_async(&mut self.redis().await).await.unwrap();
    }

    pub(crate) async fn redis(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.options.url.as_str()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Submits commands that no line takes part in.
    pub(crate) fn fixture_caller(&self) -> Caller {
        Caller { writer: self.writer.clone(), epoch: 1 }
    }

    pub(crate) fn caller(&self, line: &Arc<dyn LinePort>) -> Caller {
        Caller { writer: self.writer.clone(), epoch: line.epoch() }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.notifier.line.lock().unwrap().take();
    }
}
