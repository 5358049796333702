//! Settings: a file, an environment and flags of any content.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::readers::settings::{self, LineUrl, Settings, StoreUrl, TABLE};
use crate::readers::{Currency, ForwardedHeader, PublicUrl};
use crate::rig::check;

/// Every setting, with a value that is allowed and one that is not.
const EXAMPLES: [(&str, &str, &str); 22] = [
    ("listen", "[::1]:3000", "localhost:3000"),
    ("public_url", "https://tickets.example:8443", "https://tickets.example/path"),
    ("trusted_proxies", "10.0.0.0/8, ::1, 192.0.2.7", "10.0.0.0/33"),
    ("forwarded_header", "forwarded", "via"),
    ("store", "sqlite:./data", "mysql://db"),
    ("line", "embedded", "memcached://x"),
    ("token_secret", "a secret of at least thirty-two bytes", "a secret of thirty-one bytes..."),
    ("hold_seconds", "86400", "86401"),
    ("holds_per_user", "100", "0"),
    ("line_capacity", "1000000", "1000001"),
    ("line_rate_per_minute", "4294967295", "4294967296"),
    ("pass_seconds", "1", "0"),
    ("open_signup", "false", "no"),
    ("time_zone", "UTC", "Asia/Atlantis"),
    ("currency", "EUR", "eur"),
    ("answer_mib", "16", "15"),
    ("requests_per_ticket", "10000", "10001"),
    ("streams_per_ticket", "10000", "0"),
    ("wait_connections", "0", "1000001"),
    ("metrics_token", "sixteen-letters!", "fifteen-letters"),
    ("log", "onsale=debug,warn", " "),
    ("allow_weak_durability", "true", "1"),
];

fn key() -> impl Strategy<Value = &'static str> {
    (0..TABLE.len()).prop_map(|index| TABLE[index].key)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+-]?0{0,2}[0-9]{1,11}",
        "(true|false|True|1|yes| true)",
        "[A-Z]{2,4}",
        "(sqlite:|postgres://|postgresql://|redis://|embedded)[a-z@:/.]{0,9}",
        "(https?://|HTTPS://|ftp://)?[a-z@.\\[\\]:]{0,9}(:[0-9]{0,6})?[/?#]?[a-z]{0,2}",
        "((10\\.[0-9]{1,3}\\.0\\.[0-9]|::(ffff:1\\.2\\.3\\.4)?|fd00::)(/[0-9]{1,3})?[, ;]{0,2}){0,3}",
        "[0-9.:\\[\\]]{1,20}",
        "[ -~]{14,34}",
        "\\PC{0,20}",
        vec(any::<char>(), 0..10).prop_map(String::from_iter),
    ]
}

/// A setting with any text, or with an allowed value that has one character more, less or changed.
fn setting() -> impl Strategy<Value = (&'static str, String)> {
    let near = (proptest::sample::select(&EXAMPLES[..]), any::<usize>(), 0..=1_usize, "\\PC?");
    let near = near.prop_map(|((key, allowed, _), at, removed, added)| {
        let mut characters: Vec<char> = allowed.chars().collect();
        let at = at % characters.len();
        characters.splice(at..at + removed, added.chars());
        (key, String::from_iter(characters))
    });
    prop_oneof![(key(), text()), near]
}

/// What a strict reader says of a value.
#[derive(Debug, PartialEq)]
enum Strictly {
    Allowed,
    Refused,
    /// Whether it is allowed takes more than this reader knows, such as a list of time zones.
    Unknown,
}

/// The rules that the README names, once more.
fn strictly(key: &str, value: &str) -> Strictly {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = |least: u64, most: u64| {
        is_digits(value) && value.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number))
    };
    let is_allowed = match key {
        "listen" => value.parse::<SocketAddr>().is_ok(),
        "public_url" | "time_zone" | "log" if !value.is_ascii() || value.trim().is_empty() => false,
        "public_url" if !is_url_of_a_host(value) => false,
        "public_url" | "time_zone" | "log" => return Strictly::Unknown,
        "trusted_proxies" => value.trim().is_empty() || value.split(',').all(|it| is_network(it.trim())),
        "forwarded_header" => ["x-forwarded-for", "forwarded"].contains(&value),
        // The others need a secret or a shared store besides.
        "store" => value.strip_prefix("sqlite:").is_some_and(|folder| !folder.is_empty()),
        "line" => value == "embedded",
        "token_secret" => value.len() >= 32,
        "hold_seconds" | "pass_seconds" => whole(1, 86_400),
        "holds_per_user" => whole(1, 100),
        "line_capacity" | "wait_connections" => whole(0, 1_000_000),
        "line_rate_per_minute" => whole(0, u32::MAX.into()),
        "answer_mib" => whole(16, 1_048_576),
        "requests_per_ticket" | "streams_per_ticket" => whole(1, 10_000),
        "open_signup" | "allow_weak_durability" => ["true", "false"].contains(&value),
        "currency" => value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()),
        "metrics_token" => value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_graphic()),
        other => panic!("say here what {other} allows"),
    };
    if is_allowed { Strictly::Allowed } else { Strictly::Refused }
}

