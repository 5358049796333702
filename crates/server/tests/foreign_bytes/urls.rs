//! URLs of stores, as an operator may mistype them. Our errors must not show a password.

use std::collections::BTreeMap;

use onsale_booking::ids::SaleId;
use proptest::prelude::*;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::readers::settings::{self, LineUrl, StoreUrl};
use crate::readers::{Clock, PostgresOptions, postgres};
use crate::rig::{SECRET, check};

/// A local port where nobody listens, so that no test leaves this machine.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn a_store_or_line_url_is_kept_as_it_was_written() {
    let scheme = "(sqlite:|postgres://|postgresql://|redis://|rediss://|http://|Postgres://|embedded|)";
    check(3_000, &(scheme, "\\PC{0,20}"), |(scheme, rest)| {
        let url = format!("{scheme}{rest}");
        // A shared store needs a secret, and a shared line a shared store.
        let read = |key: &'static str| {
            let mut flags =
                BTreeMap::from([("token_secret", SECRET.as_str()), ("store", "postgres://ann@db/sale")]);
            flags.insert(key, &url);
            let flags = flags.into_iter().map(|(key, value)| (key, value.to_owned())).collect();
            settings::read(&flags, [], None).ok()
        };
        let store = read("store").map(|settings| settings.store);
        let is_postgres =
            ["postgres://", "postgresql://"].iter().any(|it| url.starts_with(it) && url.len() > it.len());
        match store {
            Some(StoreUrl::Sqlite(folder)) => {
                prop_assert_eq!(format!("sqlite:{}", folder.display()), url.clone());
            }
            Some(StoreUrl::Postgres(read)) => {
                prop_assert!(is_postgres);
                prop_assert_eq!(read, url.clone());
            }
            None => prop_assert!(!is_postgres && (!url.starts_with("sqlite:") || url == "sqlite:")),
        }
        let line = read("line").map(|settings| settings.line);
        let is_redis = ["redis://", "rediss://"].iter().any(|it| url.starts_with(it) && url.len() > it.len());
        match line {
            Some(LineUrl::Embedded) => prop_assert_eq!(&url, "embedded"),
            Some(LineUrl::Redis(read)) => prop_assert!(is_redis && read == url),
            None => prop_assert!(!is_redis && url != "embedded"),
        }
        Ok(())
    });
}

#[test]
fn no_error_repeats_a_password() {
    let runtime = Runtime::new().expect("a runtime starts");
    // Letters that no message contains, and characters that are special in a URL.
    let password = "[QZX@:/?#%&=\\[\\] ]{0,6}QZXQZX[QZX@:/?#%&= ]{0,6}";
    let query = "(\\?(sslmode|sslrootcert|port|user|password|[a-z]{1,3})=[a-z0-9%]{0,6})?";
    check(300, &(password, query, 0..3_u8), |(password, query, form)| {
        let url = match form {
            0 => format!("postgres://ann:{password}@{NOBODY}/sale{query}"),
            1 => format!("postgres://{password}@{NOBODY}/sale{query}"),
            _ => format!("postgres://ann@{NOBODY}/sale?password={password}"),
        };
        let options = PostgresOptions { url, allow_weak_durability: false, writers: 1 };
        let shown = format!("{options:?}");
        prop_assert!(!shown.contains("QZXQZX"));
        let opened = runtime.block_on(postgres::open(&options, &Clock::system(), SaleId(Uuid::nil())));
        let error = opened.err().expect("nobody listens there").to_string();
        prop_assert!(!error.contains("QZXQZX"), "{error}");
        Ok(())
    });
}
