//! The table of settings, the only place that lists them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::tz::TimeZone;
use onsale_app::tokens::{Secret, WeakSecret};
use onsale_http::currency::Currency;
use onsale_http::forwarding::{ForwardedHeader, PublicUrl, TrustedProxies};
use onsale_http::metrics_token::MetricsToken;
use onsale_line::Capacity;

use super::{LineUrl, Settings, SettingsError, Source, StoreUrl, parse};

/// One setting: its names, its meaning and its parser.
pub struct Setting {
    /// The name in the file and in [`Settings`].
    pub key: &'static str,
    /// The environment variable.
    pub environment: &'static str,
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// The name of the flag's value in the help.
    pub value_name: &'static str,
    /// The default, as text.
    pub default: Option<&'static str>,
    /// What it is for, in one line.
    pub help: &'static str,
    /// What is allowed; completes "must be".
    pub allowed: &'static str,
    /// Sets it, or says what is allowed.
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

impl Setting {
    pub(super) fn bad_value(&self, source: Source) -> SettingsError {
        SettingsError::BadValue { key: self.key, source_name: source, allowed: self.allowed.to_owned() }
    }

    pub(super) fn flag_help(&self) -> String {
        let default = self.default.map(|text| format!(" [default: {text}]")).unwrap_or_default();
        format!("{}: {} [env: {}]{default}", self.help, self.allowed, self.environment)
    }
}

/// What a parser returns.
trait Parsed<T> {
    /// The value, or what is allowed instead: for `None`, what the table says.
    fn or_allowed(self, allowed: &'static str) -> Result<T, String>;
}

impl<T> Parsed<T> for Option<T> {
    fn or_allowed(self, allowed: &'static str) -> Result<T, String> {
        self.ok_or_else(|| allowed.to_owned())
    }
}

impl<T> Parsed<T> for Result<T, WeakSecret> {
    fn or_allowed(self, _: &'static str) -> Result<T, String> {
        self.map_err(|weak| weak.to_string())
    }
}

/// One setting. A test checks that environment variable and flag are spelled like the key.
macro_rules! setting {
    ($key:ident, $environment:literal, $flag:literal, $value_name:literal, $default:expr, $help:literal, $allowed:literal,
     $parse:expr) => {
        Setting {
            key: stringify!($key),
            environment: $environment,
            flag: $flag,
            value_name: $value_name,
            default: $default,
            help: $help,
            allowed: $allowed,
            set: |settings, text| {
                settings.$key = $parse(text).or_allowed($allowed)?;
                Ok(())
            },
        }
    };
}

/// Every setting.
#[rustfmt::skip]
pub static TABLE: [Setting; 22] = [
    setting!(listen, "ONSALE_LISTEN", "listen", "ADDRESS", Some("127.0.0.1:3000"),
        "Address to listen on", "an IP address and a port, like 127.0.0.1:3000 or [::]:3000", parse::address),
    setting!(public_url, "ONSALE_PUBLIC_URL", "public-url", "URL", None,
        "URL at which browsers open the site; with https, cookies are sent over https only",
        "http:// or https:// and a host, without a path, like https://tickets.example", |text| PublicUrl::new(text).map(Some)),
    setting!(trusted_proxies, "ONSALE_TRUSTED_PROXIES", "trusted-proxies", "NETWORKS", None,
        "Proxies whose forwarded_header is believed", "addresses and networks, like 10.0.0.0/8, 192.0.2.7", TrustedProxies::new),
    setting!(forwarded_header, "ONSALE_FORWARDED_HEADER", "forwarded-header", "NAME", Some("x-forwarded-for"),
        "Header in which trusted proxies name scheme, host and client", "x-forwarded-for (with x-forwarded-proto and x-forwarded-host) or forwarded",
        ForwardedHeader::new),
    setting!(store, "ONSALE_STORE", "store", "URL", Some("sqlite:./onsale-data"),
        "Where bookings are stored", "sqlite:DIR or postgres://... (with several hosts, the one that takes writes)", parse::store),
    setting!(line, "ONSALE_LINE", "line", "URL", Some("embedded"),
        "Where the waiting line is stored", "embedded, redis://... or, with TLS, rediss://...", parse::line),
    setting!(token_secret, "ONSALE_TOKEN_SECRET", "token-secret", "SECRET", None,
        "Token-signing secret (with SQLite, onsale generates one in the data folder if unset)", "at least 32 random bytes of your own",
        |text: &str| Secret::new(text).map(Some)),
    setting!(hold_seconds, "ONSALE_HOLD_SECONDS", "hold-seconds", "SECONDS", Some("300"),
        "How long a hold lasts, in seconds", "a whole number from 1 to 86400", |text| parse::number(text, 1..=86_400)),
    setting!(holds_per_user, "ONSALE_HOLDS_PER_USER", "holds-per-user", "COUNT", Some("4"),
        "Most seats that one person may hold in a concert", "a whole number from 1 to 100",
        |text| parse::number(text, 1..=100)),
    setting!(line_capacity, "ONSALE_LINE_CAPACITY", "line-capacity", "PEOPLE", Some("100"),
        "Most people inside at once", "a whole number from 0 to 1000000", |text| parse::number(text, 0..=Capacity::MAX.get()).and_then(Capacity::new)),
    setting!(line_rate_per_minute, "ONSALE_LINE_RATE_PER_MINUTE", "line-rate-per-minute", "PEOPLE", Some("0"),
        "Most people let in per minute, 0 for no limit", "a whole number from 0 to 4294967295",
        |text| parse::number(text, 0..=u32::MAX)),
    setting!(pass_seconds, "ONSALE_PASS_SECONDS", "pass-seconds", "SECONDS", Some("600"),
        "How long a person may stay inside, in seconds", "a whole number from 1 to 86400",
        |text| parse::number(text, 1..=86_400)),
    setting!(open_signup, "ONSALE_OPEN_SIGNUP", "open-signup", "BOOL", Some("true"),
        "Whether anybody may create a user", "true or false", parse::boolean),
    setting!(time_zone, "ONSALE_TIME_ZONE", "time-zone", "NAME", Some("UTC"),
        "Time zone of dates, and of times on pages", "a time zone this system knows, like UTC or Asia/Seoul",
        parse::time_zone),
    setting!(currency, "ONSALE_CURRENCY", "currency", "CODE", Some("KRW"),
        "Currency of prices on pages", "a code of three capital letters, like KRW or EUR", Currency::new),
    setting!(answer_mib, "ONSALE_ANSWER_MIB", "answer-mib", "MIB", Some("256"),
        "Most memory for answers in flight, in MiB; more are refused with 503", "a whole number from 16 to 1048576",
        |text| parse::number(text, 16..=1_048_576)),
    setting!(requests_per_ticket, "ONSALE_REQUESTS_PER_TICKET", "requests-per-ticket", "COUNT", Some("8"),
        "Most requests of one ticket in flight at once; more wait, then get 429", "a whole number from 1 to 10000",
        |text| parse::number(text, 1..=10_000)),
    setting!(streams_per_ticket, "ONSALE_STREAMS_PER_TICKET", "streams-per-ticket", "COUNT", Some("12"),
        "Most event streams of one ticket at once; more get 429", "a whole number from 1 to 10000",
        |text| parse::number(text, 1..=10_000)),
    setting!(wait_connections, "ONSALE_WAIT_CONNECTIONS", "wait-connections", "COUNT", Some("10000"),
        "Most polls with Prefer: wait held at once, 0 for none; more are answered at once", "a whole number from 0 to 1000000",
        |text| parse::number(text, 0..=1_000_000)),
    setting!(metrics_token, "ONSALE_METRICS_TOKEN", "metrics-token", "TOKEN", None,
        "Bearer token that may read /metrics (operator tokens may, too)", "at least 16 visible ASCII characters",
        |text| MetricsToken::new(text).map(Some)),
    setting!(log, "ONSALE_LOG", "log", "FILTER", Some("info"),
        "What to log", "a log filter in ASCII, like info or onsale=debug,warn", parse::log_filter),
    setting!(allow_weak_durability, "ONSALE_ALLOW_WEAK_DURABILITY", "allow-weak-durability", "BOOL", Some("false"),
        "Whether to accept a PostgreSQL that can lose acknowledged writes; for development only", "true or false",
        parse::boolean),
];

/// The README's table of settings, in Markdown.
pub fn readme_table() -> String {
    let head =
        "| In `onsale.toml` | Environment | Flag | Default | Meaning |\n| --- | --- | --- | --- | --- |\n";
    TABLE.iter().fold(head.to_owned(), |text, setting| {
        let Setting { key, environment, flag, help, allowed, .. } = setting;
        let default = setting.default.map(|text| format!("`{text}`")).unwrap_or_default();
        text + format!("| `{key}` | `{environment}` | `--{flag}` | {default} | {help}: {allowed} |\n")
            .as_str()
    })
}

/// The names of all settings, for an error.
pub(super) fn keys() -> String {
    TABLE.iter().map(|setting| setting.key).collect::<Vec<_>>().join(", ")
}

/// Placeholder values, which the defaults of [`TABLE`] replace at once.
pub(super) fn blank() -> Settings {
    Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        trusted_proxies: TrustedProxies::default(),
        forwarded_header: ForwardedHeader::default(),
        store: StoreUrl::Sqlite(PathBuf::new()),
        line: LineUrl::Embedded,
        token_secret: None,
        hold_seconds: 0,
        holds_per_user: 0,
        line_capacity: Capacity::MAX,
        line_rate_per_minute: 0,
        pass_seconds: 0,
        open_signup: false,
        time_zone: TimeZone::UTC,
        currency: Currency::WON,
        answer_mib: 0,
        requests_per_ticket: 0,
        streams_per_ticket: 0,
        wait_connections: 0,
        metrics_token: None,
        log: String::new(),
        allow_weak_durability: false,
    }
}
