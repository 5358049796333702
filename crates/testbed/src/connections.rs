//! Pairs of sockets that carry each other's bytes, kept so that they can be closed from outside.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    pairs: HashMap<u64, [TcpStream; 2]>,
}

impl Connections {
    /// Runs `carry` once in each direction on threads of their own, until both have ended.
    pub(crate) fn join<F>(&self, client: TcpStream, upstream: TcpStream, carry: F) -> std::io::Result<()>
    where
        F: Fn(&TcpStream, &TcpStream) + Clone + Send + 'static,
    {
        let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
        let number = self.keep([client.try_clone()?, upstream.try_clone()?]);
        let (client_too, upstream_too) = (client.try_clone()?, upstream.try_clone()?);
        let all = self.clone();
        std::thread::spawn(move || {
            let back = carry.clone();
            let answers = std::thread::spawn(move || back(&upstream_too, &client_too));
            carry(&client, &upstream);
            let _ = answers.join();
            all.lock().pairs.remove(&number);
        });
        Ok(())
    }

    /// Closes every connection; the threads that carry find out by themselves.
    pub(crate) fn close_all(&self) {
        for socket in self.lock().pairs.values().flatten() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn keep(&self, pair: [TcpStream; 2]) -> u64 {
        let mut open = self.lock();
        open.next += 1;
        let number = open.next;
        open.pairs.insert(number, pair);
        number
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
