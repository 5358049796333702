//! Free ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::chance;

/// Below the ports that systems give to outgoing connections (Linux: from 32,768). A server that is down for
/// a moment would lose one of those: to a client's own end, or to a client that connects to itself.
const LOWEST: u16 = 20_000;
const COUNT: u16 = 12_000;
const TRIES: u32 = 1_000;

/// A loopback port that nobody listens on at the moment.
///
/// # Errors
/// When all are taken.
pub fn free() -> Result<u16, String> {
    (0..TRIES)
        .map(|_| LOWEST + u16::try_from(chance::number() % u64::from(COUNT)).unwrap_or(0))
        .find(|port| TcpListener::bind(local(*port)).is_ok())
        .ok_or_else(|| format!("no free port between {LOWEST} and {}", LOWEST + COUNT))
}

/// This port on this machine.
pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
