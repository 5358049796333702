//! Reads the headers of a trusted proxy.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use super::settings::{ForwardedHeader, Scheme, TrustedProxies};

/// What a trusted proxy says about a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// Who connected to each proxy, the nearest last; `None` for what is not an address.
    addresses: Vec<Option<IpAddr>>,
    /// The scheme that the client used: of several, the first, since each proxy adds its own at the end.
    pub(super) scheme: Option<Scheme>,
    /// The host that the client asked for.
    pub(super) host: Option<String>,
}

impl Forwarded {
    pub(super) fn read(header: ForwardedHeader, headers: &HeaderMap) -> Self {
        match header {
            ForwardedHeader::XForwardedFor => Self {
                addresses: list(headers, "x-forwarded-for").map(address).collect(),
                scheme: list(headers, "x-forwarded-proto").next().and_then(Scheme::named),
                host: list(headers, "x-forwarded-host").next().and_then(host),
            },
            ForwardedHeader::Forwarded => Self::read_standard(headers),
        }
    }

    /// Reads `Forwarded` (RFC 7239), such as `for=192.0.2.7;proto=https, for="[2001:db8::1]:80"`.
    fn read_standard(headers: &HeaderMap) -> Self {
        let mut read = Self::default();
        for element in list(headers, "forwarded") {
            let mut node = None;
            for pair in element.split(';') {
                let Some((name, value)) = pair.split_once('=') else { continue };
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => node = Some(address(value)),
                    "proto" if read.scheme.is_none() => read.scheme = Scheme::named(value),
                    "host" if read.host.is_none() => read.host = host(value),
                    _ => {}
                }
            }
            read.addresses.extend(node);
        }
        read
    }

    /// The client: going back from the peer, the first address that is not a trusted proxy's. Where an
    /// address cannot be read, it is the proxy before it.
    pub(super) fn client(&self, peer: Option<IpAddr>, trusted: &TrustedProxies) -> Option<IpAddr> {
        let mut client = peer?;
        for address in self.addresses.iter().rev() {
            if !trusted.contains(client) {
                break;
            }
            let Some(address) = address else { break };
            client = *address;
        }
        Some(client)
    }
}

/// The elements of a header that is a list, perhaps in several lines. Empty ones do not count. One that is
/// not ASCII is unknown, but not those that proxies added to it.
fn list<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let elements = headers.get_all(name).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let texts = elements.map(|element| {
        str::from_utf8(element).ok().filter(|text| text.is_ascii()).map_or("unknown", str::trim)
    });
    texts.filter(|element| !element.is_empty())
}

/// An address as proxies write it: with or without a port, IPv6 in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// A host as proxies write it.
fn host(text: &str) -> Option<String> {
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_host)).then(|| text.to_ascii_lowercase())
}
