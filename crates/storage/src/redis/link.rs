//! One connection to Redis. It is never repaired: after a failure a new one is made, and checked against the
//! store before its first command.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, Pipeline, Value};
use uuid::Uuid;

use super::{RedisFailure, scripts};

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_millis(700);
/// How long an answer may take. Callers get theirs within 2 s.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// The namespace of [`Link::server_run`].
const RUN_IDS: Uuid = Uuid::from_u128(0x6a1f_4f39_7c0e_4d8b_9a53_21d0_5f0e_77c4);
/// The oldest version of Redis that was tested.
const VERSION_MIN: u32 = 7;

/// See the module.
pub(crate) struct Link {
    connection: MultiplexedConnection,
    /// Identifies this run of this server: it differs after every restart and failover.
    pub(super) server_run: Uuid,
}

impl Link {
    pub(super) async fn open(client: &Client) -> Result<Self, RedisFailure> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(ANSWER_MAX));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let field_of = |field: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let version = field_of("redis_version");
        if version.split('.').next().and_then(|major| major.parse::<u32>().ok()) < Some(VERSION_MIN) {
            return Err(RedisFailure::Unfit(format!(
                "it is version {version}; {VERSION_MIN} or later is needed"
            )));
        }
        let run_id = field_of("run_id");
        if run_id.is_empty() {
            return Err(RedisFailure::Unfit("it reports no run_id".to_owned()));
        }
        for script in scripts::all() {
            script.load_async(&mut connection).await?;
        }
        Ok(Self { connection, server_run: Uuid::new_v5(&RUN_IDS, run_id.as_bytes()) })
    }

    /// Sends a pipeline, once, and returns its answers in order.
    pub(super) async fn query(&mut self, pipe: &Pipeline) -> Result<std::vec::IntoIter<Value>, RedisFailure> {
        let answers: Vec<Value> = pipe.query_async(&mut self.connection).await.map_err(named)?;
        Ok(answers.into_iter())
    }

    /// Sends one command.
    pub(super) async fn one<T: FromRedisValue>(&mut self, cmd: redis::Cmd) -> Result<T, RedisFailure> {
        cmd.query_async(&mut self.connection).await.map_err(named)
    }
}

/// Finds the errors of our own scripts. A pipeline's error holds those of its commands.
fn named(error: redis::RedisError) -> RedisFailure {
    let errors = error.clone().into_server_errors();
    let codes = errors.iter().flat_map(|errors| errors.iter()).map(|(_, error)| error.code());
    match codes.chain(error.code()).find(|code| matches!(*code, "GONE" | "STALE")) {
        Some("GONE") => RedisFailure::Gone,
        Some(_) => RedisFailure::Stale,
        None => RedisFailure::Lost(error),
    }
}
