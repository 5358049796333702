//! An `onsale serve` process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::folder::Folder;
use crate::http::is_ok;
use crate::owner::Owner;
use crate::port;
use crate::process::{Process, log_path, log_tail};
use crate::wait::{PATIENCE, until};

/// An instance of onsale in a folder of its own, on a loopback port. Killed and removed on drop.
#[derive(Debug)]
pub struct Instance {
    // Before the folder, which goes after it.
    process: Option<Process>,
    folder: Folder,
    binary: PathBuf,
    environment: Vec<(String, String)>,
    address: SocketAddr,
}

impl Instance {
    /// Starts `binary serve` with these settings and no others, and waits until it is alive. Where it listens
    /// is for us to say.
    ///
    /// # Errors
    /// When it does not come up; its last words are part of the message.
    pub fn start(binary: &Path, environment: &[(String, String)]) -> Result<Self, String> {
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let folder = Folder::new("instance", &Owner::Myself)?;
        let address = port::local(port::free()?);
        let mut instance = Self { process: None, folder, binary, environment: environment.to_vec(), address };
        instance.resume()?;
        Ok(instance)
    }

    /// Where it listens; it stays the same over a restart.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Its process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Whether its process is still there; it may have stopped by itself.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| !process.has_ended())
    }

    /// Where it keeps its data, if its settings do not say so.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("onsale-data")
    }

    /// Where it logs to.
    pub fn log(&self) -> PathBuf {
        log_path(self.folder.path())
    }

    /// What it logged last.
    pub fn log_tail(&self) -> String {
        log_tail(self.folder.path())
    }

    /// Waits until it says that it can serve.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait_until_ready(&self, patience: Duration) -> Result<(), String> {
        if until(patience, || is_ok(self.address, "/readyz")) {
            return Ok(());
        }
        Err(format!("{} is not ready after {patience:?}:\n{}", self.address, self.log_tail()))
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it does not go.
    pub fn kill(&mut self) -> Result<(), String> {
        self.process.take().map_or(Ok(()), Process::kill)
    }

    /// SIGTERM, and waits for an end in order.
    ///
    /// # Errors
    /// When it does not end, or ends with a failure.
    pub fn stop(&mut self) -> Result<(), String> {
        let Some(process) = self.process.take() else { return Ok(()) };
        let status = process.stop("TERM")?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("onsale stopped with {status}:\n{}", self.log_tail()))
        }
    }

    /// Starts it again in the same folder and on the same port, after killing it if it still runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<(), String> {
        self.kill()?;
        self.resume()
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
        self.process.as_ref().ok_or_else(|| "the instance is not running".to_owned())
    }

    fn resume(&mut self) -> Result<(), String> {
        let mut command = Command::new(&self.binary);
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("ONSALE_")) {
            command.env_remove(name);
        }
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.arg("serve").envs(environment).env("ONSALE_LISTEN", self.address.to_string());
        let mut process = Process::start(command, self.folder.path())?;
        let is_alive = || is_ok(self.address, "/livez");
        if !until(PATIENCE, || process.has_ended() || is_alive()) || process.has_ended() {
            return Err(format!("onsale does not start:\n{}", self.log_tail()));
        }
        self.process = Some(process);
        Ok(())
    }
}
