//! A server's process and its children.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::wait::{PATIENCE, until};
use crate::{signal, wait};

/// How much of a log is worth showing when something failed.
const TAIL_LINES: usize = 20;

/// A running process, killed with its children on drop.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts `command` inside `folder`, in a process group of its own, so that Ctrl-C reaches only us.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Result<Self, String> {
        let log = log_file(folder)?;
        let errors = log.try_clone().map_err(|error| format!("the log: {error}"))?;
        command.current_dir(folder).process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        Ok(Self { child })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it, then its children, in their tracks: nobody answers, nothing is closed.
    pub(crate) fn freeze(&self) -> Result<(), String> {
        signal::send(self.id(), "STOP")?;
        // Only a parent that has really stopped has no more children.
        if !wait::until(PATIENCE, || matches!(state(self.id()), Some('T' | 'Z') | None)) {
            return Err(format!("process {} does not stop", self.id()));
        }
        signal::send_to_all(&descendants(self.id()), "STOP");
        Ok(())
    }

    /// Lets it go on where it was.
    pub(crate) fn thaw(&self) -> Result<(), String> {
        signal::send_to_all(&descendants(self.id()), "CONT");
        signal::send(self.id(), "CONT")
    }

    /// SIGKILL to it and its children, and waits until they are gone.
    pub(crate) fn kill(mut self) -> Result<(), String> {
        self.end()
    }

    /// Asks it to stop by a signal, and waits for the end.
    pub(crate) fn stop(mut self, name: &str) -> Result<ExitStatus, String> {
        let _ = self.thaw();
        signal::send(self.id(), name)?;
        if !until(PATIENCE, || self.has_ended()) {
            return Err(format!("process {} has not ended after SIG{name}", self.id()));
        }
        self.child.wait().map_err(|error| error.to_string())
    }

    fn end(&mut self) -> Result<(), String> {
        if self.has_ended() {
            return Ok(());
        }
        self.freeze()?;
        let children = descendants(self.id());
        self.child.kill().map_err(|error| error.to_string())?;
        signal::send_to_all(&children, "KILL");
        self.child.wait().map_err(|error| error.to_string())?;
        let are_gone = || children.iter().all(|id| matches!(state(*id), Some('Z' | 'X') | None));
        if until(PATIENCE, are_gone) {
            Ok(())
        } else {
            Err("killed, but its children are still there".to_owned())
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Where the processes of a folder log to.
pub(crate) fn log_path(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// The last lines that were logged.
pub(crate) fn log_tail(folder: &Path) -> String {
    let log = std::fs::read(log_path(folder)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

fn log_file(folder: &Path) -> Result<File, String> {
    let path = log_path(folder);
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Children, their children, and so on.
fn descendants(ancestor: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let all: Vec<(u32, u32)> = processes
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((id, stat_field(id, 1)?.parse().ok()?))
        })
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(all.iter().filter(|(_, its_parent)| *its_parent == parent).map(|(id, _)| id));
        next += 1;
    }
    found.split_off(1)
}

/// T is stopped, Z is dead but not yet asked about by its parent; none is gone.
fn state(id: u32) -> Option<char> {
    stat_field(id, 0)?.chars().next()
}

/// Counted after the program's name, which may hold anything: 0 is the state, 1 the parent.
fn stat_field(id: u32, place: usize) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(place).map(str::to_owned)
}
