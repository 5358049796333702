//! The servers of Redis: a single one, or the nodes of a cluster, each of which keeps some of the lines.
//!
//! A line's keys share one hash tag, so one node has all of them, and a node that dies stops its own lines
//! only. Which node that is, is asked for whenever a line is looked for: it may have changed since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue, RedisError, RedisResult,
    TlsCertificates, Value,
};

use super::RedisFailure;
use super::url::{self, Address};

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_millis(700);
/// How long an answer may take. Callers get theirs within 2 s.
const ANSWER_MAX: Duration = Duration::from_secs(1);

const NO_CLUSTER: &str = "the setting names several servers, and this one is not a node of a cluster";

/// See the module.
#[derive(Clone)]
pub(super) struct Nodes(Arc<Inner>);

struct Inner {
    certificates: Option<TlsCertificates>,
    /// Whether the setting names several, which only a cluster has.
    are_several: bool,
    shown: String,
    /// Those named by the setting, and the nodes that a cluster has reported since. The one that answered
    /// last is the first: a dead one takes time to be found so.
    known: Mutex<Vec<ConnectionInfo>>,
}

/// A server that has answered.
pub(super) struct Connected {
    pub(super) connection: MultiplexedConnection,
    pub(super) info: ServerInfo,
}

/// What a server says of itself.
pub(super) struct ServerInfo(String);

impl ServerInfo {
    /// A field; empty if it says nothing about that.
    pub(super) fn field(&self, name: &str) -> &str {
        let value = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.map(str::trim).unwrap_or_default()
    }
}

impl Nodes {
    /// The servers that a URL names.
    ///
    /// # Errors
    /// A message that says what is wrong with the URL.
    pub(super) fn named_by(url: &str) -> Result<Self, String> {
        let Address { servers, certificates, shown } = url::read(url)?;
        let are_several = servers.len() > 1;
        let nodes = Self(Arc::new(Inner { certificates, are_several, shown, known: Mutex::new(servers) }));
        // What is wrong with the settings for TLS shows here.
        for server in nodes.known() {
            nodes.client(server).map_err(|error| error.to_string())?;
        }
        Ok(nodes)
    }

    /// The URL for messages: no user, no password.
    pub(super) fn shown(&self) -> &str {
        &self.0.shown
    }

    /// Connects to the server that keeps `key`: in a cluster, the node that has its slot. A node that is cut
    /// off from the others may still answer; then the next one is asked.
    pub(super) async fn owner_of(&self, key: &str) -> Result<Connected, RedisFailure> {
        self.first(|client| self.ask(client, key)).await
    }

    async fn ask(&self, client: Client, key: &str) -> Result<Connected, RedisFailure> {
        let asked = client.get_connection_info().clone();
        let mut answered = connect(client).await?;
        if answered.info.field("redis_mode") != "cluster" {
            return if self.0.are_several {
                Err(RedisFailure::Unfit(NO_CLUSTER.to_owned()))
            } else {
                Ok(answered)
            };
        }
        let mut questions = redis::pipe();
        questions.cmd("CLUSTER").arg("KEYSLOT").arg(key).cmd("CLUSTER").arg("SLOTS");
        let (slot, slots): (i64, Vec<Vec<Value>>) = questions.query_async(&mut answered.connection).await?;
        let mut owner = None;
        for range in &slots {
            let [first, last, nodes @ ..] = range.as_slice() else { continue };
            let nodes: Vec<_> = nodes.iter().filter_map(|node| at(&asked, node)).collect();
            // The first is the master, the others are its replicas.
            if (whole(first)..=whole(last)).contains(&slot) {
                owner = nodes.first().cloned();
            }
            for node in nodes {
                self.note(node);
            }
        }
        let owner = owner.ok_or(RedisFailure::Unserved)?;
        let mut owner =
            if owner.addr() == asked.addr() { answered } else { connect(self.client(owner)?).await? };
        // A node that has just come back does not serve its slots yet. An epoch begun now would be lost.
        let _: i64 = redis::cmd("EXISTS").arg(key).query_async(&mut owner.connection).await?;
        Ok(owner)
    }

