//! Secrets that nobody knows beforehand: onsale refuses those that stand in its own files.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;

const BYTES: usize = 32;

/// Another secret at every call, as 64 hexadecimal digits.
///
/// # Errors
/// When the system has no source of randomness.
pub fn random() -> Result<String, String> {
    let mut bytes = [0; BYTES];
    let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.map_err(|error| format!("/dev/urandom: {error}"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
