//! Connecting: every connection, the first and any that replaces a lost one, gets the same settings and the
//! same check of the server's durability. Of several servers the one that can be written to is found again
//! each time, and an old primary that comes back after a failover is not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_postgres::{Client, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::{History, Session};
use super::url::{Address, Server};
use super::{PostgresOptions, commit, fault, load, url};
use crate::error::OpenError;
use crate::tls;

/// How long it may take until a connection can be used.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long one address may take to accept a connection, so that another one can be tried in the same time.
const ONE_ADDRESS_WITHIN: Duration = Duration::from_millis(400);
/// How long a start may wait for other instances that are starting.
const START_WITHIN: Duration = Duration::from_mins(1);
/// How long a start waits for one of several servers.
const START_AT_ONE_WITHIN: Duration = Duration::from_secs(5);

/// The oldest version that was tested.
const VERSION_MIN: i32 = 150_000;

/// So that a frozen instance delays nobody: what it began ends after these timeouts.
const WRITER_SETTINGS: &str = "SET TimeZone = 'UTC'; SET jit = off; SET statement_timeout = '1400ms';
    SET lock_timeout = '1200ms'; SET idle_in_transaction_session_timeout = '1s';
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
    SET enable_mergejoin = off";
const READER_SETTINGS: &str = "SET TimeZone = 'UTC'; SET jit = off; SET statement_timeout = '1500ms';
    SET idle_in_transaction_session_timeout = '30s'; SET default_transaction_read_only = on";
const STARTER_SETTINGS: &str =
    "SET TimeZone = 'UTC'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'";

/// Not every operating system lets PostgreSQL notice that a client is gone.
const NOTICE_LOST_CLIENTS: &str = "SET client_connection_check_interval = '500ms'";

