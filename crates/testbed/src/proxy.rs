//! A network that fails on command, between a client and one server.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::acceptor::Acceptor;
use crate::connections::Connections;
use crate::gate::{Fate, Gate, Passage};
use crate::port;

const BUFFER_BYTES: usize = 64 * 1024;
/// Pieces on their way in one direction. Beyond that the sender has to wait, as for a full window.
const ON_THE_WAY: usize = 256;

/// A TCP proxy on a loopback port. Its connections and threads end on drop.
#[derive(Debug)]
pub struct Proxy {
    upstream: SocketAddr,
    address: SocketAddr,
    acceptor: Option<Acceptor>,
    connections: Connections,
    gate: Arc<Gate>,
}

impl Proxy {
    /// Forwards every connection to `upstream`, which need not be there yet.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(upstream: SocketAddr) -> Result<Self, String> {
        let address = port::local(port::free()?);
        let connections = Connections::default();
        let mut proxy = Self { upstream, address, acceptor: None, connections, gate: Arc::new(Gate::new()) };
        proxy.listen()?;
        Ok(proxy)
    }

    /// Where clients connect to; it stays the same.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Drops every connection with what is on its way, and refuses new ones.
    pub fn cut(&mut self) {
        self.acceptor = None;
        self.gate.set_passage(Passage::Cut);
        self.connections.close_all();
    }

    /// Keeps connections open, takes new ones, and lets no byte through. What was sent arrives after healing.
    ///
    /// # Errors
    /// When it was cut, and its port is taken by now.
    pub fn stall(&mut self) -> Result<(), String> {
        self.gate.set_passage(Passage::Stalled);
        self.listen()
    }

    /// Lets everything through to the server, and nothing of what it answers. What was dropped never arrives:
    /// cut the connections before healing.
    ///
    /// # Errors
    /// When it was cut, and its port is taken by now.
    pub fn mute(&mut self) -> Result<(), String> {
        self.gate.set_passage(Passage::Muted);
        self.listen()
    }

    /// Lets everything through again.
    ///
    /// # Errors
    /// When it was cut, and its port is taken by now.
    pub fn heal(&mut self) -> Result<(), String> {
        self.gate.set_passage(Passage::Open);
        self.listen()
    }

    /// How much later bytes arrive, in each direction, from now on.
    pub fn delay(&self, delay: Duration) {
        self.gate.set_delay(delay);
    }

    fn listen(&mut self) -> Result<(), String> {
        if self.acceptor.is_some() {
            return Ok(());
        }
        let (upstream, connections, gate) = (self.upstream, self.connections.clone(), Arc::clone(&self.gate));
        let take = move |client: TcpStream| {
            let cuts = gate.cuts();
            let gate = Arc::clone(&gate);
            let carry = move |from: &TcpStream, to: &TcpStream| {
                let is_answer = from.peer_addr().is_ok_and(|peer| peer == upstream);
                forward(from, to, |due| gate.pass(due, cuts, is_answer), || gate.due());
            };
            // A client of an upstream that is not there is dropped.
            let _ = TcpStream::connect(upstream).and_then(|server| connections.join(client, server, carry));
        };
        self.acceptor = Some(Acceptor::start(self.address, take)?);
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Reads and writes on two threads, so that pieces that come one after the other are late by the same delay.
fn forward(
    from: &TcpStream,
    to: &TcpStream,
    pass: impl Fn(Instant) -> Fate,
    due: impl Fn() -> Instant + Send,
) {
    std::thread::scope(|threads| {
        let (sender, receiver) = sync_channel(ON_THE_WAY);
        threads.spawn(move || read(from, &sender, due));
        write(to, &receiver, pass);
        // However it ended, both sides must hear of it.
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}

/// An empty piece is the end, which takes its time as well.
fn read(mut from: &TcpStream, sender: &SyncSender<(Instant, Vec<u8>)>, due: impl Fn() -> Instant) {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        if sender.send((due(), buffer[..length].to_vec())).is_err() || length == 0 {
            return;
        }
    }
}

fn write(mut to: &TcpStream, receiver: &Receiver<(Instant, Vec<u8>)>, pass: impl Fn(Instant) -> Fate) {
    for (due, piece) in receiver {
        match pass(due) {
            Fate::Passed => {}
            Fate::Dropped => continue,
            Fate::Lost => return,
        }
        if piece.is_empty() || to.write_all(&piece).is_err() {
            return;
        }
    }
}
