//! A Redis server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::folder::Folder;
use crate::owner::Owner;
use crate::port;
use crate::process::{Process, log_tail};
use crate::programs::find_program;
use crate::wait::{PATIENCE, until};

const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What differs from a usual throwaway server.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether it logs its writes to a file, synced every second. Else a restart begins empty.
    pub append_only: bool,
    /// Its certificate, if it also speaks TLS, on a port of its own.
    pub certificate: Option<Certificate>,
    /// Whether it is a node of a cluster. It has no slots at first, and keeps those it gets over a restart.
    pub is_node: bool,
}

/// A server's certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// The data as they were at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// A Redis server with data of its own, on a loopback port. Stopped and removed on drop.
#[derive(Debug)]
pub struct Redis {
    // Before the folder, which goes after it.
    process: Option<Process>,
    folder: Folder,
    program: PathBuf,
    options: Options,
    port: u16,
    tls_port: Option<u16>,
    /// Where the other nodes of its cluster reach it.
    bus_port: Option<u16>,
}

impl Redis {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// When the program is missing or does not come up; its last words are part of the message.
    pub fn start(options: &Options) -> Result<Self, String> {
        let program = find_program("redis-server")?;
        let folder = Folder::new("redis", &Owner::Myself)?;
        let port = port::free()?;
        let tls_port = options.certificate.as_ref().map(|_| port::free()).transpose()?;
        let bus_port = options.is_node.then(port::free).transpose()?;
        let options = options.clone();
        let mut redis = Self { process: None, folder, program, options, port, tls_port, bus_port };
        redis.resume()?;
        Ok(redis)
    }

    /// Where to connect, as in `redis://127.0.0.1:26379/`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The loopback port; it stays the same over a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The loopback port for TLS, if it has a certificate; it stays the same over a restart.
    pub fn tls_port(&self) -> Option<u16> {
        self.tls_port
    }

    /// The loopback port for the other nodes of its cluster, if it is one.
    pub fn bus_port(&self) -> Option<u16> {
        self.bus_port
    }

    /// The process id, while it runs.
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

    /// Stops it in order.
    ///
    /// # Errors
    /// When it does not end; it is killed then.
    pub fn stop(&mut self) -> Result<(), String> {
        match self.process.take() {
            Some(process) => process.stop("TERM").map(drop),
            None => Ok(()),
        }
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it does not go.
    pub fn kill(&mut self) -> Result<(), String> {
        self.process.take().map_or(Ok(()), Process::kill)
    }

    /// Starts it again on the same port, after killing it if it still runs: empty, unless it is append-only.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<(), String> {
        self.kill()?;
        self.resume()
    }

    /// Copies the data as they are now, without stopping it.
    ///
    /// # Errors
    /// When it does not answer, or its files cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, String> {
        if self.options.append_only {
            return Ok(Snapshot { files: self.read_files("appendonlydir")? });
        }
        self.expect("SAVE", "+OK")?;
        let dump = self.folder.path().join("dump.rdb");
        let content = std::fs::read(&dump).map_err(|error| format!("{}: {error}", dump.display()))?;
        // Else the next restart would not begin empty.
        std::fs::remove_file(&dump).map_err(|error| format!("{}: {error}", dump.display()))?;
        Ok(Snapshot { files: vec![("dump.rdb".into(), content)] })
    }

    /// Restarts it with the data of a snapshot, as if what was written since had been lost.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart_from(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        self.kill()?;
        let log = self.folder.path().join("appendonlydir");
        let _ = std::fs::remove_dir_all(&log);
        for (name, content) in &snapshot.files {
            let file = self.folder.path().join(name);
            let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
            written
                .and_then(|()| std::fs::write(&file, content))
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
        self.resume()?;
        let _ = std::fs::remove_file(self.folder.path().join("dump.rdb"));
        Ok(())
    }

    /// SIGSTOP: connections stay open and nobody answers.
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> Result<(), String> {
        self.running()?.freeze()
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it is not running.
    pub fn thaw(&self) -> Result<(), String> {
        self.running()?.thaw()
    }

    fn running(&self) -> Result<&Process, String> {
        self.process.as_ref().ok_or_else(|| "Redis is not running".to_owned())
    }

    fn resume(&mut self) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--daemonize", "no"]);
        command.arg("--dir").arg(self.folder.path()).args(["--save", "", "--appendfsync", "everysec"]);
        command.args(["--appendonly", if self.options.append_only { "yes" } else { "no" }]);
        if let (Some(Certificate { certificate, key }), Some(port)) =
            (&self.options.certificate, self.tls_port)
        {
            command.args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"]);
            command.arg("--tls-cert-file").arg(certificate).arg("--tls-key-file").arg(key);
        }
        if let Some(port) = self.bus_port {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &port.to_string()]);
            // The others notice its death within this time, in milliseconds.
            command.args(["--cluster-node-timeout", "500", "--cluster-require-full-coverage", "no"]);
        }
        let mut process = Process::start(command, self.folder.path())?;
        let answers = || self.expect("PING", "+PONG").is_ok();
        if !until(PATIENCE, || process.has_ended() || answers()) || process.has_ended() {
            return Err(format!("Redis does not start:\n{}", self.log_tail()));
        }
        self.process = Some(process);
        Ok(())
    }

    /// One command on a connection of its own.
    pub(crate) fn expect(&self, command: &str, expected: &str) -> Result<(), String> {
        let answer =
            self.ask(command, expected.len()).map_err(|error| format!("Redis, {command}: {error}"))?;
        if answer == expected.as_bytes() { Ok(()) } else { Err(format!("Redis, {command}: not {expected}")) }
    }

    fn ask(&self, command: &str, length: usize) -> std::io::Result<Vec<u8>> {
        let mut answer = vec![0; length];
        self.send(command)?.read_exact(&mut answer)?;
        Ok(answer)
    }

    /// The answer to one command that is a number or a text.
    pub(crate) fn read(&self, command: &str) -> Result<String, String> {
        let problem = |error: std::io::Error| format!("Redis, {command}: {error}");
        let mut answers = BufReader::new(self.send(command).map_err(problem)?);
        let mut first = String::new();
        answers.read_line(&mut first).map_err(problem)?;
        let (kind, value) = first.trim_end().split_at_checked(1).unwrap_or_default();
        match (kind, value.parse()) {
            (":", _) => Ok(value.to_owned()),
            ("$", Ok(length)) => {
                let mut text = vec![0; length];
                answers.read_exact(&mut text).map_err(problem)?;
                Ok(String::from_utf8_lossy(&text).into_owned())
            }
            _ => Err(format!("Redis, {command}: {}", first.trim_end())),
        }
    }

    fn send(&self, command: &str) -> std::io::Result<TcpStream> {
        let mut connection = TcpStream::connect(port::local(self.port))?;
        connection.set_read_timeout(Some(ANSWERS_WITHIN))?;
        connection.write_all(format!("{command}\r\n").as_bytes())?;
        Ok(connection)
    }

    fn read_files(&self, folder: &str) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
        let path = self.folder.path().join(folder);
        let problem = |error: std::io::Error| format!("{}: {error}", path.display());
        let entries = std::fs::read_dir(&path).map_err(problem)?;
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok((Path::new(folder).join(entry.file_name()), std::fs::read(entry.path())?))
        };
        entries.map(read).collect::<std::io::Result<_>>().map_err(problem)
    }
}
