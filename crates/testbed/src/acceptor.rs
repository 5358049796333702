//! A listening socket and the thread that waits on it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Hands every connection on. Closes its socket on drop, so that the next one is refused.
#[derive(Debug)]
pub(crate) struct Acceptor {
    address: SocketAddr,
    is_closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    pub(crate) fn start(
        address: SocketAddr,
        take: impl Fn(TcpStream) + Send + 'static,
    ) -> Result<Self, String> {
        let problem = |error: std::io::Error| format!("cannot listen on {address}: {error}");
        let listener = TcpListener::bind(address).map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        let is_closing = Arc::<AtomicBool>::default();
        let flag = Arc::clone(&is_closing);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if flag.load(Ordering::Acquire) {
                    return;
                }
                if let Ok(connection) = connection {
                    take(connection);
                }
            }
        });
        Ok(Self { address, is_closing, thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Release);
        // One more connection wakes the thread.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let _ = thread.join();
        }
    }
}
