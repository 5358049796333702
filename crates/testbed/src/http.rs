//! One question over HTTP, for which nobody needs a client: are you well?

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// How an answer of 200 begins.
const OK: &[u8] = b"HTTP/1.1 200";

/// Whether the answer to a GET is a 200.
pub(crate) fn is_ok(address: SocketAddr, path: &str) -> bool {
    ask("GET", address, path).unwrap_or(false)
}

/// Whether a DELETE was answered with a 200.
#[cfg(feature = "browser")]
pub(crate) fn delete(address: SocketAddr, path: &str) -> bool {
    ask("DELETE", address, path).unwrap_or(false)
}

fn ask(method: &str, address: SocketAddr, path: &str) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect_timeout(&address, ANSWERS_WITHIN)?;
    connection.set_read_timeout(Some(ANSWERS_WITHIN))?;
    write!(connection, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; OK.len()];
    connection.read_exact(&mut start)?;
    Ok(start == *OK)
}
