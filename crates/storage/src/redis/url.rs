//! Parsing the URL of Redis. No message repeats what may be a password.

use std::path::Path;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use rustls::crypto::ring;

use crate::percent::decoded;
use crate::tls::roots_in;

const FORM: &str = "it must look like redis://user:password@host:port/, with host1:port1,host2:port2 for a cluster and \
    rediss://... for TLS, and characters such as @ : / ? # % in user or password must be percent-encoded";
const INSECURE: &str = "a certificate is always checked: name the file of its authority with sslrootcert";

/// A parsed URL.
pub(super) struct Address {
    /// The servers in it, with the user and the password. At least one.
    pub(super) servers: Vec<ConnectionInfo>,
    /// For TLS: whose certificates are trusted.
    pub(super) certificates: Option<TlsCertificates>,
    /// For messages: no user, no password.
    pub(super) shown: String,
}

/// Parses a URL. It names one server, or some nodes of a cluster, separated by commas. With `rediss`, a
/// server's certificate must be for its host name, and issued by one of the authorities in the file
/// `sslrootcert` or by one of the system's.
///
/// # Errors
/// A message that says what is wrong.
pub(super) fn read(url: &str) -> Result<Address, String> {
    let (scheme, rest) = url.split_once("://").ok_or(FORM)?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    if place.ends_with("#insecure") || query.ends_with("#insecure") {
        return Err(INSECURE.to_owned());
    }
    // An unencoded password would end up in another part, and be shown.
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    if !matches!(scheme, "redis" | "rediss") || rest.contains('#') || [database, query].concat().contains('@')
    {
        return Err(FORM.to_owned());
    }
    let mut roots = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslrootcert", file)) if scheme == "rediss" => roots = Some(decoded(file).ok_or(FORM)?),
            Some(("sslrootcert", _)) => return Err("sslrootcert needs rediss://".to_owned()),
            _ => return Err("its only parameter is sslrootcert, the file of an authority".to_owned()),
        }
    }
    let (user, hosts) = authority.rfind('@').map_or(("", authority), |at| authority.split_at(at + 1));
    let servers: Vec<_> = hosts
        .split(',')
        .map(|host| server(&format!("{scheme}://{user}{host}/{database}")))
        .collect::<Result<_, _>>()?;
    let hosts =
        servers.iter().map(|server| host_of(server.addr())).collect::<Option<Vec<_>>>().ok_or(FORM)?;
    let database = servers.first().map_or(0, |server| server.redis_settings().db());
    let certificates = if scheme == "rediss" {
        // The library asks rustls for the default. Another may have been set before, which will do as well.
        let _ = ring::default_provider().install_default();
        let root_cert = roots.map(|file| roots_in(Path::new(&file)).map(|(_, pem)| pem)).transpose()?;
        Some(TlsCertificates { client_tls: None, root_cert })
    } else {
        None
    };
    Ok(Address { servers, certificates, shown: format!("{scheme}://{}/{database}", hosts.join(",")) })
}

fn server(url: &str) -> Result<ConnectionInfo, String> {
    let url = redis::parse_redis_url(url).ok_or(FORM)?;
    url.into_connection_info().map_err(|error| error.to_string())
}

/// Host and port, as in a URL.
fn host_of(address: &ConnectionAddr) -> Option<String> {
    let (ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) = address else {
        return None;
    };
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Some(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        read(url).err().unwrap_or_else(|| panic!("{url} was understood"))
    }

    #[test]
    fn a_url_names_a_server_a_user_and_whether_to_encrypt() {
        let address = read("redis://ann:s%40cret@cache.example/3").unwrap();
        assert_eq!(address.shown, "redis://cache.example:6379/3");
        let settings = address.servers[0].redis_settings();
        assert_eq!((settings.username(), settings.password()), (Some("ann"), Some("s@cret")));
        let address = read("rediss://:secret@[::1]:6380").unwrap();
        assert_eq!(address.shown, "rediss://[::1]:6380/0");
        let settings = address.servers[0].redis_settings();
        assert_eq!((settings.username(), settings.password()), (None, Some("secret")));
        assert!(matches!(address.servers[0].addr(), ConnectionAddr::TcpTls { insecure: false, .. }));
    }

    #[test]
    fn a_url_names_several_nodes_of_a_cluster() {
        let address = read("redis://ann:one%2Ctwo@a.example,b.example:7001,[::1]:7002").unwrap();
        assert_eq!(address.shown, "redis://a.example:6379,b.example:7001,[::1]:7002/0");
        for server in &address.servers {
            let settings = server.redis_settings();
            assert_eq!((settings.username(), settings.password()), (Some("ann"), Some("one,two")));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (url, word) in [
            ("redis", "redis://user"),
            ("http://cache", "redis://user"),
            ("redis://", "hostname"),
            ("redis://one,,two", "hostname"),
            ("redis://one,two:port", "redis://user"),
            ("redis://cache:port", "redis://user"),
            ("redis://cache/zero", "database"),
            ("redis://cache?sslrootcert=/ca.pem", "rediss://"),
            ("rediss://cache?protocol=resp3", "only parameter"),
            ("rediss://cache?sslrootcert=/no/such.pem", "/no/such.pem"),
            ("rediss://cache/#insecure", "always checked"),
        ] {
            assert!(refused(url).contains(word), "{url}: {}", refused(url));
        }
    }

    #[test]
    fn a_password_is_never_repeated() {
        for url in [
            "redis://ann:hunter2/x@cache",
            "redis://ann:hunter2?x@cache",
            "redis://ann:hunter2#x@cache",
            "redis://ann:hunter2@cache:x",
            "redis://ann:%ff-hunter2@cache",
            "redis://ann:hunter2@cache/hunter2",
            "rediss://ann@cache?password=hunter2",
        ] {
            assert!(!refused(url).contains("hunter2"), "{url}: {}", refused(url));
        }
        assert!(!read("redis://ann:hunter2@x@cache").is_ok_and(|address| address.shown.contains("hunter2")));
    }
}
