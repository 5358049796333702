use std::sync::LazyLock;

use onsale_testbed::secret::random;

use super::*;

static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));

fn read_from(
    flags: &[(&'static str, &str)],
    env: &[(&str, &str)],
    file: Option<&str>,
) -> Result<Settings, String> {
    let flags = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let env = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    read(&flags, env, file.map(|text| (FILE, text))).map_err(|error| error.to_string())
}

fn from_env(name: &str, value: &str) -> Result<Settings, String> {
    read_from(&[], &[(name, value)], None)
}

fn error_of(result: Result<Settings, String>) -> String {
    result.expect_err("these settings are wrong")
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let settings = read_from(&[], &[], None).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.store, StoreUrl::Sqlite(PathBuf::from("./onsale-data")));
    assert_eq!(settings.line, LineUrl::Embedded);
    assert_eq!(settings.token_secret, None);
    assert_eq!((settings.hold_seconds, settings.holds_per_user), (300, 4));
    assert_eq!(
        (settings.line_capacity.get(), settings.line_rate_per_minute, settings.pass_seconds),
        (100, 0, 600)
    );
    assert!(settings.open_signup);
    assert_eq!(settings.time_zone, TimeZone::UTC);
    assert_eq!(
        (settings.answer_mib, settings.requests_per_ticket, settings.streams_per_ticket),
        (256, 8, 12)
    );
    assert!(settings.metrics_token.is_none());
    assert_eq!(settings.log, "info");
}

#[test]
fn environment_variable_and_flag_are_spelled_like_the_key() {
    for setting in &TABLE {
        assert_eq!(setting.environment, format!("ONSALE_{}", setting.key.to_uppercase()));
        assert_eq!(setting.flag, setting.key.replace('_', "-"));
    }
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let file = Some("hold_seconds = 10\nholds_per_user = 5\npass_seconds = 50");
    let env = [("ONSALE_HOLD_SECONDS", "20"), ("ONSALE_HOLDS_PER_USER", "6")];
    let settings = read_from(&[("hold_seconds", "30")], &env, file).unwrap();
    assert_eq!((settings.hold_seconds, settings.holds_per_user, settings.pass_seconds), (30, 6, 50));
}

#[test]
fn a_bad_value_is_refused_with_its_source_even_if_overridden() {
    let allowed = "must be a whole number from 1 to 86400";
    let error = error_of(read_from(&[("hold_seconds", "0")], &[], None));
    assert_eq!(error, format!("setting hold_seconds, from flag --hold-seconds: {allowed}"));
    let error = error_of(from_env("ONSALE_HOLD_SECONDS", ""));
    assert_eq!(error, format!("setting hold_seconds, from environment ONSALE_HOLD_SECONDS: {allowed}"));
    let error = error_of(read_from(&[("hold_seconds", "5")], &[], Some("hold_seconds = 86401")));
    assert_eq!(error, format!("setting hold_seconds, from onsale.toml: {allowed}"));
}

#[test]
fn ranges_include_their_bounds() {
    for (name, least, most) in [
        ("ONSALE_HOLD_SECONDS", "1", "86400"),
        ("ONSALE_HOLDS_PER_USER", "1", "100"),
        ("ONSALE_LINE_CAPACITY", "0", "1000000"),
        ("ONSALE_LINE_RATE_PER_MINUTE", "0", "4294967295"),
        ("ONSALE_PASS_SECONDS", "1", "86400"),
        ("ONSALE_ANSWER_MIB", "16", "1048576"),
        ("ONSALE_REQUESTS_PER_TICKET", "1", "10000"),
        ("ONSALE_STREAMS_PER_TICKET", "1", "10000"),
    ] {
        assert!(from_env(name, least).is_ok() && from_env(name, most).is_ok(), "{name}");
        let above = (most.parse::<u64>().unwrap() + 1).to_string();
        for bad in [above.as_str(), "-1", "+1", "1.5", " 1", "1e3", "", "99999999999999999999"] {
            assert!(from_env(name, bad).is_err(), "{name} {bad:?}");
        }
    }
    assert!(from_env("ONSALE_HOLD_SECONDS", "0").is_err() && from_env("ONSALE_HOLDS_PER_USER", "0").is_err());
}

#[test]
fn an_unknown_key_in_the_file_is_refused() {
    let error = error_of(read_from(&[], &[], Some("hold_secs = 3")));
    assert!(
        error
            .starts_with("onsale.toml sets \"hold_secs\", which is not a setting; the settings are listen, "),
        "{error}"
    );
    assert!(
        error_of(read_from(&[], &[], Some("[line]\ncapacity = 3")))
            .contains("setting line, from onsale.toml")
    );
}

#[test]
fn an_unknown_variable_is_refused_and_foreign_ones_are_ignored() {
    let error = error_of(from_env("ONSALE_HOLD_SECS", "3"));
    assert!(
        error.starts_with("the environment sets \"ONSALE_HOLD_SECS\", which is not a setting"),
        "{error}"
    );
    for name in [
        "ONSALE_CONFIG",
        "ONSALE_TEST_POSTGRES",
        "ONSALE_BENCH_SECONDS",
        "ONSALE_REHEARSAL_URL",
        "ONSALE_OPERATOR_TOKEN",
        "PATH",
        "onsale_listen",
    ] {
        assert!(from_env(name, "x").is_ok(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let env = [(OsString::from("ONSALE_LOG"), OsString::from_vec(vec![0xff]))];
    assert!(read(&BTreeMap::new(), env, None).is_err());
}

#[test]
fn a_file_may_have_numbers_and_booleans_without_quotes() {
    let settings =
        read_from(&[], &[], Some("open_signup = false\nline_capacity = 7\nlog = \"warn\"")).unwrap();
    assert_eq!(
        (settings.open_signup, settings.line_capacity.get(), settings.log.as_str()),
        (false, 7, "warn")
    );
    for bad in ["open_signup = 1", "hold_seconds = 1.5", "hold_seconds = [1]", "listen = 3000", "log = \"\""]
    {
        assert!(read_from(&[], &[], Some(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let bare = format!("log = \"info\"\ntoken_secret = {}\n", *SECRET);
    let error = error_of(read_from(&[], &[], Some(&bare)));
    assert!(error.starts_with("onsale.toml, line 2: ") && !error.contains(SECRET.as_str()), "{error}");
    let error = error_of(from_env("ONSALE_TOKEN_SECRET", "hush-31-bytes-long-000000000000"));
    assert_eq!(
        error,
        "setting token_secret, from environment ONSALE_TOKEN_SECRET: must be at least 32 bytes"
    );
    let error = error_of(from_env("ONSALE_METRICS_TOKEN", "hush-fifteen-ch"));
    assert_eq!(
        error,
        "setting metrics_token, from environment ONSALE_METRICS_TOKEN: must be at least 16 visible ASCII characters"
    );
    let env = [
        ("ONSALE_METRICS_TOKEN", "hush-sixteen-char"),
        ("ONSALE_TOKEN_SECRET", SECRET.as_str()),
        ("ONSALE_STORE", "postgres://u:hush@db/onsale"),
        ("ONSALE_LINE", "redis://:hush@cache"),
    ];
    let shown = format!("{:?}", read_from(&[], &env, None).unwrap());
    assert!(!shown.contains("hush") && !shown.contains(SECRET.as_str()), "{shown}");
}

#[test]
fn a_secret_that_anybody_could_know_is_refused_from_every_source() {
    let published = "for-trying-out-only-and-known-to-everybody";
    let file = format!("token_secret = \"{published}\"");
    for (result, source) in [
        (read_from(&[("token_secret", published)], &[], None), "flag --token-secret"),
        (from_env("ONSALE_TOKEN_SECRET", published), "environment ONSALE_TOKEN_SECRET"),
        // Overridden, and still published.
        (read_from(&[("token_secret", &SECRET)], &[], Some(&file)), FILE),
    ] {
        let error = error_of(result);
        let start = format!("setting token_secret, from {source}: must be a secret of your own");
        assert!(error.starts_with(&start) && !error.contains(published), "{error}");
    }
    let error = error_of(from_env("ONSALE_TOKEN_SECRET", &"changeme".repeat(4)));
    assert!(error.contains("must be random") && !error.contains("changeme"), "{error}");
}

#[test]
fn redis_needs_postgres_and_postgres_needs_a_secret() {
    let error = error_of(from_env("ONSALE_LINE", "redis://cache"));
    assert!(
        error.starts_with("setting line, from environment ONSALE_LINE: a Redis line needs store = postgres"),
        "{error}"
    );
    let error = error_of(from_env("ONSALE_STORE", "postgres://db/onsale"));
    assert!(error.starts_with("setting token_secret, from the default: must be set when"), "{error}");
    let env = [("ONSALE_STORE", "postgresql://db"), ("ONSALE_TOKEN_SECRET", SECRET.as_str())];
    assert_eq!(read_from(&[], &env, None).unwrap().store, StoreUrl::Postgres("postgresql://db".to_owned()));
}

#[test]
fn addresses_urls_zones_and_filters_are_checked() {
    for (name, good) in
        [("LISTEN", "[::]:80"), ("STORE", "sqlite:/data"), ("TIME_ZONE", "utc"), ("LOG", "onsale=debug,warn")]
    {
        assert!(from_env(&format!("ONSALE_{name}"), good).is_ok(), "{name} {good}");
    }
    let bad = [
        ("LISTEN", "3000"),
        ("LISTEN", "localhost:3000"),
        ("STORE", "sqlite:"),
        ("STORE", "mysql://x"),
        ("STORE", "postgres://"),
        ("LINE", "Embedded"),
        ("LINE", "redis://"),
        ("TIME_ZONE", "Mars/Base"),
        ("LOG", "onsale=loud"),
        ("OPEN_SIGNUP", "yes"),
    ];
    for (name, value) in bad {
        assert!(from_env(&format!("ONSALE_{name}"), value).is_err(), "{name} {value}");
    }
}

#[test]
fn flags_come_from_the_table() {
    let command = SettingsArgs::augment_args(Command::new("onsale"));
    command.clone().debug_assert();
    let line = ["onsale", "--hold-seconds", "9", "--open-signup=false", "--config", "x.toml"];
    let args = SettingsArgs::from_arg_matches(&command.get_matches_from(line)).unwrap();
    assert_eq!(args.config.as_deref(), Some("x.toml"));
    let settings = read(&args.flags, [], None).unwrap();
    assert_eq!((settings.hold_seconds, settings.open_signup), (9, false));
}

#[test]
fn a_named_file_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("other.toml").to_string_lossy().into_owned();
    assert!(matches!(read_file(Some(named.clone())), Err(SettingsError::Unreadable { .. })));
    fs::write(&named, "log = \"warn\"").unwrap();
    assert_eq!(read_file(Some(named.clone())).unwrap(), Some((named, "log = \"warn\"".to_owned())));
}

#[test]
fn the_readme_table_names_every_setting() {
    let text = readme_table();
    assert_eq!(text.lines().count(), TABLE.len() + 2);
    assert!(text.contains("| `hold_seconds` | `ONSALE_HOLD_SECONDS` | `--hold-seconds` | `300` |"), "{text}");
}

#[test]
fn the_readme_has_this_table() {
    let table = super::readme_table();
    assert!(include_str!("../../../../README.md").contains(&table), "README.md needs this table:\n{table}");
}

#[test]
fn the_text_of_the_capacity_names_its_bound() {
    let setting = TABLE.iter().find(|setting| setting.key == "line_capacity").unwrap();
    assert!(setting.allowed.ends_with(&format!("to {}", onsale_line::Capacity::MAX)), "{}", setting.allowed);
}
