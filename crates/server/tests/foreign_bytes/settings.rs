//! Settings: a file, an environment and flags of any content.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::readers::Currency;
use crate::readers::settings::{self, Settings};
use crate::rig::check;

const KEYS: [&str; 14] = [
    "listen",
    "store",
    "line",
    "token_secret",
    "hold_seconds",
    "holds_per_user",
    "line_capacity",
    "line_rate_per_minute",
    "pass_seconds",
    "open_signup",
    "time_zone",
    "currency",
    "log",
    "allow_weak_durability",
];

fn key() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&KEYS[..])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+-]?0{0,2}[0-9]{1,11}",
        "(true|false|True|1|yes| true)",
        "[A-Z]{2,4}",
        "(sqlite:|postgres://|postgresql://|redis://|embedded)[a-z@:/.]{0,9}",
        "[0-9.:\\[\\]]{1,20}",
        "\\PC{0,20}",
        vec(any::<char>(), 0..10).prop_map(String::from_iter),
    ]
}

/// Every accepted setting is within the limits that the README names.
fn assert_allowed(settings: &Settings) -> Result<(), TestCaseError> {
    prop_assert!(
        (1..=86_400).contains(&settings.hold_seconds) && (1..=86_400).contains(&settings.pass_seconds)
    );
    prop_assert!((1..=100).contains(&settings.holds_per_user) && settings.line_capacity.get() <= 1_000_000);
    prop_assert!(settings.token_secret.as_ref().is_none_or(|secret| secret.expose().len() >= 32));
    prop_assert!(settings.currency.code().bytes().all(|byte| byte.is_ascii_uppercase()));
    Ok(())
}

fn read_flag(key: &'static str, value: &str) -> Option<Settings> {
    settings::read(&BTreeMap::from([(key, value.to_owned())]), [], None).ok()
}

#[test]
fn a_flag_of_any_text_is_allowed_or_refused() {
    check(4_000, &(key(), text()), |(key, value)| {
        let Some(settings) = read_flag(key, &value) else { return Ok(()) };
        assert_allowed(&settings)?;
        let is_digits = value.bytes().all(|byte| byte.is_ascii_digit());
        match key {
            "hold_seconds" | "holds_per_user" | "line_capacity" | "line_rate_per_minute" | "pass_seconds" => {
                prop_assert!(is_digits, "{value:?}");
            }
            "open_signup" | "allow_weak_durability" => prop_assert!(value == "true" || value == "false"),
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
        (key(), text()).prop_map(|(key, value)| format!("{key} = {value:?}")),
        (key(), text()).prop_map(|(key, value)| format!("{key} = {value}")),
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
