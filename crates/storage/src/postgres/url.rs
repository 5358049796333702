//! Parsing the URL of a server, or of several of which one can be written to. No message repeats what may be
//! a password.

use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::percent::decoded;
use crate::tls::Trust;

const FORM: &str = "it must look like postgres://user:password@host:port/database?sslmode=verify-full, and characters \
    such as @ : / ? # % in user or password must be percent-encoded";

/// A parsed URL.
pub(super) struct Address {
    /// At least one, in the order in which they are tried.
    pub(super) servers: Vec<Server>,
    pub(super) trust: Trust,
    /// For messages: no password, no user.
    pub(super) shown: String,
}

/// One server of a URL.
pub(super) struct Server {
    pub(super) config: Config,
    /// For messages: host and port.
    pub(super) shown: String,
}

/// Parses a URL.
///
/// # Errors
/// A message that says what is wrong.
pub(super) fn read(url: &str) -> Result<Address, String> {
    let schemes = ["postgres://", "postgresql://"];
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme)).ok_or(FORM)?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // An unencoded password would end up in another part, and be shown.
    if place.matches('@').count() > 1 || place.contains('#') || (query.contains('@') && !place.contains('@'))
    {
        return Err(FORM.to_owned());
    }
    let mut config: Config = format!("postgres://{place}").parse().map_err(|_| FORM)?;
    let (mut mode, mut roots, mut target) = (None, None, None);
    for (name, value) in query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    {
        match name {
            "sslmode" => mode = Some(value),
            "sslrootcert" => roots = Some(PathBuf::from(decoded(value).ok_or(FORM)?)),
            "target_session_attrs" => target = Some(value),
            "host" => {
                for host in decoded(value).ok_or(FORM)?.split(',') {
                    config.host(host);
                }
            }
            "port" => {
                for port in decoded(value).ok_or(FORM)?.split(',') {
                    config.port(port.parse().map_err(|_| "port must be a number from 1 to 65535")?);
                }
            }
            _ => return Err(unknown_parameter(name)),
        }
    }
    let (ssl_mode, trust) = match (mode.unwrap_or("prefer"), roots) {
        ("verify-full", roots) => (SslMode::Require, Trust::Verified { roots }),
        (_, Some(_)) => return Err("sslrootcert needs sslmode=verify-full".to_owned()),
        ("disable", None) => (SslMode::Disable, Trust::AnyServer),
        ("prefer", None) => (SslMode::Prefer, Trust::AnyServer),
        ("require", None) => (SslMode::Require, Trust::AnyServer),
        _ => return Err("sslmode must be disable, prefer, require or verify-full".to_owned()),
    };
    config.ssl_mode(ssl_mode);
    if config.get_user().is_none() {
        return Err("it must name a user".to_owned());
    }
    config.target_session_attrs(target_of(target, config.get_hosts().len())?);
    let servers = servers(&config)?;
    let hosts: Vec<&str> = servers.iter().map(|server| server.shown.as_str()).collect();
    let shown = format!("postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default());
    Ok(Address { servers, trust, shown })
}

/// Of several hosts, only the one that can be written to will do: the others may lag behind it.
fn target_of(target: Option<&str>, hosts: usize) -> Result<TargetSessionAttrs, String> {
    match (target, hosts) {
        (Some("read-write" | "primary"), _) | (None, 2..) => Ok(TargetSessionAttrs::ReadWrite),
        (None | Some("any"), 0 | 1) => Ok(TargetSessionAttrs::Any),
        (Some("any"), 2..) => Err("with several hosts, target_session_attrs must be read-write".to_owned()),
        _ => Err("target_session_attrs must be read-write, primary or, with one host, any".to_owned()),
    }
}

/// One configuration for each host, as libpq pairs hosts and ports.
fn servers(config: &Config) -> Result<Vec<Server>, String> {
    let (hosts, ports) = (config.get_hosts(), config.get_ports());
    if hosts.is_empty() || hosts.iter().any(|host| *host == Host::Tcp(String::new())) {
        return Err("it must name a host".to_owned());
    }
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err("it must name one port, or one for each host".to_owned());
    }
    let server = |(place, host): (usize, &Host)| {
        let port = ports.get(place).or(ports.first()).copied().unwrap_or(5_432);
        let shown = match host {
            Host::Tcp(host) if host.contains(':') => format!("[{host}]:{port}"),
            Host::Tcp(host) => format!("{host}:{port}"),
            Host::Unix(folder) => format!("{}:{port}", folder.display()),
        };
        Server { config: with_host(config, host, port), shown }
    };
    Ok(hosts.iter().enumerate().map(server).collect())
}

/// The same configuration for one host: a `Config` can only be added to.
fn with_host(all: &Config, host: &Host, port: u16) -> Config {
    let mut one = Config::new();
    one.user(all.get_user().unwrap_or_default()).port(port).ssl_mode(all.get_ssl_mode());
    one.target_session_attrs(all.get_target_session_attrs());
    if let Some(password) = all.get_password() {
        one.password(password);
    }
    if let Some(database) = all.get_dbname() {
        one.dbname(database);
    }
    match host {
        Host::Tcp(host) => one.host(host),
        Host::Unix(folder) => one.host_path(folder),
    };
    one
}

