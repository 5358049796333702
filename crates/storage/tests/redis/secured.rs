//! Redis behind TLS and access rules: what opens, and clear errors about what does not.

use std::sync::Arc;

use onsale_line::Dials;
use onsale_storage::redis::{RedisLine, RedisOptions};

use crate::rig::Rig;
use crate::support::commands::{MAIN_SALE, holder, room};
use crate::support::secured::{SecuredRedis, user_rule};

const DIALS: fn() -> Dials = || Dials { capacity: room(1), rate_per_minute: 0, paused: false };

/// Why a line cannot be opened at this URL.
async fn refusal(url: String) -> String {
    let rig = Rig::start();
    let options = RedisOptions { prefix: rig.options.prefix.clone(), ..RedisOptions::new(url) };
    let (writer, clock) = (rig.writer.clone(), rig.fixture.clock.clone());
    let opened =
        RedisLine::open(&options, MAIN_SALE, Arc::clone(&rig.reads) as _, writer, clock, DIALS()).await;
    opened.err().expect("it cannot be opened")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_few_rights_keeps_the_line_over_tls() {
    let secured = SecuredRedis::start().await;
    // What the user may not do shows that these are its rights, not an administrator's.
    let rig = Rig::on(&secured.url(), false);
    let line = rig.instance(DIALS()).await;
    assert_eq!(line.join(holder("alice").user).await.unwrap().number, 1);
    let rig = Rig::on(&secured.url().replacen("/?", "/1?", 1), false);
    let line = rig.instance(DIALS()).await;
    assert_eq!(line.join(holder("alice").user).await.unwrap().number, 1, "in another database, too");
    let client = redis::Client::open(secured.admin_url()).unwrap();
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    let users: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut admin).await.unwrap();
    assert!(users.lines().any(|client| client.contains("user=onsale ")), "{users}");
    let denied: Vec<redis::Value> = redis::cmd("ACL").arg("LOG").query_async(&mut admin).await.unwrap();
    let denied: Vec<String> = denied.iter().map(|entry| format!("{entry:?}")).collect();
    // Naming oneself is all that is denied, and optional.
    assert!(denied.iter().all(|entry| entry.contains("client|setinfo")), "{denied:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_named_without_its_password() {
    let secured = SecuredRedis::start().await;
    let port = secured.redis.tls_port().unwrap();
    let authority = format!("?sslrootcert={}", secured.certificates.authority().display());
    let unknown = SecuredRedis::start().await;
    let other = format!("?sslrootcert={}", unknown.certificates.authority().display());
    let no_file = "?sslrootcert=/no/such/ca.pem";
    let right = "onsale:p%40ss%3Aw%2Frd";
    let plain = secured.redis.port();
    for (url, place, why) in [
        (secured.url_with("onsale:hunter2", "localhost", &authority), "localhost", "password"),
        (secured.url_with("nobody:hunter2", "localhost", &authority), "localhost", "password"),
        (secured.url_with(right, "localhost", &other), "localhost", "certificate"),
        (secured.url_with(right, "localhost", ""), "localhost", "certificate"),
        (secured.url_with(right, "127.0.0.1", &authority), "127.0.0.1", "certificate"),
    ] {
        let error = refusal(url).await;
        let start = format!("setting line (ONSALE_LINE): cannot use rediss://{place}:{port}/0: ");
        assert!(error.starts_with(&start) && error.contains(why), "{why}: {error}");
        assert!(
            !error.contains("hunter2") && !error.contains("p@ss") && !error.contains("p%40ss"),
            "{error}"
        );
    }
    let error = refusal(secured.url_with(right, "localhost", no_file)).await;
    assert!(
        error.starts_with("setting line (ONSALE_LINE): ") && error.contains("/no/such/ca.pem"),
        "{error}"
    );
    // TLS where there is none, and none where there is TLS.
    for (url, place) in [
        (format!("rediss://{right}@localhost:{plain}/{authority}"), format!("rediss://localhost:{plain}/0")),
        (format!("redis://{right}@localhost:{port}/"), format!("redis://localhost:{port}/0")),
    ] {
        let error = refusal(url).await;
        assert!(error.starts_with(&format!("setting line (ONSALE_LINE): cannot use {place}: ")), "{error}");
        assert!(error.contains("TLS"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named() {
    let secured = SecuredRedis::start().await;
    for (right, command) in
        [("+info", "info"), ("+script|load", "script|load"), ("+evalsha", "evalsha"), ("+hset", "script")]
    {
        secured.administer(&user_rule().replace(&format!(" {right}"), "")).await;
        let error = refusal(secured.url()).await;
        let says_so = error.contains("no permissions") || error.contains("can't run this command");
        assert!(error.contains(command) && says_so, "{right}: {error}");
    }
}
