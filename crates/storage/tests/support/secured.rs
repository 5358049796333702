//! A Redis of its own that speaks TLS and knows one user, with the rights that docs/operations.md gives it.

use onsale_testbed::redis::{Certificate, Options, Redis};

use crate::support::certificates::Certificates;

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
/// With characters that a URL must encode, and as it is encoded.
const PASSWORD: &str = "p@ss:w/rd";
const ENCODED: &str = "p%40ss%3Aw%2Frd";

pub(crate) struct SecuredRedis {
    pub(crate) redis: Redis,
    pub(crate) certificates: Certificates,
}

impl SecuredRedis {
    pub(crate) async fn start() -> Self {
        let certificates = Certificates::new();
        let (certificate, key) = (certificates.certificate(), certificates.key());
        let certificate = Some(Certificate { certificate, key });
        let options = Options { certificate, ..Options::default() };
        let own = Self { redis: Redis::start(&options).unwrap(), certificates };
        own.administer(&user_rule()).await;
        own
    }

    /// The port without TLS, where tests may do everything.
    pub(crate) fn admin_url(&self) -> String {
        self.redis.url()
    }

    /// How onsale is to connect.
    pub(crate) fn url(&self) -> String {
        let authority = self.certificates.authority();
        self.url_with(
            &format!("onsale:{ENCODED}"),
            "localhost",
            &format!("?sslrootcert={}", authority.display()),
        )
    }

    pub(crate) fn url_with(&self, user: &str, host: &str, query: &str) -> String {
        format!("rediss://{user}@{host}:{}/{query}", self.redis.tls_port().unwrap())
    }

    /// Runs a command of words as the administrator.
    pub(crate) async fn administer(&self, command: &str) {
        let client = redis::Client::open(self.admin_url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut words = command.split(' ');
        let mut cmd = redis::cmd(words.next().unwrap());
        cmd.arg(words.collect::<Vec<_>>());
        cmd.exec_async(&mut connection).await.unwrap();
    }
}

/// The rule of the documentation, for the keys of tests.
pub(crate) fn user_rule() -> String {
    let rule =
        OPERATIONS.lines().find(|line| line.starts_with("ACL SETUSER")).expect("the rule is documented");
    rule.replace("PASSWORD", PASSWORD).replace("~onsale:", "~test-").replace("&onsale:", "&test-")
}
