//! Encryption, with a real server and a certificate of its own.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use onsale_storage::clock::Clock;
use onsale_storage::postgres::{self, PostgresOptions};
use onsale_testbed::postgres::{Options, Postgres as Server};
use tempfile::TempDir;

use crate::support::commands::{LINE, start};
use crate::support::postgres::connect;

const NO_OPENSSL: &str = "the program openssl is needed to make a certificate; install the package openssl";

fn openssl(folder: &Path, args: &[&str]) {
    let ended = Command::new("openssl").args(args).current_dir(folder).output().expect(NO_OPENSSL);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

/// An authority, and a certificate from it for `localhost` that the server can read.
fn certificates(folder: &Path, server_uid: u32) {
    let own =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=onsale test authority"];
    openssl(folder, &[&own[..], &["-keyout", "ca.key", "-out", "ca.pem"]].concat());
    let ask = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key"];
    openssl(folder, &[&ask[..], &["-out", "server.csr"]].concat());
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(folder, &[&sign[..], &["-days", "2", "-extfile", "names", "-out", "server.pem"]].concat());
    for name in ["server.key", "server.pem"] {
        chown(folder.join(name), Some(server_uid), None).unwrap();
    }
    chown(folder, Some(server_uid), None).unwrap();
}

async fn opened(url: String) -> Result<(), String> {
    let options = PostgresOptions { url, allow_weak_durability: false, writers: 1 };
    let opened = postgres::open(&options, &Clock::manual(start()), LINE.0).await;
    opened.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_server_is_verified_as_far_as_sslmode_asks() {
    let (server, folder) = (Server::start(&Options::default()).unwrap(), TempDir::new().unwrap());
    let uid = std::fs::metadata(format!("/proc/{}", server.process_id().unwrap())).unwrap().uid();
    certificates(folder.path(), uid);
    let url = |host: &str, rest: &str| format!("postgres://onsale@{host}:{}/postgres{rest}", server.port());
    let roots =
        |name: &str| format!("?sslmode=verify-full&sslrootcert={}", folder.path().join(name).display());

    let plain = opened(url("localhost", "?sslmode=require")).await.unwrap_err();
    assert!(plain.contains("TLS"), "{plain}");
    opened(url("localhost", "")).await.unwrap();

    let db = connect(&server.url("postgres")).await;
    for (name, file) in [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key")] {
        let set = format!("ALTER SYSTEM SET {name} = '{}'", folder.path().join(file).display());
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
    opened(url("localhost", &roots("ca.pem"))).await.unwrap();
    for (wrong, why) in [
        (url("127.0.0.1", &roots("ca.pem")), "another name"),
        (url("localhost", "?sslmode=verify-full"), "nobody whom the system knows"),
        (url("localhost", &roots("names")), "no certificate"),
        (url("localhost", &roots("missing.pem")), "no file"),
    ] {
        assert!(opened(wrong).await.is_err(), "{why}");
    }
}
