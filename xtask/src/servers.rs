//! The servers of a sale: one instance with a folder, or several on one PostgreSQL and one Redis.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use onsale_testbed::instance::Instance;
use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};
use onsale_testbed::secret;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// The running servers, in the order in which they are dropped: each before those it needs.
pub(crate) struct Servers {
    pub(crate) instances: Vec<Instance>,
    pub(crate) redis: Option<Redis>,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) secret: String,
}

impl Servers {
    /// Starts this many instances on PostgreSQL and Redis, or a single embedded one. `settings` are
    /// `ONSALE_...` variables.
    pub(crate) fn start(
        binary: &Path,
        instances: Option<usize>,
        settings: &[(String, String)],
    ) -> Result<Self, String> {
        let secret = secret::random()?;
        let mut all = vec![("ONSALE_TOKEN_SECRET".to_owned(), secret.clone())];
        all.extend_from_slice(settings);
        let (mut postgres, mut redis) = (None, None);
        if instances.is_some() {
            let store = postgres.insert(Postgres::start(&postgres::Options::default())?);
            store.create_database("onsale")?;
            let line =
                redis.insert(Redis::start(&redis::Options { append_only: true, ..Default::default() })?);
            all.push(("ONSALE_STORE".to_owned(), store.url("onsale")));
            all.push(("ONSALE_LINE".to_owned(), line.url()));
        }
        let instances: Vec<Instance> =
            (0..instances.unwrap_or(1)).map(|_| Instance::start(binary, &all)).collect::<Result<_, _>>()?;
        for instance in &instances {
            instance.wait_until_ready(READY_WITHIN)?;
        }
        Ok(Self { instances, redis, postgres, secret })
    }

    /// Where the instances listen.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.instances.iter().map(Instance::addr).collect()
    }
}

/// Restarts ended servers after a while, as a machine's supervisor does.
pub(crate) struct Supervisor {
    after: Duration,
    ended: Vec<Option<Instant>>,
}

impl Supervisor {
    /// A supervisor that restarts servers this long after they ended.
    pub(crate) fn new(after: Duration) -> Self {
        Self { after, ended: Vec::new() }
    }

    /// Checks all servers once, and restarts those that have been down long enough.
    pub(crate) fn check(&mut self, servers: &mut Servers) -> Result<(), String> {
        let mut all: Vec<&mut dyn Server> = Vec::new();
        all.extend(servers.postgres.iter_mut().map(|it| it as &mut dyn Server));
        all.extend(servers.redis.iter_mut().map(|it| it as &mut dyn Server));
        all.extend(servers.instances.iter_mut().map(|it| it as &mut dyn Server));
        self.ended.resize(all.len(), None);
        for (server, ended) in all.into_iter().zip(&mut self.ended) {
            if server.is_running() {
                *ended = None;
            } else if ended.get_or_insert_with(Instant::now).elapsed() >= self.after {
                server.restart()?;
                *ended = None;
            }
        }
        Ok(())
    }
}

/// A server that may end and can be restarted at its address.
trait Server {
    fn is_running(&mut self) -> bool;
    fn restart(&mut self) -> Result<(), String>;
}

impl Server for Postgres {
    fn is_running(&mut self) -> bool {
        Postgres::is_running(self)
    }

    fn restart(&mut self) -> Result<(), String> {
        Postgres::restart(self)
    }
}

impl Server for Redis {
    fn is_running(&mut self) -> bool {
        Redis::is_running(self)
    }

    fn restart(&mut self) -> Result<(), String> {
        Redis::restart(self)
    }
}

impl Server for Instance {
    fn is_running(&mut self) -> bool {
        Instance::is_running(self)
    }

    fn restart(&mut self) -> Result<(), String> {
        Instance::restart(self)
    }
}

/// The binary of a profile, beside our own folder: `target/debug/xtask` and `target/release/onsale`.
pub(crate) fn onsale(profile: &str) -> Result<PathBuf, String> {
    let myself = std::env::current_exe().map_err(|error| format!("a path of one's own: {error}"))?;
    let target = myself.parent().and_then(Path::parent).ok_or("no target folder")?;
    Ok(target.join(profile).join("onsale"))
}