    /// A connection to any of the servers.
    pub(super) async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        self.first(|client| async move { multiplexed(&client).await }).await
    }

    /// Tries one server after the other. Returns the first success, or the last failure.
    pub(super) async fn first<T, E: From<RedisError>, F: Future<Output = Result<T, E>>>(
        &self,
        attempt: impl Fn(Client) -> F,
    ) -> Result<T, E> {
        let mut failure = E::from(RedisError::from(std::io::Error::from(std::io::ErrorKind::NotFound)));
        for server in self.known() {
            match attempt(self.client(server.clone())?).await {
                Ok(success) => {
                    self.prefer(&server);
                    return Ok(success);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn client(&self, server: ConnectionInfo) -> RedisResult<Client> {
        match &self.0.certificates {
            Some(certificates) => Client::build_with_tls(server, certificates.clone()),
            None => Client::open(server),
        }
    }

    fn note(&self, server: ConnectionInfo) {
        let mut known = self.lock();
        if known.iter().all(|one| one.addr() != server.addr()) {
            known.push(server);
        }
    }

    fn prefer(&self, server: &ConnectionInfo) {
        self.lock().sort_by_key(|one| one.addr() != server.addr());
    }

    fn known(&self) -> Vec<ConnectionInfo> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ConnectionInfo>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(client: Client) -> RedisResult<Connected> {
    let mut connection = multiplexed(&client).await?;
    let info = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
    Ok(Connected { connection, info: ServerInfo(info) })
}

async fn multiplexed(client: &Client) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_MAX))
        .set_response_timeout(Some(ANSWER_MAX));
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// A node as `CLUSTER SLOTS` names it: host, port, and more. A node that does not know its own host leaves
/// it out, and then it is the host that was asked.
fn at(asked: &ConnectionInfo, node: &Value) -> Option<ConnectionInfo> {
    let Value::Array(parts) = node else { return None };
    let [host, port, ..] = parts.as_slice() else { return None };
    let host = String::from_redis_value_ref(host).ok().filter(|host| !matches!(host.as_str(), "" | "?"));
    let port = u16::try_from(whole(port)).ok()?;
    let mut address = asked.addr().clone();
    let (ConnectionAddr::Tcp(its_host, its_port)
    | ConnectionAddr::TcpTls { host: its_host, port: its_port, .. }) = &mut address
    else {
        return None;
    };
    if let Some(host) = host {
        *its_host = host;
    }
    *its_port = port;
    Some(asked.clone().set_addr(address))
}

/// A whole number of an answer; -1, which is no slot and no port, for anything else.
fn whole(value: &Value) -> i64 {
    if let Value::Int(number) = value { *number } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), Value::BulkString(b"id".to_vec()), Value::Array(vec![])])
    }

    fn text(host: &str) -> Value {
        Value::BulkString(host.as_bytes().to_vec())
    }

    #[test]
    fn a_node_keeps_user_password_and_encryption_of_the_one_that_named_it() {
        let nodes = Nodes::named_by("rediss://ann:secret@a.example:7000/").unwrap();
        let asked = nodes.known().remove(0);
        let other = at(&asked, &node(text("10.0.0.2"), 7001)).unwrap();
        assert!(
            matches!(other.addr(), ConnectionAddr::TcpTls { host, port: 7001, insecure: false, .. } if host == "10.0.0.2")
        );
        assert_eq!(other.redis_settings().password(), Some("secret"));
    }

    #[test]
    fn a_node_without_a_host_is_at_the_one_that_was_asked() {
        let nodes = Nodes::named_by("redis://a.example:7000/").unwrap();
        let asked = nodes.known().remove(0);
        for host in [text(""), text("?"), Value::Nil] {
            let other = at(&asked, &node(host, 7001)).unwrap();
            assert_eq!(*other.addr(), ConnectionAddr::Tcp("a.example".to_owned(), 7001));
        }
        for broken in [Value::Nil, Value::Array(vec![text("a")]), node(text("a"), 70_000)] {
            assert!(at(&asked, &broken).is_none());
        }
    }

    #[test]
    fn the_one_that_answered_last_is_asked_first() {
        let nodes = Nodes::named_by("redis://a,b,c/").unwrap();
        nodes.prefer(&nodes.known()[1].clone());
        nodes.note(nodes.known()[2].clone());
        let hosts: Vec<_> = nodes.known().iter().map(|server| server.addr().to_string()).collect();
        assert_eq!(hosts, ["b:6379", "a:6379", "c:6379"]);
    }

    #[test]
    fn what_a_server_says_of_itself_is_found_by_its_name() {
        let info = ServerInfo("# Server\r\nredis_version:7.0.15\r\nredis_mode:cluster\r\n".to_owned());
        assert_eq!((info.field("redis_mode"), info.field("redis_version")), ("cluster", "7.0.15"));
        assert_eq!(info.field("run_id"), "");
    }
}
