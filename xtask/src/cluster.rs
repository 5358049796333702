//! `cargo xtask cluster`: several instances on one PostgreSQL and one Redis, to try out.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use onsale_testbed::balancer::Balancer;
use onsale_testbed::redis::Redis;

use crate::cargo::cargo;
use crate::servers::{Servers, onsale};
use crate::tools::{self, POSTGRES, REDIS};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The parsed arguments.
struct Wanted {
    instances: usize,
    listen: SocketAddr,
}

/// The running cluster. The balancer is stopped first if something did not start.
struct Cluster {
    balancer: Balancer,
    servers: Servers,
    binary: PathBuf,
}

/// Runs until it is killed, for example by Ctrl-C; the testbed's guardians then stop the servers.
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
        let binary = onsale("release")?;
        let servers = Servers::start(&binary, Some(wanted.instances), &[])?;
        let balancer = Balancer::start(wanted.listen, servers.addresses())?;
        Ok(Self { balancer, servers, binary })
    }

    fn summary(&self) -> String {
        let Self { balancer, servers, binary } = self;
        let (balancer, secret, binary) = (balancer.addr(), &servers.secret, binary.display());
        let mut text =
            format!("\n  onsale is open:  http://{balancer}\n  Documentation:   http://{balancer}/docs\n\n");
        for (place, instance) in servers.instances.iter().enumerate() {
            let id = instance.process_id().unwrap_or_default();
            let (number, address, log) = (place + 1, instance.addr(), instance.log());
            let _ = writeln!(
                text,
                "  instance {number}       http://{address}  process {id}  log {}",
                log.display()
            );
        }
        let postgres = servers.postgres.as_ref().map(|postgres| postgres.url("onsale")).unwrap_or_default();
        let redis = servers.redis.as_ref().map(Redis::url).unwrap_or_default();
        let _ = write!(
            text,
            "  PostgreSQL       {postgres}\n  Redis            {redis}\n
  An operator's token, with which concerts are opened:
    OPERATOR_TOKEN=$(ONSALE_TOKEN_SECRET={secret} {binary} token --operator)\n
  Kill an instance by its process id, and see that the sale goes on. Ctrl-C ends it all and keeps nothing.\n"
        );
        text
    }

    /// Reports when an instance ends; the others keep running.
    fn watch(&mut self) -> Result<(), String> {
        let instances = &mut self.servers.instances;
        let mut running: Vec<usize> = (0..instances.len()).collect();
        while !running.is_empty() {
            std::thread::sleep(LOOK_EVERY);
            running.retain(|place| {
                let instance = &mut instances[*place];
                let is_running = instance.is_running();
                if !is_running {
                    eprintln!(
                        "  instance {} has ended. Its last log lines:\n{}\n",
                        place + 1,
                        instance.log_tail()
                    );
                }
                is_running
            });
        }
        Err("no instance is left".to_owned())
    }
}