fn unknown_parameter(name: &str) -> String {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let name = if is_word { name } else { "" };
    format!(
        "unknown parameter {name:?}; known are sslmode, sslrootcert, target_session_attrs, host and \
         port"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        read(url).err().unwrap_or_else(|| panic!("{url} was understood"))
    }

    #[test]
    fn a_url_names_a_server_and_how_to_verify_it() {
        let address = read("postgres://ann:s%40cret@db.example:6543/sale?sslmode=verify-full").unwrap();
        assert_eq!(address.shown, "postgres://db.example:6543/sale");
        let [Server { config, .. }] = address.servers.as_slice() else { panic!("one server") };
        assert_eq!(config.get_password(), Some(b"s@cret".as_slice()));
        assert_eq!((config.get_user(), config.get_dbname()), (Some("ann"), Some("sale")));
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::Any);
        assert!(matches!(address.trust, Trust::Verified { roots: None }));
        let address =
            read("postgresql://ann@[::1]/sale?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-full").unwrap();
        assert!(
            matches!(address.trust, Trust::Verified { roots: Some(path) } if path.ends_with("etc/ca.pem"))
        );
        for (mode, expected) in
            [("disable", SslMode::Disable), ("prefer", SslMode::Prefer), ("require", SslMode::Require)]
        {
            let address = read(&format!("postgres://ann@db/sale?sslmode={mode}")).unwrap();
            assert_eq!(
                (address.servers[0].config.get_ssl_mode(), address.shown.as_str()),
                (expected, "postgres://db:5432/sale")
            );
        }
        let plain = read("postgres://ann@db/sale").unwrap();
        assert_eq!(plain.servers[0].config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(
            read("postgres://ann@/sale?host=/run/postgresql").unwrap().shown,
            "postgres:///run/postgresql:5432/sale"
        );
    }

    #[test]
    fn several_hosts_are_tried_in_order_and_must_take_writes() {
        for (url, shown) in [
            ("postgres://ann:pw@one:1,two:2/sale?target_session_attrs=read-write", ["one:1", "two:2"]),
            ("postgres://ann:pw@one,[::1]:2/sale", ["one:5432", "[::1]:2"]),
            ("postgres://ann:pw@/sale?host=one,two&port=7", ["one:7", "two:7"]),
            ("postgres://ann:pw@/sale?host=one,%2Frun%2Fpg&port=1,2", ["one:1", "/run/pg:2"]),
            ("postgres://ann:pw@one,two/sale?target_session_attrs=primary", ["one:5432", "two:5432"]),
        ] {
            let address = read(url).unwrap();
            assert_eq!(address.shown, format!("postgres://{}/sale", shown.join(",")));
            assert_eq!(address.servers.len(), 2, "{url}");
            for (server, shown) in address.servers.iter().zip(shown) {
                let config = &server.config;
                assert_eq!((server.shown.as_str(), config.get_hosts().len()), (shown, 1), "{url}");
                assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite, "{url}");
                assert_eq!(config.get_password(), Some(b"pw".as_slice()), "{url}");
            }
        }
        let one = read("postgres://ann@db/sale?target_session_attrs=read-write").unwrap();
        assert_eq!(one.servers[0].config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
    }

    #[test]
    fn unknown_parts_are_refused_by_name() {
        for (url, word) in [
            ("mysql://ann@db/sale", "postgres://user"),
            ("postgres://ann@db/sale?sslmode=allow", "verify-full"),
            ("postgres://ann@db/sale?sslmode=verify-ca", "verify-full"),
            ("postgres://ann@db/sale?sslrootcert=/ca.pem", "sslrootcert"),
            ("postgres://ann@db/sale?sslmode=require&sslrootcert=/ca.pem", "sslrootcert"),
            ("postgres://ann@db/sale?target_session_attrs=read-only", "read-write"),
            ("postgres://ann@one,two/sale?target_session_attrs=any", "several hosts"),
            ("postgres://ann@one,two/sale?target_session_attrs=standby", "read-write"),
            ("postgres://ann@one,two/sale?port=1,2,3", "port"),
            ("postgres://ann@/sale?host=one,two&port=1,2,3", "one for each host"),
            ("postgres://ann@/sale?host=one,&port=1", "name a host"),
            ("postgres://ann@db/sale?connect_timeout=1", "\"connect_timeout\""),
            ("postgres://ann@db:port/sale", "postgres://user"),
            ("postgres://db/sale", "name a user"),
            ("postgres://ann@/sale", "name a host"),
        ] {
            assert!(refused(url).contains(word), "{url}: {}", refused(url));
        }
    }

    #[test]
    fn a_password_is_never_repeated() {
        for url in [
            "postgres://ann:hunter2@x@db/sale",
            "postgres://ann:hun?ter2@db/sale",
            "postgres://ann:hun?ter2=hunter2@db/sale",
            "postgres://ann:hunter#2@db/sale",
            "postgres://ann:hunter2@db:x/sale",
            "postgres://ann:hunter2@db/sale?sslmode=hunter2",
        ] {
            let message = refused(url);
            assert!(!message.contains("hunter2") && !message.contains("ter2"), "{url}: {message}");
        }
        assert!(!read("postgres://ann:hunter2@db/sale").unwrap().shown.contains("hunter2"));
    }
}
