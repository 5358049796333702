//! The store for many instances: PostgreSQL.
//!
//! Each [`Postgres`] is one connection that writes one batch at a time; a load and a commit take one round
//! trip each. It never guesses. If the answer to a commit is lost, it asks the server whether the commit took
//! effect; if nobody can tell, the answer is [`StoreError::Unknown`].

mod commit;
mod connect;
mod fault;
mod load;
mod migrate;
mod outcome;
mod read;
mod row;
mod session;
mod sole;
mod url;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use onsale_booking::ids::{SaleId, UserId};
use tokio::time::{Instant, timeout_at};

use self::commit::Present;
use self::connect::Connector;
use self::outcome::Fate;
pub use self::read::PostgresReads;
use self::session::{Session, deadline, in_time};
pub use self::sole::SoleInstance;
use crate::clock::Clock;
use crate::error::{OpenError, StoreError};
use crate::port::{Backend, Decided, Loaded, Wanted};

// Callers get an answer within two seconds. All of these count from the beginning of the load.
/// When a load has failed.
const LOAD_WITHIN: Duration = Duration::from_millis(1_400);
/// When an unanswered commit is looked up on another connection.
const COMMIT_WITHIN: Duration = Duration::from_millis(1_700);
/// When the outcome of a commit is given up as unknown.
const OUTCOME_WITHIN: Duration = Duration::from_millis(1_950);
/// How long a rollback may take.
const ROLL_BACK_WITHIN: Duration = Duration::from_millis(200);

/// How many users a connection remembers whose rows exist.
const KNOWN_MAX: usize = 100_000;

/// Which database to use, and how.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`, with `sslmode` and `sslrootcert` if need be. Of several
    /// hosts the one that can be written to is used.
    pub url: String,
    /// Whether to accept a server that may lose what it acknowledged.
    pub allow_weak_durability: bool,
    /// How many connections write at once.
    pub writers: usize,
}

/// Without the URL, which may hold a password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("allow_weak_durability", &self.allow_weak_durability)
            .field("writers", &self.writers)
            .finish_non_exhaustive()
    }
}

/// One writing connection.
pub struct Postgres {
    connector: Arc<Connector>,
    clock: Clock,
    /// `None` once it is lost.
    session: Option<Session>,
    open: Option<Open>,
    /// Users whose rows were committed. They are never deleted.
    known: HashSet<UserId>,
}

/// The transaction between its load and its commit.
struct Open {
    began: Instant,
    transaction: String,
    present: Present,
}

/// Connects, brings the database up to date, and opens `writers` connections and the reading side.
///
/// # Errors
/// [`OpenError`] when the server cannot be used, is not durable enough, or holds something else.
pub async fn open(
    options: &PostgresOptions,
    clock: &Clock,
    main_sale: SaleId,
) -> Result<(Vec<Postgres>, PostgresReads), OpenError> {
    let connector = Arc::new(Connector::new(options)?);
    let broken = |reason| connector.broken(reason);
    migrate::bring_up_to_date(&connector, main_sale, clock).await.map_err(broken)?;
    let mut writers = Vec::new();
    for _ in 0..options.writers.max(1) {
        let session = connector.connect_writer().await.map_err(broken)?;
        writers.push(Postgres {
            connector: Arc::clone(&connector),
            clock: clock.clone(),
            session: Some(session),
            open: None,
            known: HashSet::new(),
        });
    }
    let reads = PostgresReads::new(Arc::clone(&connector), clock.clone());
    Ok((writers, reads))
}

/// Opens the reading side alone; nothing is migrated.
///
/// # Errors
/// [`OpenError`] when the server cannot be used or holds no store.
pub async fn open_reads(url: &str, clock: &Clock) -> Result<PostgresReads, OpenError> {
    let options = PostgresOptions { url: url.to_owned(), allow_weak_durability: true, writers: 0 };
    let connector = Arc::new(Connector::new(&options)?);
    migrate::check_present(&connector).await.map_err(|reason| connector.broken(reason))?;
    Ok(PostgresReads::new(connector, clock.clone()))
}

impl Postgres {
    fn session(&self) -> Result<&Session, StoreError> {
        // After a failover, an old primary that nobody stopped would still take what is written to it.
        let is_usable = |session: &&Session| !session.is_closed() && self.connector.is_current(session);
        let session = self.session.as_ref().filter(is_usable);
        session.ok_or_else(|| StoreError::Unreachable("the connection is lost".to_owned()))
    }

