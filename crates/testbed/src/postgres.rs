//! A PostgreSQL server whose commits are as durable as a real one's.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::folder::Folder;
use crate::owner::Owner;
use crate::port;
use crate::process::{Process, log_tail};
use crate::programs::find_program;
use crate::wait::{PATIENCE, until};

/// The superuser.
const USER: &str = "onsale";

/// What differs from a usual throwaway server.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Lines for `postgresql.conf` as name and value, as in `("fsync", "off")`. They win over ours.
    pub settings: Vec<(String, String)>,
    /// The superuser's password. Without one, everybody on this machine may connect.
    pub password: Option<String>,
}

/// A PostgreSQL server with data of its own, on a loopback port. Stopped and removed on drop.
#[derive(Debug)]
pub struct Postgres {
    // Before the folder, which goes after it.
    process: Option<Process>,
    folder: Folder,
    programs: PathBuf,
    owner: Owner,
    port: u16,
}

impl Postgres {
    /// Makes a server, starts it and waits until it takes connections.
    ///
    /// # Errors
    /// When a program is missing or fails; its last words are part of the message.
    pub fn start(options: &Options) -> Result<Self, String> {
        // Links resolved: the other programs lie beside the real one, in its version.
        let initdb = find_program("initdb")?.canonicalize().map_err(|error| format!("initdb: {error}"))?;
        let programs = initdb.with_file_name("");
        let owner = Owner::not_root()?;
        let folder = Folder::new("postgres", &owner)?;
        let port = port::free()?;
        let mut postgres = Self { process: None, folder, programs, owner, port };
        postgres.make_data(options)?;
        postgres.resume()?;
        Ok(postgres)
    }

    /// A standby that follows this server, in a folder and on a port of its own. It begins with a copy of the
    /// data, and can be promoted.
    ///
    /// # Errors
    /// When a program is missing or fails; its last words are part of the message.
    pub fn start_standby(&self) -> Result<Self, String> {
        let (owner, port) = (self.owner.clone(), port::free()?);
        let folder = Folder::new("postgres", &owner)?;
        let programs = self.programs.clone();
        let mut standby = Self { process: None, folder, programs, owner, port };
        let mut command = standby.owner.command(&standby.programs.join("pg_basebackup"));
        command.args(["--no-password", "--host", "127.0.0.1", "--username", USER]);
        command.args(["--port", &self.port.to_string(), "--write-recovery-conf", "--checkpoint", "fast"]);
        command.args(["--no-sync", "--pgdata"]).arg(standby.data()).current_dir(standby.folder.path());
        run(command)?;
        standby.resume()?;
        Ok(standby)
    }

    /// Where to connect, as in `postgres://onsale@127.0.0.1:20432/postgres`. The database `postgres` exists.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The loopback port; it stays the same over a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Whether its process is still there; somebody may have killed it.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| !process.has_ended())
    }

    /// What it logged last.
    pub fn log_tail(&self) -> String {
        log_tail(self.folder.path())
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// When it exists, or the server does not answer.
    pub fn create_database(&self, name: &str) -> Result<(), String> {
        let mut command = Command::new(self.programs.join("createdb"));
        let port = self.port.to_string();
        command.args(["--no-password", "--host", "127.0.0.1", "--username", USER, "--port", &port, name]);
        run(command)
    }

    /// Stops it in order: running transactions are rolled back, connections closed.
    ///
    /// # Errors
    /// When it does not end; it is killed then.
    pub fn stop_gracefully(&mut self) -> Result<(), String> {
        match self.process.take() {
            Some(process) => process.stop("INT").map(drop),
            None => Ok(()),
        }
    }

    /// SIGKILL to all of its processes: what it had not made durable is lost.
    ///
    /// # Errors
    /// When one of them does not go.
    pub fn kill(&mut self) -> Result<(), String> {
        self.process.take().map_or(Ok(()), Process::kill)
    }

    /// Starts it again on the same data and port, after killing it if it still runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<(), String> {
        self.kill()?;
        self.resume()
    }

    /// SIGSTOP to all of its processes: connections stay open and nobody answers.
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> Result<(), String> {
        self.running()?.freeze()
    }

    /// SIGCONT to all of its processes.
    ///
    /// # Errors
    /// When it is not running.
    pub fn thaw(&self) -> Result<(), String> {
        self.running()?.thaw()
    }

    fn running(&self) -> Result<&Process, String> {
        self.process.as_ref().ok_or_else(|| "PostgreSQL is not running".to_owned())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Only making the data goes without syncing. What is committed later is synced.
    fn make_data(&self, options: &Options) -> Result<(), String> {
        let mut command = self.owner.command(&self.programs.join("initdb"));
        command.args(["--username", USER, "--no-locale", "--encoding=UTF8", "--no-sync"]);
        if let Some(password) = &options.password {
            let file = self.folder.path().join("password");
            std::fs::write(&file, password).map_err(|error| format!("{}: {error}", file.display()))?;
            command.arg("--auth=scram-sha-256").arg("--pwfile").arg(file);
        } else {
            command.arg("--auth=trust");
        }
        command.arg("--pgdata").arg(self.data()).current_dir(self.folder.path());
        run(command)?;
        append_settings(&self.data().join("postgresql.conf"), options)
    }

    fn resume(&mut self) -> Result<(), String> {
        let mut command = self.owner.command(&self.programs.join("postgres"));
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        let mut process = Process::start(command, self.folder.path())?;
        let id = process.id();
        until(PATIENCE, || self.is_ready(id) || process.has_ended());
        if !self.is_ready(id) || process.has_ended() {
            return Err(format!("PostgreSQL does not start:\n{}", self.log_tail()));
        }
        self.process = Some(process);
        Ok(())
    }

    /// The postmaster says so in its own file, whose first line is its process id and whose eighth its state.
    fn is_ready(&self, process_id: u32) -> bool {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.first() == Some(&process_id.to_string().as_str()) && lines.get(7) == Some(&"ready")
    }
}

fn append_settings(file: &Path, options: &Options) -> Result<(), String> {
    let problem = |error: std::io::Error| format!("{}: {error}", file.display());
    let ours = [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("max_connections", "400"),
        ("shared_buffers", "128MB"),
    ];
    let theirs = options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut text = std::fs::read_to_string(file).map_err(problem)?;
    for (name, value) in ours.into_iter().chain(theirs) {
        let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
    }
    std::fs::write(file, text).map_err(problem)
}

/// Runs to its end; what it complained of is the error.
fn run(mut command: Command) -> Result<(), String> {
    let ended = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let words = String::from_utf8_lossy(&ended.stderr);
    if ended.status.success() { Ok(()) } else { Err(format!("{command:?}: {}: {words}", ended.status)) }
}
