//! `cargo xtask rehearse`: a sale through throwaway servers, some of which are killed meanwhile.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cargo::cargo;
use crate::servers::{Servers, Supervisor, onsale};
use crate::tools::{self, POSTGRES, REDIS};

/// How long a killed server stays away.
const DOWN: Duration = Duration::from_secs(2);
const CHECK_EVERY: Duration = Duration::from_millis(100);
/// From the first arrival to the first fault, and from each to the next, unless a fault has its own time.
const FAULT_EVERY: Duration = Duration::from_secs(10);

/// A fault that is wanted: at this time after the first arrival, or else after the one before it.
type Fault = Option<Duration>;

/// The parsed arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// How many, on PostgreSQL and Redis; none for a single embedded one.
    instances: Option<usize>,
    kills_instance: Option<Fault>,
    kills_redis: Option<Fault>,
    restarts_postgres: Option<Fault>,
    /// Settings of the instances, as environment variables.
    settings: Vec<(String, String)>,
    /// Arguments for `onsale rehearse`.
    rest: Vec<String>,
}

/// Builds what is needed, and plays.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let wanted = Wanted::parse(args)?;
    if wanted.instances.is_some() {
        tools::ensure(&[POSTGRES, REDIS])?;
    }
    cargo(&["build", "--release", "--package", "onsale"], &[], &[])?;
    wanted.play(&onsale("release")?)
}

impl Wanted {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut wanted = Self::default();
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--instances" => {
                    let text = value()?;
                    let count = text.parse().ok().filter(|count| (1..=64).contains(count));
                    let bad = || format!("--instances must be a whole number from 1 to 64, not {text}");
                    wanted.instances = Some(count.ok_or_else(bad)?);
                }
                "--setting" => {
                    let text = value()?;
                    let bad = || format!("--setting must be NAME=VALUE, like hold_seconds=60, not {text}");
                    let (name, value) = text.split_once('=').ok_or_else(bad)?;
                    wanted.settings.push((format!("ONSALE_{}", name.to_uppercase()), value.to_owned()));
                }
                _ if wanted.take_fault(flag)? => {}
                _ => wanted.rest.push(flag.clone()),
            }
        }
        if wanted.instances.is_none() && (wanted.kills_redis.is_some() || wanted.restarts_postgres.is_some())
        {
            return Err("--kill-redis and --restart-postgres need --instances".to_owned());
        }
        Ok(wanted)
    }

    /// Notes a fault, like `--kill-redis` or `--kill-redis=5.5`; false if it is something else.
    fn take_fault(&mut self, flag: &str) -> Result<bool, String> {
        let (name, time) = flag.split_once('=').map_or((flag, None), |(name, time)| (name, Some(time)));
        let fault = match name {
            "--kill-instance" => &mut self.kills_instance,
            "--kill-redis" => &mut self.kills_redis,
            "--restart-postgres" => &mut self.restarts_postgres,
            _ => return Ok(false),
        };
        let read = |time: &str| {
            let seconds = time.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
            let bad = || format!("{name}=SECONDS must be from 0 to 86400, not {time}");
            seconds.map(Duration::from_secs_f64).ok_or_else(bad)
        };
        *fault = Some(time.map(read).transpose()?);
        Ok(true)
    }

    /// Plays with this binary; an error if a promise was broken, or the store does not pass its audit.
    pub(crate) fn play(&self, binary: &Path) -> Result<(), String> {
        let mut servers = Servers::start(binary, self.instances, &self.settings)?;
        let urls: Vec<String> =
            servers.addresses().iter().map(|address| format!("http://{address}")).collect();
        let mut rehearsal = Command::new(binary);
        rehearsal.args(["rehearse", "--setup", "--url", &urls.join(",")]);
        for (place, (at, fault)) in (1..).zip(self.faults(&servers)?) {
            let at = at.unwrap_or(FAULT_EVERY * place);
            rehearsal.arg("--at").arg(format!("{}:{fault}", at.as_secs_f64()));
        }
        rehearsal.args(&self.rest).env("ONSALE_OPERATOR_TOKEN", operator_token(binary, &servers)?);
        let mut playing = rehearsal.spawn().map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut supervisor = Supervisor::new(DOWN);
        let status = loop {
            if let Some(status) = playing.try_wait().map_err(|error| error.to_string())? {
                break status;
            }
            if let Err(problem) = supervisor.check(&mut servers) {
                let _ = playing.kill();
                let _ = playing.wait();
                return Err(problem);
            }
            std::thread::sleep(CHECK_EVERY);
        };
        audit(binary, &mut servers)?;
        if status.success() { Ok(()) } else { Err(format!("the rehearsal: {status}")) }
    }

    /// Shell commands to run, each with its time. The supervisor restarts the servers that they end.
    fn faults(&self, servers: &Servers) -> Result<Vec<(Fault, String)>, String> {
        let mut faults = Vec::new();
        let gone = || "a server has ended before the sale".to_owned();
        if let Some(at) = self.kills_instance {
            let instance = servers.instances[0].process_id().ok_or_else(gone)?;
            faults.push((at, format!("kill -KILL {instance} # an instance")));
        }
        if let Some(at) = self.kills_redis {
            let redis = servers.redis.as_ref().and_then(onsale_testbed::redis::Redis::process_id);
            faults.push((at, format!("kill -KILL {} # Redis", redis.ok_or_else(gone)?)));
        }
        if let Some(at) = self.restarts_postgres {
            let postgres = servers.postgres.as_ref().and_then(onsale_testbed::postgres::Postgres::process_id);
            // A fast shutdown: transactions are rolled back, and everybody is disconnected.
            faults.push((at, format!("kill -INT {} # PostgreSQL", postgres.ok_or_else(gone)?)));
        }
        Ok(faults)
    }
}

