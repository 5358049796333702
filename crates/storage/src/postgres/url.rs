//! Parsing the server's URL. No message repeats what may be a password.

use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::tls::Trust;

const FORM: &str = "it must look like postgres://user:password@host:port/database?sslmode=verify-full, and characters \
    such as @ : / ? # % in user or password must be percent-encoded";

/// A parsed URL.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) trust: Trust,
    /// For messages: no password, no user.
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
    let (mut mode, mut roots) = (None, None);
    for (name, value) in query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    {
        match name {
            "sslmode" => mode = Some(value),
            "sslrootcert" => roots = Some(PathBuf::from(decoded(value)?)),
            "host" => drop(config.host(decoded(value)?)),
            "port" => drop(config.port(value.parse().map_err(|_| "port must be a number from 1 to 65535")?)),
            _ => return Err(unknown_parameter(name)),
        }
    }
    if config.get_hosts().len() != 1 {
        return Err("it must name one host".to_owned());
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
    let shown = shown(&config);
    Ok(Address { config, trust, shown })
}

fn unknown_parameter(name: &str) -> String {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let name = if is_word { name } else { "" };
    format!("unknown parameter {name:?}; known are sslmode, sslrootcert, host and port")
}

fn shown(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => String::new(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5_432);
    format!("postgres://{host}:{port}/{}", config.get_dbname().unwrap_or_default())
}

/// Decodes percent-encoded text.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|_| FORM)?,
                _ => return Err(FORM.to_owned()),
            },
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| FORM.to_owned())
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
        assert_eq!(address.config.get_password(), Some(b"s@cret".as_slice()));
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
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
                (address.config.get_ssl_mode(), address.shown.as_str()),
                (expected, "postgres://db:5432/sale")
            );
        }
        assert_eq!(read("postgres://ann@db/sale").unwrap().config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(
            read("postgres://ann@/sale?host=/run/postgresql").unwrap().shown,
            "postgres:///run/postgresql:5432/sale"
        );
    }

    #[test]
    fn unknown_parts_are_refused_by_name() {
        for (url, word) in [
            ("mysql://ann@db/sale", "postgres://user"),
            ("postgres://ann@db/sale?sslmode=allow", "verify-full"),
            ("postgres://ann@db/sale?sslmode=verify-ca", "verify-full"),
            ("postgres://ann@db/sale?sslrootcert=/ca.pem", "sslrootcert"),
            ("postgres://ann@db/sale?sslmode=require&sslrootcert=/ca.pem", "sslrootcert"),
            ("postgres://ann@db/sale?target_session_attrs=any", "\"target_session_attrs\""),
            ("postgres://ann@db:port/sale", "postgres://user"),
            ("postgres://ann@one,two/sale", "one host"),
            ("postgres://db/sale", "name a user"),
            ("postgres:///sale", "one host"),
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
