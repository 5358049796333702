//! Encryption, with a real server and a certificate of its own.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use onsale_storage::clock::Clock;
use onsale_storage::postgres::{self, PostgresOptions};
use onsale_testbed::postgres::{Options, Postgres as Server};

use crate::support::certificates::Certificates;
use crate::support::commands::{MAIN_SALE, start};
use crate::support::postgres::connect;

/// The server reads its key only if it owns the file and nobody else may read it.
fn give_to(server_uid: u32, certificates: &Certificates) {
    set_permissions(certificates.key(), Permissions::from_mode(0o600)).unwrap();
    for path in [&certificates.key(), &certificates.certificate(), certificates.folder.path()] {
        chown(path, Some(server_uid), None).unwrap();
    }
}

async fn opened(url: String) -> Result<(), String> {
    let options = PostgresOptions { url, allow_weak_durability: false, writers: 1 };
    let opened = postgres::open(&options, &Clock::manual(start()), MAIN_SALE).await;
    opened.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_server_is_verified_as_far_as_sslmode_asks() {
    let (server, certificates) = (Server::start(&Options::default()).unwrap(), Certificates::new());
    let uid = std::fs::metadata(format!("/proc/{}", server.process_id().unwrap())).unwrap().uid();
    give_to(uid, &certificates);
    let url = |host: &str, rest: &str| format!("postgres://onsale@{host}:{}/postgres{rest}", server.port());
    let roots = |file: &Path| format!("?sslmode=verify-full&sslrootcert={}", file.display());

    let plain = opened(url("localhost", "?sslmode=require")).await.unwrap_err();
    assert!(plain.contains("TLS"), "{plain}");
    opened(url("localhost", "")).await.unwrap();

    let db = connect(&server.url("postgres")).await;
    for (name, file) in [("ssl_cert_file", certificates.certificate()), ("ssl_key_file", certificates.key())]
    {
        let set = format!("ALTER SYSTEM SET {name} = '{}'", file.display());
        db.batch_execute(&set).await.unwrap();
    }
    db.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    db.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    while opened(url("localhost", "?sslmode=require")).await.is_err() {
        tokio::task::yield_now().await;
    }
    opened(url("127.0.0.1", "?sslmode=require")).await.unwrap();
    opened(url("127.0.0.1", "?sslmode=prefer")).await.unwrap();
    opened(url("127.0.0.1", "?sslmode=disable")).await.unwrap();
    opened(url("localhost", &roots(&certificates.authority()))).await.unwrap();
    for (wrong, why) in [
        (url("127.0.0.1", &roots(&certificates.authority())), "another name"),
        (url("localhost", "?sslmode=verify-full"), "nobody whom the system knows"),
        (url("localhost", &roots(&certificates.key())), "no certificate"),
        (url("localhost", &roots(&certificates.folder.path().join("missing.pem"))), "no file"),
    ] {
        let error = opened(wrong).await.expect_err(why);
        assert!(error.starts_with("setting store (ONSALE_STORE): cannot use postgres://"), "{error}");
    }
}
