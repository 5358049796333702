//! Servers under load, in processes of their own: onsale and the bare yardstick.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server process, killed when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts onsale, built in release mode, in an empty folder.
    pub(crate) fn onsale(folder: &Path, secret: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(beside_me("onsale"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "info"]).args(flags).current_dir(folder);
        command.env("ONSALE_TOKEN_SECRET", secret);
        Self::start(command)
    }

    /// Starts the bare axum yardstick.
    pub(crate) fn bare_axum(body: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("our own path"));
        command.args(["bare-axum", body]);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
        let address = lines
            .by_ref()
            .find_map(|line| {
                let line: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
                line["address"].as_str()?.strip_prefix("http://")?.parse().ok()
            })
            .expect("the program logs its address");
        // Keep reading, so that it never blocks on its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most resident memory in MiB since [`Server::forget_peak`].
    pub(crate) fn peak_mib(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Starts the measurement of the peak again.
    pub(crate) fn forget_peak(&self) {
        // See proc(5): 5 resets the peak resident set size.
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("our own child");
    }

    fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib =
            status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok());
        kib.unwrap_or(0_u64) / 1_024
    }

    /// CPU time spent so far, in clock ticks of 10 ms.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let field = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        field(11) + field(12)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that was built together with this one.
pub(crate) fn beside_me(name: &str) -> PathBuf {
    std::env::current_exe().expect("our own path").with_file_name(name)
}
