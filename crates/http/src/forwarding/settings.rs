//! The settings' values: the public URL, the trusted proxies and their header.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use ipnet::{IpNet, Ipv4Net};

/// The scheme of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Not encrypted.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    /// The scheme with this name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim_matches([' ', '\t', '"']);
        [Self::Http, Self::Https].into_iter().find(|scheme| name.eq_ignore_ascii_case(scheme.as_str()))
    }

    /// Its name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The URL at which browsers open this site: scheme, host, and the port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    host: String,
}

impl PublicUrl {
    /// The URL of this text, such as `https://tickets.example`; `None` if it is not `http` or `https`, or has
    /// a user, a path or a query.
    pub fn new(text: &str) -> Option<Self> {
        if text.contains(['#', '?', '@']) {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let (scheme, authority) = (Scheme::named(uri.scheme_str()?)?, uri.authority()?);
        let has_port = authority.as_str().len() > authority.host().len();
        let port = authority.port_u16();
        if authority.host().is_empty() || (has_port && port.is_none()) || uri.path() != "/" {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let host = match port.filter(|port| *port != scheme.port()) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        Some(Self { scheme, host })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, with the port if it is not the scheme's own.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)
    }
}

/// The networks of the proxies whose header is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The networks of a list such as `10.0.0.0/8, 192.0.2.7`; `None` if one is neither an address nor a
    /// network. An empty text is an empty list.
    pub fn new(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        text.split(',').map(|one| network(one.trim())).collect::<Option<_>>().map(Self)
    }

    /// Whether an address belongs to a trusted proxy.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A network, or the network of one address. IPv4 addresses written as IPv6 are IPv4.
fn network(text: &str) -> Option<IpNet> {
    let network = match text.split_once('/') {
        None => IpNet::from(text.parse::<IpAddr>().ok()?),
        // ipnet's own parser would also accept 10.08.0.0, which other programs read as octal.
        Some((address, length)) => {
            let is_digits = length.bytes().all(|byte| byte.is_ascii_digit());
            let length = length.parse().ok().filter(|_| is_digits)?;
            IpNet::new(address.parse().ok()?, length).ok()?
        }
    };
    let IpNet::V6(wide) = network else { return Some(network.trunc()) };
    match (wide.addr().to_ipv4_mapped(), wide.prefix_len().checked_sub(96)) {
        (Some(address), Some(length)) => {
            Ipv4Net::new(address, length).ok().map(|network| network.trunc().into())
        }
        _ => Some(network.trunc()),
    }
}

/// The header in which a trusted proxy says for whom it forwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// The header with this name.
    pub fn new(name: &str) -> Option<Self> {
        match name {
            "x-forwarded-for" => Some(Self::XForwardedFor),
            "forwarded" => Some(Self::Forwarded),
            _ => None,
        }
    }
}