const SERVER: &str = "-- server
SELECT current_setting('server_version_num')::integer, pg_is_in_recovery(), current_setting('fsync'),
    current_setting('full_page_writes'), current_setting('synchronous_commit'),
    (SELECT system_identifier::text FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

/// How connections to one database are made.
pub(super) struct Connector {
    servers: Vec<Server>,
    /// The server to try first: the last that could be used, or the one after the last that did not answer.
    first: AtomicUsize,
    /// The newest history seen. A server with an older timeline of it has lost its place to another.
    newest: Mutex<Option<History>>,
    tls: MakeRustlsConnect,
    shown: String,
    allow_weak_durability: bool,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Write,
    Read,
    Start,
}

impl Connector {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, OpenError> {
        let unusable = |reason| OpenError::Server { address: "the PostgreSQL server".to_owned(), reason };
        let Address { mut servers, trust, shown } = url::read(&options.url).map_err(unusable)?;
        let tls = tls::client_config(&trust)
            .map_err(|reason| OpenError::Server { address: shown.clone(), reason })?;
        for server in &mut servers {
            server
                .config
                .application_name("onsale")
                .connect_timeout(ONE_ADDRESS_WITHIN)
                .keepalives(true)
                .keepalives_idle(Duration::from_secs(10))
                .keepalives_interval(Duration::from_secs(5))
                .keepalives_retries(3);
        }
        Ok(Self {
            servers,
            first: AtomicUsize::new(0),
            newest: Mutex::default(),
            tls: MakeRustlsConnect::new(tls),
            shown,
            allow_weak_durability: options.allow_weak_durability,
        })
    }

    /// An error of opening, with the server's address.
    pub(super) fn broken(&self, reason: String) -> OpenError {
        OpenError::Server { address: self.shown.clone(), reason }
    }

    /// Whether a connection still reaches the server that new connections reach.
    pub(super) fn is_current(&self, session: &Session) -> bool {
        self.newest().as_ref().is_none_or(|newest| *newest == session.history)
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Option<History>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection with every statement of a load and a commit prepared.
    pub(super) async fn connect_writer(&self) -> Result<Session, String> {
        self.connect(Purpose::Write, CONNECT_WITHIN, CONNECT_WITHIN).await
    }

    pub(super) async fn connect_reader(&self) -> Result<Session, String> {
        self.connect(Purpose::Read, CONNECT_WITHIN, CONNECT_WITHIN).await
    }

    /// The first connection of a program that only reads. Like a start, it has time to try every server.
    pub(super) async fn connect_first_reader(&self) -> Result<Session, String> {
        self.connect(Purpose::Read, START_WITHIN, self.start_at_one_within()).await
    }

    pub(super) async fn connect_starter(&self) -> Result<Session, String> {
        self.connect(Purpose::Start, START_WITHIN, self.start_at_one_within()).await
    }

    fn start_at_one_within(&self) -> Duration {
        if self.servers.len() == 1 { START_WITHIN } else { START_AT_ONE_WITHIN }
    }

    /// Tries every server once, as far as the time allows. One that does not answer is the last to be tried
    /// next time, so that it cannot use up the time of every attempt.
    async fn connect(&self, purpose: Purpose, within: Duration, at_one: Duration) -> Result<Session, String> {
        let (until, count) = (Instant::now() + within, self.servers.len());
        let first = self.first.load(Ordering::Relaxed);
        let mut reasons = Vec::new();
        for place in (first..first + count).map(|place| place % count) {
            if Instant::now() >= until {
                break;
            }
            let server = &self.servers[place];
            let until = until.min(Instant::now() + at_one);
            let reason = match timeout_at(until, self.connect_to(server, purpose)).await {
                Ok(Ok(session)) => {
                    self.first.store(place, Ordering::Relaxed);
                    return Ok(session);
                }
                Ok(Err(reason)) => reason,
                Err(_) => fault::TOO_LATE.to_owned(),
            };
            // It used up its time: next time another one is first.
            if Instant::now() >= until {
                self.first.store((place + 1) % count, Ordering::Relaxed);
            }
            reasons.push(if count == 1 { reason } else { format!("{}: {reason}", server.shown) });
        }
        Err(reasons.join("; "))
    }

    async fn connect_to(&self, server: &Server, purpose: Purpose) -> Result<Session, String> {
        let (client, connection) =
            server.config.connect(self.tls.clone()).await.map_err(|error| fault::words(&error))?;
        // Ends when the client is dropped or the connection is lost; the client notices both.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = fault::words(&error), "lost a connection to PostgreSQL");
            }
        });
        let settings = match purpose {
            Purpose::Write => WRITER_SETTINGS,
            Purpose::Read => READER_SETTINGS,
            Purpose::Start => STARTER_SETTINGS,
        };
        client.batch_execute(settings).await.map_err(|error| fault::words(&error))?;
        if client.batch_execute(NOTICE_LOST_CLIENTS).await.is_err() {
            tracing::debug!("this PostgreSQL cannot detect lost clients");
        }
        let history = self.check_server(&client, purpose).await?;
        let mut session = Session::new(client, history);
        if purpose == Purpose::Write {
            session.prepare(&load::STATEMENTS).await.map_err(|error| fault::words(&error))?;
            session.prepare(&commit::STATEMENTS).await.map_err(|error| fault::words(&error))?;
            session.prepare(&commit::SALES_STATEMENTS).await.map_err(|error| fault::words(&error))?;
        }
        Ok(session)
    }

    /// Refuses a server that may lose what it acknowledged.
    async fn check_server(&self, client: &Client, purpose: Purpose) -> Result<History, String> {
        let row = client.query_one(SERVER, &[]).await.map_err(|error| fault::words(&error))?;
        let version: i32 = read(&row, 0)?;
        if version < VERSION_MIN {
            let (have, need) = (version / 10_000, VERSION_MIN / 10_000);
            return Err(format!("it is PostgreSQL {have}; {need} or later is needed"));
        }
        if read::<bool>(&row, 1)? && purpose != Purpose::Read {
            return Err("it is a read-only standby; connect to the primary".to_owned());
        }
        let settings = [("fsync", 2), ("full_page_writes", 3), ("synchronous_commit", 4)];
        for (name, column) in settings {
            let is_weak = read::<&str>(&row, column)? == "off";
            if is_weak && purpose != Purpose::Read && !self.allow_weak_durability {
                return Err(format!(
                    "its setting {name} is off, so it may lose acknowledged writes; switch it on, or set \
                     ONSALE_ALLOW_WEAK_DURABILITY if you can afford that"
                ));
            }
        }
        let history = History { system: read(&row, 5)?, timeline: read(&row, 6)? };
        self.note(&history)?;
        Ok(history)
    }

    /// Notes the history of a primary. A failover begins a new timeline, so one with an older timeline than
    /// was seen before is an old primary that came back, and knows nothing of what was sold since.
    fn note(&self, history: &History) -> Result<(), String> {
        if history.timeline.is_empty() {
            return Ok(());
        }
        let mut newest = self.newest();
        // Eight hexadecimal digits each.
        let older = newest.as_ref().filter(|newest| newest.system == history.system);
        if let Some(newest) = older.filter(|newest| history.timeline < newest.timeline) {
            return Err(format!(
                "it is on timeline {}, and another server is on {}: it was the primary before a failover",
                history.timeline, newest.timeline
            ));
        }
        *newest = Some(history.clone());
        Ok(())
    }
}

fn read<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, String> {
    row.try_get(column).map_err(|error| fault::words(&error))
}
