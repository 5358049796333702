//! One connection to Redis. It is never repaired: after a failure a new one is made, and checked against the
//! store before its first command.

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, Pipeline, Value};
use uuid::Uuid;

use super::nodes::{Connected, Nodes};
use super::{RedisFailure, scripts};

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
    /// Connects to the server that keeps `key`.
    pub(super) async fn open(nodes: &Nodes, key: &str) -> Result<Self, RedisFailure> {
        let Connected { mut connection, info } = nodes.owner_of(key).await?;
        let version = info.field("redis_version");
        if version.split('.').next().and_then(|major| major.parse::<u32>().ok()) < Some(VERSION_MIN) {
            return Err(RedisFailure::Unfit(format!(
                "it is version {version}; {VERSION_MIN} or later is needed"
            )));
        }
        let run_id = info.field("run_id");
        if run_id.is_empty() {
            return Err(RedisFailure::Unfit("it reports no run_id".to_owned()));
        }
        for script in scripts::all() {
            script.load_async(&mut connection).await?;
        }
        let server_run = Uuid::new_v5(&RUN_IDS, run_id.as_bytes());
        Ok(Self { connection, server_run })
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