/// Whether a text has the form of a scheme and a host, perhaps with a port or a slash at its end.
fn is_url_of_a_host(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str())
        && !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\".contains(&byte))
}

fn is_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, it)| (address, Some(it)));
    let bits = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    length.is_none_or(|it| is_number(it) && it.parse::<u8>().is_ok_and(|length| length <= bits))
}

/// Every accepted setting is within the limits that the README names. All fields are named, so that a new
/// setting does not compile until this function checks it.
fn assert_allowed(settings: &Settings) -> Result<(), TestCaseError> {
    let Settings {
        // Their types hold nothing else.
        listen: _,
        trusted_proxies: _,
        forwarded_header: ForwardedHeader::XForwardedFor | ForwardedHeader::Forwarded,
        line_rate_per_minute: _,
        open_signup: _,
        time_zone: _,
        allow_weak_durability: _,
        public_url,
        store,
        line,
        token_secret,
        hold_seconds,
        holds_per_user,
        line_capacity,
        pass_seconds,
        currency,
        answer_mib,
        requests_per_ticket,
        streams_per_ticket,
        wait_connections,
        metrics_token,
        log,
    } = settings;
    if let Some(url) = public_url.as_ref().map(ToString::to_string) {
        prop_assert!(is_url_of_a_host(&url) && !url.ends_with('/'), "{url}");
        prop_assert_eq!(&PublicUrl::new(&url), public_url, "it is read back");
    }
    prop_assert!(*store != StoreUrl::Sqlite(PathBuf::new()) && *store != StoreUrl::Postgres(String::new()));
    prop_assert!(*line == LineUrl::Embedded || matches!(store, StoreUrl::Postgres(_)));
    prop_assert!(token_secret.as_ref().is_none_or(|secret| secret.expose().len() >= 32));
    prop_assert!((1..=86_400).contains(hold_seconds) && (1..=86_400).contains(pass_seconds));
    prop_assert!((1..=100).contains(holds_per_user) && line_capacity.get() <= 1_000_000);
    prop_assert!(currency.code().len() == 3 && currency.code().bytes().all(|it| it.is_ascii_uppercase()));
    prop_assert!((16..=1_048_576).contains(answer_mib));
    prop_assert!((1..=10_000).contains(requests_per_ticket) && (1..=10_000).contains(streams_per_ticket));
    prop_assert!(*wait_connections <= 1_000_000);
    let shown = metrics_token.as_ref().map(|token| format!("{token:?}"));
    prop_assert!(shown.is_none_or(|text| text == "[hidden]"));
    prop_assert!(log.is_ascii() && !log.trim().is_empty());
    Ok(())
}

fn read_flag(key: &'static str, value: &str) -> Option<Settings> {
    settings::read(&BTreeMap::from([(key, value.to_owned())]), [], None).ok()
}

#[test]
fn every_setting_has_an_allowed_example_and_a_refused_one() {
    assert_eq!(EXAMPLES.map(|(key, ..)| key), TABLE.each_ref().map(|setting| setting.key));
    for (key, allowed, refused) in EXAMPLES {
        assert!(read_flag(key, allowed).is_some() && read_flag(key, refused).is_none(), "{key}");
        assert_ne!(strictly(key, allowed), Strictly::Refused, "{key}");
        assert_ne!(strictly(key, refused), Strictly::Allowed, "{key}");
    }
}

#[test]
fn a_flag_of_any_text_is_allowed_or_refused() {
    check(8_000, &setting(), |(key, value)| {
        let read = read_flag(key, &value);
        match strictly(key, &value) {
            Strictly::Allowed => prop_assert!(read.is_some(), "{key} {value:?}"),
            Strictly::Refused => prop_assert!(read.is_none(), "{key} {value:?}"),
            Strictly::Unknown => {}
        }
        let Some(settings) = read else { return Ok(()) };
        assert_allowed(&settings)?;
        match key {
            "currency" => prop_assert_eq!(settings.currency.code(), value),
            "listen" => prop_assert_eq!(Ok(settings.listen), value.parse()),
            _ => {}
        }
        Ok(())
    });
}

#[test]
fn a_log_filter_of_any_text_is_allowed_or_refused() {
    for text in ["\tA¡[", "L\u{feff}k¥[/", "é", "onsale[é]=info"] {
        assert!(read_flag("log", text).is_none(), "{text:?}");
    }
    check(4_000, &"[a-z:_,=\\[\\]{}\"/ 0é¡¥\u{feff}-]{1,12}", |text| {
        if let Some(settings) = read_flag("log", &text) {
            prop_assert_eq!(settings.log, text);
        }
        Ok(())
    });
}