    async fn begin_and_load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let began = Instant::now();
        let found =
            in_time(deadline(began, LOAD_WITHIN), load::load(self.session()?, wanted, &self.known)).await?;
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        self.known.extend(found.rows.users.iter().copied());
        let passes = found.rows.passes.iter().map(|pass| pass.key).collect();
        let present = Present { newcomers: found.newcomers, passes };
        self.open = Some(Open { began, transaction: found.transaction, present });
        Ok(Loaded { rows: found.rows, lines: found.lines, now: self.clock.sync(found.now) })
    }

    /// Whatever failed, the next batch must find no open transaction, or no connection.
    async fn roll_back(&mut self) {
        self.open = None;
        self.known.clear();
        let Some(session) = self.session.take().filter(|session| !session.is_closed()) else { return };
        let until = Instant::now() + ROLL_BACK_WITHIN;
        let rolled_back = timeout_at(until, session.send_plain("ROLLBACK").rows()).await;
        if matches!(rolled_back, Ok(Ok(_))) {
            self.session = Some(session);
        }
    }

    async fn write_and_commit(&mut self, open: Open, decided: &Decided) -> Result<(), StoreError> {
        let writes = commit::writes(decided, &open.present)?;
        let session = self.session()?;
        let history = session.history.clone();
        let until = deadline(open.began, COMMIT_WITHIN);
        let answers = commit::send(session, writes, &open.transaction);
        let answered = timeout_at(until, answered(answers)).await;
        match answered {
            Ok(Answered::Committed) => Ok(()),
            Ok(Answered::Refused(error)) => Err(error),
            Ok(Answered::Lost) | Err(_) => {
                self.session = None;
                let until = deadline(open.began, OUTCOME_WITHIN);
                let (session, outcome) =
                    outcome::find_out(&self.connector, &open.transaction, &history, until).await;
                self.session = session;
                outcome
            }
        }
    }
}

/// The server's answer to the writes and the COMMIT.
enum Answered {
    Committed,
    /// The transaction is rolled back.
    Refused(StoreError),
    /// Nobody knows yet.
    Lost,
}

/// Awaits every answer. Only what no statement contradicts and the server itself calls committed counts as
/// committed.
async fn answered(answers: Vec<session::Answer<'_>>) -> Answered {
    let mut refused = None;
    let mut last = Vec::new();
    for answer in answers {
        match answer.rows().await {
            Ok(rows) => last = rows,
            Err(error) if fault::is_lost(&error) => return Answered::Lost,
            Err(error) => {
                refused.get_or_insert_with(|| StoreError::from(error));
            }
        }
    }
    match (refused, Fate::read(&last)) {
        (None, Ok(Fate::Committed)) => Answered::Committed,
        (Some(error), Ok(Fate::Aborted)) => Answered::Refused(error),
        (None, Ok(Fate::Aborted)) => {
            Answered::Refused(StoreError::RolledBack("for no known reason".to_owned()))
        }
        _ => Answered::Lost,
    }
}

impl Backend for Postgres {
    async fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let loaded = self.begin_and_load(wanted).await;
        if let Err(error) = &loaded {
            // What the server ended, or will not write on, is not used again.
            if matches!(error, StoreError::Unreachable(reason) if reason != fault::TOO_LATE) {
                self.session = None;
            }
            self.roll_back().await;
        }
        loaded
    }

    async fn commit(&mut self, decided: &Decided) -> Result<(), StoreError> {
        let Some(open) = self.open.take() else {
            return Err(StoreError::RolledBack("nothing was loaded".to_owned()));
        };
        let created: Vec<UserId> = decided.changes.users.iter().map(|user| user.id).collect();
        let committed = self.write_and_commit(open, decided).await;
        match &committed {
            Ok(()) => self.known.extend(created),
            Err(StoreError::Unknown(_)) => self.known.clear(),
            Err(_) => self.roll_back().await,
        }
        committed
    }

    /// Nobody waits for the answer: the next load is sent behind it.
    async fn cancel(&mut self) -> Result<(), StoreError> {
        self.open = None;
        if let Ok(session) = self.session() {
            drop(session.send_plain("ROLLBACK"));
        }
        Ok(())
    }

    async fn revive(&mut self) -> bool {
        if self.session().is_ok() {
            return true;
        }
        self.known.clear();
        match self.connector.connect_writer().await {
            Ok(session) => self.session = Some(session),
            Err(reason) => tracing::debug!(%reason, "cannot reach PostgreSQL yet"),
        }
        self.session().is_ok()
    }
}
