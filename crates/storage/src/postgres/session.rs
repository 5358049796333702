//! One connection, on which many statements can be sent before the first is answered.

use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, RowStream, Statement};

use super::fault;
use crate::error::StoreError;

/// A parameter of a statement.
pub(super) type Param = Box<dyn ToSql + Sync + Send>;

/// Boxes the parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$(Box::new($value) as $crate::postgres::session::Param),*] };
}
pub(super) use params;

/// The history to which a transaction's identity belongs. Another server, or this one after a failover, may
/// have given the same number to another transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct History {
    pub(super) system: String,
    pub(super) timeline: String,
}

/// A connection with its prepared statements.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    pub(super) history: History,
}

/// The answer to a statement that was sent.
pub(super) struct Answer<'a>(Sent<'a>);

enum Sent<'a> {
    Waiting(Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>),
    Here(Result<Vec<Row>, Error>),
}

impl Session {
    pub(super) fn new(client: Client, history: History) -> Self {
        Self { client, statements: HashMap::new(), history }
    }

    /// Prepares statements in one round trip.
    pub(super) async fn prepare(&mut self, all: &[&'static str]) -> Result<(), Error> {
        let prepared = try_join_all(all.iter().map(|sql| self.client.prepare(sql))).await?;
        self.statements.extend(all.iter().copied().zip(prepared));
        Ok(())
    }

    /// Prepares a statement unless this connection already has it.
    pub(super) async fn know(&mut self, sql: &'static str) -> Result<(), Error> {
        if !self.statements.contains_key(sql) {
            let statement = self.client.prepare(sql).await?;
            self.statements.insert(sql, statement);
        }
        Ok(())
    }

    /// Sends a prepared statement behind everything sent before. It is carried out whether or not anybody
    /// waits for its answer.
    pub(super) fn send(&self, sql: &'static str, params: Vec<Param>) -> Answer<'_> {
        let sending = async move {
            let Some(statement) = self.statements.get(sql) else {
                let rows = self.client.query_raw(sql, params.iter().map(as_sql)).await?;
                return rows.try_collect().await;
            };
            self.client.query_raw(statement, params.iter().map(as_sql)).await?.try_collect().await
        };
        Answer::begun(Box::pin(sending))
    }

    /// Sends plain SQL, as [`Session::send`] does.
    pub(super) fn send_plain(&self, sql: &'static str) -> Answer<'_> {
        Answer::begun(Box::pin(async move { self.client.batch_execute(sql).await.map(|()| Vec::new()) }))
    }

    /// Returns rows one by one, as they arrive.
    pub(super) async fn stream(&self, sql: &'static str) -> Result<RowStream, Error> {
        self.client.query_raw(sql, [] as [&(dyn ToSql + Sync); 0]).await
    }

    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

fn as_sql(param: &Param) -> &(dyn ToSql + Sync) {
    &**param
}

impl<'a> Answer<'a> {
    /// A request is encoded and queued when it is first polled. Polling it once here makes the order of calls
    /// the order on the wire.
    fn begun(mut sending: Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>) -> Self {
        match sending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Self(Sent::Here(result)),
            Poll::Pending => Self(Sent::Waiting(sending)),
        }
    }

    /// The rows, or the first error.
    pub(super) async fn rows(self) -> Result<Vec<Row>, Error> {
        match self.0 {
            Sent::Waiting(waiting) => waiting.await,
            Sent::Here(result) => result,
        }
    }
}

/// When something that may take `after` must be done.
pub(super) fn deadline(from: Instant, after: Duration) -> Instant {
    from + after
}

/// Waits until then; after that it is [`StoreError::Unreachable`].
pub(super) async fn in_time<T>(
    until: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout_at(until, work).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::Unreachable(fault::TOO_LATE.to_owned())),
    }
}