fn operator_token(binary: &Path, servers: &Servers) -> Result<String, String> {
    let mut token = Command::new(binary);
    token.args(["token", "--operator"]).env("ONSALE_TOKEN_SECRET", &servers.secret).stderr(Stdio::inherit());
    let output = token.output().map_err(|error| format!("{}: {error}", binary.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err("no operator's token could be made".to_owned())
    }
}

/// Runs `onsale check` on the store after the sale.
fn audit(binary: &Path, servers: &mut Servers) -> Result<(), String> {
    let store = match &servers.postgres {
        Some(postgres) => postgres.url("onsale"),
        None => format!("sqlite:{}", servers.instances[0].data().display()),
    };
    let mut check = Command::new(binary);
    check.arg("check").env("ONSALE_STORE", store).env("ONSALE_TOKEN_SECRET", &servers.secret);
    let status = check.status().map_err(|error| format!("{}: {error}", binary.display()))?;
    if status.success() { Ok(()) } else { Err(format!("onsale check: {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Wanted, String> {
        Wanted::parse(&args.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_not_ours_goes_to_the_rehearsal() {
        let wanted =
            parse(&["--instances", "3", "--kill-redis", "--fans", "50", "--setting", "hold_seconds=5"]);
        let expected = Wanted {
            instances: Some(3),
            kills_redis: Some(None),
            settings: vec![("ONSALE_HOLD_SECONDS".to_owned(), "5".to_owned())],
            rest: vec!["--fans".to_owned(), "50".to_owned()],
            ..Wanted::default()
        };
        assert_eq!(wanted, Ok(expected));
    }

    #[test]
    fn a_fault_may_have_a_time() {
        let wanted = parse(&["--kill-instance=5.2", "--sales", "3"]);
        let expected = Wanted {
            kills_instance: Some(Some(Duration::from_millis(5_200))),
            rest: vec!["--sales".to_owned(), "3".to_owned()],
            ..Wanted::default()
        };
        assert_eq!(wanted, Ok(expected));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (args, named) in [
            (&["--instances", "0"][..], "--instances"),
            (&["--instances"], "--instances"),
            (&["--kill-redis"], "--kill-redis"),
            (&["--kill-instance=soon"], "--kill-instance=SECONDS must be from 0 to 86400, not soon"),
            (&["--kill-instance=-1"], "--kill-instance"),
            (&["--setting", "x"], "--setting"),
        ] {
            let problem = parse(args).expect_err(named);
            assert!(problem.contains(named), "{problem}");
        }
    }
}
