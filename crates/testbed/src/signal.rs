//! Signals, sent by process id.

use std::process::{Command, Stdio};

/// Sends a signal, by its name without SIG.
///
/// # Errors
/// When the process is gone or belongs to somebody else.
pub fn send(process_id: u32, name: &str) -> Result<(), String> {
    let sent = kill(&[process_id], name).stderr(Stdio::null()).status();
    match sent {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("SIG{name} could not be sent to process {process_id}")),
    }
}

/// Sends a signal to each that is still there.
pub(crate) fn send_to_all(process_ids: &[u32], name: &str) {
    if !process_ids.is_empty() {
        let _ = kill(process_ids, name).stderr(Stdio::null()).status();
    }
}

/// The shell's own `kill`: not every image has one as a program.
fn kill(process_ids: &[u32], name: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" \"$@\"", name]).args(process_ids.iter().map(u32::to_string));
    command
}