#[test]
fn numbers_are_read_back_from_every_source() {
    check(1_000, &(1..=86_400_u32), |seconds| {
        let file = format!("hold_seconds = {seconds}\n");
        let quoted = format!("hold_seconds = \"{seconds}\"\n");
        for file in [file, quoted] {
            let read = settings::read(&BTreeMap::new(), [], Some(("f", &file))).map(|it| it.hold_seconds);
            prop_assert_eq!(read.ok(), Some(seconds));
        }
        let environment = [("ONSALE_HOLD_SECONDS".into(), seconds.to_string().into())];
        let read = settings::read(&BTreeMap::new(), environment, None).map(|it| it.hold_seconds);
        prop_assert_eq!(read.ok(), Some(seconds));
        prop_assert_eq!(
            read_flag("hold_seconds", &seconds.to_string()).map(|it| it.hold_seconds),
            Some(seconds)
        );
        Ok(())
    });
}

#[test]
fn a_file_of_any_content_is_allowed_or_refused() {
    let line = prop_oneof![
        setting().prop_map(|(key, value)| format!("{key} = {value:?}")),
        setting().prop_map(|(key, value)| format!("{key} = {value}")),
        "\\PC{0,30}",
        "(hold_seconds|unknown|\\[a\\]) ?=? ?(1|\\[1\\]|\\{\\}|1.5|2026-01-01)?",
    ];
    check(3_000, &vec(line, 0..4), |lines| {
        let read = settings::read(&BTreeMap::new(), [], Some(("onsale.toml", &lines.join("\n"))));
        match read {
            Ok(settings) => assert_allowed(&settings),
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                Ok(())
            }
        }
    });
}

#[test]
fn an_environment_of_any_bytes_is_allowed_or_refused() {
    let name = prop_oneof![
        key().prop_map(|key| format!("ONSALE_{}", key.to_uppercase()).into_bytes()),
        "ONSALE_[A-Z_]{0,9}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..12),
    ];
    let value = prop_oneof![text().prop_map(String::into_bytes), vec(any::<u8>(), 0..40)];
    check(3_000, &vec((name, value), 0..4), |pairs| {
        let pairs: Vec<(OsString, OsString)> = pairs
            .into_iter()
            .map(|(name, value)| (OsString::from_vec(name), OsString::from_vec(value)))
            .collect();
        let read = settings::read(&BTreeMap::new(), pairs, None);
        read.map_or(Ok(()), |settings| assert_allowed(&settings))
    });
}

#[test]
fn no_error_repeats_a_secret() {
    // Letters that no message contains, so that a match is the secret.
    let secret = "[QZXJ#\"\\\\=\\[]{6,31}";
    check(2_000, &(secret, 0..4_u8), |(secret, place)| {
        let (flags, environment, file) = match place {
            0 => (BTreeMap::from([("token_secret", secret.clone())]), None, None),
            1 => (BTreeMap::new(), Some(("ONSALE_TOKEN_SECRET".into(), secret.clone().into())), None),
            2 => (BTreeMap::new(), None, Some(format!("token_secret = \"{secret}\n"))),
            _ => (BTreeMap::new(), None, Some(format!("token_secret = {secret}\n"))),
        };
        let file = file.as_deref().map(|text| ("onsale.toml", text));
        if let Err(error) = settings::read(&flags, environment, file) {
            prop_assert!(!error.to_string().contains(&secret), "{}", error);
        }
        Ok(())
    });
}

#[test]
fn typed_money_is_read_by_the_rules_of_its_currency() {
    let typed = prop_oneof![
        "[ ]?[0-9]{1,8}(\\.[0-9]{0,5})?[ ]?",
        "[0-9]{1,3}([,.' ][0-9]{1,3}){0,3}([,.][0-9]{0,5})?",
        "\\PC{0,12}",
        "[+-]?[0-9]{1,22}"
    ];
    check(8_000, &(typed, "(KRW|EUR|KWD|CLF)"), |(typed, code)| {
        let currency = Currency::new(&code).expect("a code");
        let decimals = match code.as_str() {
            "KRW" => 0,
            "EUR" => 2,
            "KWD" => 3,
            _ => 4,
        };
        let read = currency.read(&typed);
        let (whole, part) = typed.trim().split_once('.').unwrap_or((typed.trim(), ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // A number in its plainest form is always read.
        let ends = !typed.trim().ends_with('.');
        if !whole.is_empty() && ends && is_digits(whole) && is_digits(part) && part.len() <= decimals {
            prop_assert_eq!(read, format!("{whole}{part:0<decimals$}").parse().ok());
        }
        let Some(minor) = read else { return Ok(()) };
        // No digit is dropped: the amount has those that were typed, and up to `decimals` zeros.
        let wide = |character| "０１２３４５６７８９".chars().position(|digit| digit == character);
        let digit = |character: char| wide(character).or(character.to_digit(10).map(|digit| digit as usize));
        let digits: String = typed.chars().filter_map(digit).map(|digit| digit.to_string()).collect();
        let is_kept = |zeros| format!("{digits}{}", "0".repeat(zeros)).parse() == Ok(minor);
        prop_assert!((0..=decimals).any(is_kept), "{} was read as {}", typed, minor);
        prop_assert_eq!(currency.read(&currency.plain(minor)), Some(minor));
        prop_assert_eq!(currency.read(&currency.amount(minor)), Some(minor));
        Ok(())
    });
}
