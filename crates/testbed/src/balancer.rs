//! A balancer to try a cluster with: TCP, round robin, and nothing else.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::acceptor::Acceptor;
use crate::connections::Connections;

const CONNECTS_WITHIN: Duration = Duration::from_secs(2);

/// Gives each connection to the next upstream that takes it. Its connections and threads end on drop.
#[derive(Debug)]
pub struct Balancer {
    acceptor: Option<Acceptor>,
    address: SocketAddr,
    connections: Connections,
}

impl Balancer {
    /// Listens on `address` for `upstreams`. One that refuses is passed over; one that is frozen is not
    /// noticed.
    ///
    /// # Errors
    /// When the address is taken.
    pub fn start(address: SocketAddr, upstreams: Vec<SocketAddr>) -> Result<Self, String> {
        let connections = Connections::default();
        let (all, next) = (connections.clone(), AtomicUsize::new(0));
        let take = move |client: TcpStream| {
            let first = next.fetch_add(1, Ordering::Relaxed);
            let server = (0..upstreams.len()).find_map(|place| {
                let upstream = upstreams.get((first + place) % upstreams.len())?;
                TcpStream::connect_timeout(upstream, CONNECTS_WITHIN).ok()
            });
            // With nobody left the client is dropped.
            let _ = server.map(|server| all.join(client, server, forward));
        };
        let acceptor = Acceptor::start(address, take)?;
        Ok(Self { address: acceptor.address(), acceptor: Some(acceptor), connections })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.acceptor = None;
        self.connections.close_all();
    }
}

fn forward(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    // However it ended, both sides must hear of it.
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
