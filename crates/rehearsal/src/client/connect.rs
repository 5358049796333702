//! Opens connections over TCP or TLS, from as many source addresses as needed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Uri;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

/// How long it may take to open a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// One source address has about 28,000 ports for one server, so loopback connections use several addresses.
const LOOPBACK_SOURCES: u8 = 8;
/// How much hyper reads at once. Answers are small, and there may be tens of thousands of connections.
const BUFFER_BYTES: usize = 16 * 1024;

/// Opens connections to onsale.
pub(crate) struct Connector {
    addresses: Vec<Address>,
    next_address: AtomicUsize,
    next_source: AtomicU8,
}

/// The address of an instance or a balancer.
struct Address {
    host: String,
    port: u16,
    authority: HeaderValue,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// A connector to the hosts of `urls`, in turn.
    pub(crate) fn new(urls: &[Uri]) -> Result<Self, String> {
        let addresses = urls.iter().map(Address::new).collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err("there is no address".to_owned());
        }
        Ok(Self { addresses, next_address: AtomicUsize::new(0), next_source: AtomicU8::new(0) })
    }

    /// The `Host` header: instances accept any, and a balancer has one name.
    pub(crate) fn host(&self) -> &HeaderValue {
        &self.addresses[0].authority
    }

    /// Opens a connection to the next address that accepts it. A task drives it for as long as the sender
    /// lives.
    pub(crate) async fn open(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let first = self.next_address.fetch_add(1, Ordering::Relaxed);
        let mut last = io::ErrorKind::AddrNotAvailable.into();
        for place in 0..self.addresses.len() {
            let address = &self.addresses[(first + place) % self.addresses.len()];
            match tokio::time::timeout(PATIENCE, self.enter(address)).await {
                Ok(Ok(sender)) => return Ok(sender),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }

    async fn enter(&self, address: &Address) -> io::Result<SendRequest<Full<Bytes>>> {
        let stream = self.reach(address).await?;
        stream.set_nodelay(true)?;
        match &address.tls {
            None => drive(TokioIo::new(stream)).await,
            Some((tls, name)) => drive(TokioIo::new(tls.connect(name.clone(), stream).await?)).await,
        }
    }

    async fn reach(&self, address: &Address) -> io::Result<TcpStream> {
        let mut last = io::ErrorKind::AddrNotAvailable.into();
        for address in tokio::net::lookup_host((address.host.as_str(), address.port)).await? {
            match self.reach_one(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn reach_one(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let IpAddr::V4(server) = address.ip() else { return TcpStream::connect(address).await };
        if !server.is_loopback() {
            return TcpStream::connect(address).await;
        }
        let mut tries = 0;
        loop {
            let place = self.next_source.fetch_add(1, Ordering::Relaxed) % LOOPBACK_SOURCES;
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1 + place));
            let connected = match socket.bind(SocketAddr::new(source, 0)) {
                Ok(()) => socket.connect(address).await,
                Err(error) => Err(error),
            };
            tries += 1;
            match connected {
                Err(error) if is_out_of_ports(&error) && tries < LOOPBACK_SOURCES => {}
                done => return done,
            }
        }
    }
}

impl Address {
    fn new(url: &Uri) -> Result<Self, String> {
        let authority = url.authority().ok_or("the address has no host")?.as_str();
        let host = url.host().ok_or("the address has no host")?.trim_matches(['[', ']']).to_owned();
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let tls = if is_tls { Some(tls(&host)?) } else { None };
        let authority = HeaderValue::from_str(authority).map_err(|error| error.to_string())?;
        Ok(Self { host, port, authority, tls })
    }
}

fn is_out_of_ports(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable)
}

async fn drive<T>(io: T) -> io::Result<SendRequest<Full<Bytes>>>
where
    T: Read + Write + Send + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES);
    let (sender, connection) = builder.handshake(io).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        // The sender reports the end of the connection.
        let _ = connection.await;
    });
    Ok(sender)
}

fn tls(host: &str) -> Result<(TlsConnector, ServerName<'static>), String> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // Certificates that cannot be read are skipped.
        let _ = roots.add(certificate);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}
