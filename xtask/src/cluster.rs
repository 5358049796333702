//! `cargo xtask cluster`: several instances on one PostgreSQL and one Redis, to try out.

use std::fmt::Write;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use onsale_testbed::balancer::Balancer;
use onsale_testbed::instance::Instance;
use onsale_testbed::postgres::{self, Postgres};
use onsale_testbed::redis::{self, Redis};

use crate::cargo::cargo;
use crate::tools::{self, POSTGRES, REDIS};

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(500);
const SECRET_BYTES: usize = 32;

/// What was asked for.
struct Wanted {
    instances: usize,
    listen: SocketAddr,
}

/// What runs, in the order in which it goes when it did not all come up: none is left without what it needs.
struct Cluster {
    balancer: Balancer,
    instances: Vec<Instance>,
    redis: Redis,
    postgres: Postgres,
    binary: PathBuf,
    secret: String,
}

/// Runs until it is killed, as by Ctrl-C; the guardians of the testbed see to the rest.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let wanted = parse(args)?;
    tools::ensure(&[POSTGRES, REDIS])?;
    cargo(&["build", "--release", "--package", "onsale"], &[], &[])?;
    let mut cluster = Cluster::start(&wanted)?;
    eprintln!("{}", cluster.summary());
    cluster.watch()
}

fn parse(args: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted { instances: 2, listen: (Ipv4Addr::LOCALHOST, 3000).into() };
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let bad = |allowed: &str| format!("{flag} must be {allowed}, not {value}");
        match flag.as_str() {
            "--instances" => {
                let count = value.parse().ok().filter(|count| (1..=64).contains(count));
                wanted.instances = count.ok_or_else(|| bad("a whole number from 1 to 64"))?;
            }
            "--listen" => {
                wanted.listen =
                    value.parse().map_err(|_| bad("an IP address and a port, like 127.0.0.1:3000"))?;
            }
            _ => return Err(format!("{flag} is unknown; there are --instances N and --listen ADDRESS")),
        }
    }
    Ok(wanted)
}

impl Cluster {
    fn start(wanted: &Wanted) -> Result<Self, String> {
        if let Err(error) = std::net::TcpListener::bind(wanted.listen) {
            return Err(format!(
                "cannot listen on {}: {error}; --listen picks another address",
                wanted.listen
            ));
        }
        let binary = release_binary()?;
        let postgres = Postgres::start(&postgres::Options::default())?;
        postgres.create_database("onsale")?;
        let redis = Redis::start(&redis::Options { append_only: true })?;
        let secret = secret()?;
        let settings = [
            ("ONSALE_STORE", postgres.url("onsale")),
            ("ONSALE_LINE", redis.url()),
            ("ONSALE_TOKEN_SECRET", secret.clone()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let instances: Vec<Instance> =
            (0..wanted.instances).map(|_| Instance::start(&binary, &settings)).collect::<Result<_, _>>()?;
        for instance in &instances {
            instance.wait_until_ready(READY_WITHIN)?;
        }
        let balancer = Balancer::start(wanted.listen, instances.iter().map(Instance::addr).collect())?;
        Ok(Self { balancer, instances, redis, postgres, binary, secret })
    }

    fn summary(&self) -> String {
        let (balancer, secret, binary) = (self.balancer.addr(), &self.secret, self.binary.display());
        let mut text =
            format!("\n  onsale is open:  http://{balancer}\n  Documentation:   http://{balancer}/docs\n\n");
        for (place, instance) in self.instances.iter().enumerate() {
            let id = instance.process_id().unwrap_or_default();
            let (number, address, log) = (place + 1, instance.addr(), instance.log());
            let _ = writeln!(
                text,
                "  instance {number}       http://{address}  process {id}  log {}",
                log.display()
            );
        }
        let (postgres, redis) = (self.postgres.url("onsale"), self.redis.url());
        let _ = write!(
            text,
            "  PostgreSQL       {postgres}\n  Redis            {redis}\n
  An operator's token, with which concerts are opened:
    OPERATOR_TOKEN=$(ONSALE_TOKEN_SECRET={secret} {binary} token --operator)\n
  Kill an instance by its process id, and see that the sale goes on. Ctrl-C ends it all and keeps nothing.\n"
        );
        text
    }

    /// Says when an instance ends; the others go on.
    fn watch(&mut self) -> Result<(), String> {
        let mut running: Vec<usize> = (0..self.instances.len()).collect();
        while !running.is_empty() {
            std::thread::sleep(LOOK_EVERY);
            running.retain(|place| {
                let instance = &mut self.instances[*place];
                let is_running = instance.is_running();
                if !is_running {
                    eprintln!("  instance {} has ended. It said last:\n{}\n", place + 1, instance.log_tail());
                }
                is_running
            });
        }
        Err("no instance is left".to_owned())
    }
}

/// Beside our own folder: `target/debug/xtask` and `target/release/onsale`.
fn release_binary() -> Result<PathBuf, String> {
    let myself = std::env::current_exe().map_err(|error| format!("a path of one's own: {error}"))?;
    let target = myself.parent().and_then(Path::parent).ok_or("no target folder")?;
    Ok(target.join("release").join("onsale"))
}

/// Hexadecimal digits that nobody can guess.
fn secret() -> Result<String, String> {
    let mut bytes = [0; SECRET_BYTES];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.map_err(|error| format!("/dev/urandom: {error}"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
