//! How clients reach this server: directly, or through proxies that say for whom they forward.
//!
//! The public URL, where it is set, decides scheme and host. Otherwise the headers of trusted proxies do, and
//! the same headers from anybody else are ignored: any client can send them.

mod header;
mod settings;

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::HOST;

use self::header::Forwarded;
pub use self::settings::{ForwardedHeader, PublicUrl, Scheme, TrustedProxies};

/// The address of the other end of a connection: a client or a proxy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How clients reach this server.
#[derive(Debug, Clone, Default)]
pub struct Forwarding {
    /// The URL at which browsers open this site.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose header is believed.
    pub trusted_proxies: TrustedProxies,
    /// The header that they set.
    pub header: ForwardedHeader,
}

/// How a request left its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The scheme; `None` if neither a setting nor a trusted proxy says.
    scheme: Option<Scheme>,
    /// The host, with a port that is not the scheme's own.
    host: String,
    /// Whether `host` is from the settings.
    is_public: bool,
    /// The client, or the last proxy that is not trusted.
    pub(crate) client: Option<IpAddr>,
}

impl Forwarding {
    /// How a request left its client; `peer` is the other end of its connection.
    pub(crate) fn arrival(&self, peer: Option<Peer>, headers: &HeaderMap) -> Arrival {
        let peer = peer.map(|Peer(address)| address.to_canonical());
        let forwarded = self.believed(peer, headers);
        let client = match &forwarded {
            Some(forwarded) => forwarded.client(peer, &self.trusted_proxies),
            None => peer,
        };
        if let Some(url) = &self.public_url {
            let (scheme, host) = (Some(url.scheme()), url.host().to_owned());
            return Arrival { scheme, host, is_public: true, client };
        }
        let (scheme, host) = forwarded.map_or((None, None), |forwarded| (forwarded.scheme, forwarded.host));
        let sent = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_else(|| sent.unwrap_or_default().to_ascii_lowercase());
        Arrival { scheme, host, is_public: false, client }
    }

    /// Whether a request left its client over https.
    pub(crate) fn is_https(&self, peer: Option<Peer>, headers: &HeaderMap) -> bool {
        if let Some(url) = &self.public_url {
            return url.scheme() == Scheme::Https;
        }
        let peer = peer.map(|Peer(address)| address.to_canonical());
        self.believed(peer, headers).and_then(|forwarded| forwarded.scheme) == Some(Scheme::Https)
    }

    /// What a trusted proxy says.
    fn believed(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Forwarded> {
        let peer = peer.filter(|peer| self.trusted_proxies.contains(*peer));
        peer.map(|_| Forwarded::read(self.header, headers))
    }
}

impl Arrival {
    /// Whether the request left its client over https.
    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Some(Scheme::Https)
    }

    /// Whether scheme and host are from the settings.
    pub(crate) fn is_public(&self) -> bool {
        self.is_public
    }

    /// The URL of this site without a path, like `https://tickets.example`.
    pub(crate) fn base_url(&self) -> String {
        format!("{}://{}", self.scheme.unwrap_or(Scheme::Http).as_str(), self.host)
    }

    /// Whether the value of an `Origin` header is this site.
    pub(crate) fn is_origin(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(scheme, host)| {
            let is_scheme = self.scheme.is_none_or(|own| scheme.eq_ignore_ascii_case(own.as_str()));
            is_scheme && !host.is_empty() && host.eq_ignore_ascii_case(&self.host)
        })
    }
}

#[cfg(test)]
mod foreign_bytes;
#[cfg(test)]
mod tests;
