//! The settings of the server: flag, else environment, else `onsale.toml`, else default.
//!
//! One table lists all settings; flags, environment variables, file keys and the README's table are made from
//! it. Every given value is checked, even if another source overrides it, and the first wrong one keeps the
//! server from starting. Errors never contain a value: it may be a secret.

mod parse;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, fs, io};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use jiff::tz::TimeZone;
use onsale_app::tokens::Secret;
use onsale_http::currency::Currency;
use onsale_http::forwarding::{ForwardedHeader, PublicUrl, TrustedProxies};
use onsale_http::metrics_token::MetricsToken;
use onsale_line::Capacity;

pub use table::{Setting, TABLE, readme_table};

/// The settings file that is read if it exists and no other file is named.
pub const FILE: &str = "onsale.toml";

const ENVIRONMENT: &str = "ONSALE_";
const CONFIG_ENVIRONMENT: &str = "ONSALE_CONFIG";
/// Prefixes of variables that are not settings: tests and benchmarks find their servers by the first two, and
/// `onsale rehearse` reads the last two.
const FOREIGN_ENVIRONMENT: [&str; 4] =
    ["ONSALE_TEST_", "ONSALE_BENCH_", "ONSALE_REHEARSAL_URL", "ONSALE_OPERATOR_TOKEN"];

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The URL at which browsers open the site.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose header is believed.
    pub trusted_proxies: TrustedProxies,
    /// The header that they set.
    pub forwarded_header: ForwardedHeader,
    /// Where bookings are stored.
    pub store: StoreUrl,
    /// Where the waiting line is stored.
    pub line: LineUrl,
    /// The token secret; without one, `SQLite` uses a generated secret in its data folder.
    pub token_secret: Option<Secret>,
    /// How long a hold lasts, in seconds.
    pub hold_seconds: u32,
    /// How many seats one person may hold in a concert.
    pub holds_per_user: u32,
    /// How many people may be inside at once.
    pub line_capacity: Capacity,
    /// How many people may be called per minute; 0 means no limit.
    pub line_rate_per_minute: u32,
    /// How long a person may stay inside, in seconds.
    pub pass_seconds: u32,
    /// Whether anybody may create a user.
    pub open_signup: bool,
    /// The time zone of dates, and of times on pages.
    pub time_zone: TimeZone,
    /// The currency of prices on pages.
    pub currency: Currency,
    /// The memory for answers in flight, in MiB.
    pub answer_mib: u32,
    /// How many requests of one ticket may be in flight at once.
    pub requests_per_ticket: u32,
    /// How many event streams one ticket may have open at once.
    pub streams_per_ticket: u32,
    /// How many polls may be held at once.
    pub wait_connections: u32,
    /// Who may read the metrics besides operators.
    pub metrics_token: Option<MetricsToken>,
    /// The log filter.
    pub log: String,
    /// Whether to accept a PostgreSQL that can lose acknowledged writes.
    pub allow_weak_durability: bool,
}

/// Where bookings are stored.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `SQLite` in this folder.
    Sqlite(PathBuf),
    /// `PostgreSQL` at this URL, which may hold a password.
    Postgres(String),
}

/// Where the waiting line is stored.
#[derive(Clone, PartialEq, Eq)]
pub enum LineUrl {
    /// In this process.
    Embedded,
    /// Redis at this URL (`rediss` for TLS), which may hold a password.
    Redis(String),
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => f.debug_tuple("Sqlite").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres([hidden])"),
        }
    }
}

impl fmt::Debug for LineUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("Embedded"),
            Self::Redis(_) => f.write_str("Redis([hidden])"),
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is the default.
    Default,
    /// The settings file with this name.
    File(String),
    /// The environment, where it is not one variable that is wrong.
    Process,
    /// This environment variable.
    Environment(String),
    /// This flag, without its dashes.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(name) => f.write_str(name),
            Self::Process => f.write_str("the environment"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag --{flag}"),
        }
    }
}

/// Why the settings do not let the server start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not allowed.
    #[error("setting {key}, from {source_name}: must be {allowed}")]
    BadValue {
        /// The setting.
        key: &'static str,
        /// Where the value comes from.
        source_name: Source,
        /// What is allowed.
        allowed: String,
    },
    /// There is no setting with this name.
    #[error("{source_name} sets {key:?}, which is not a setting; the settings are {}", table::keys())]
    Unknown {
        /// The name.
        key: String,
        /// Where it was found.
        source_name: Source,
    },
    /// Two settings do not fit together.
    #[error("setting {key}, from {source_name}: {why}")]
    Conflict {
        /// The setting to change.
        key: &'static str,
        /// Where its value comes from.
        source_name: Source,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// The file is not TOML.
    #[error("{file}, line {line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser expected.
        message: String,
    },
    /// The file cannot be read.
    #[error("{file} cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// The reason.
        error: io::Error,
    },
}

/// The settings that a command takes as flags; use it with `#[command(flatten)]`.
#[derive(Clone, Debug, Default)]
pub struct SettingsArgs {
    flags: BTreeMap<&'static str, String>,
    config: Option<String>,
}

impl SettingsArgs {
    /// The settings from flags, environment and file of this process.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn load(&self) -> Result<Settings, SettingsError> {
        let env: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let named = env.iter().find(|(name, _)| name == CONFIG_ENVIRONMENT);
        let named = named.map(|(_, value)| value.to_string_lossy().into_owned());
        let file = read_file(self.config.clone().or(named))?;
        read(&self.flags, env, file.as_ref().map(|(name, text)| (name.as_str(), text.as_str())))
    }
}

impl FromArgMatches for SettingsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key: &str| matches.get_one::<String>(key).cloned();
        let flags = TABLE.iter().filter_map(|setting| Some((setting.key, given(setting.key)?))).collect();
        Ok(Self { flags, config: given("config") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SettingsArgs {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config").long("config").value_name("FILE");
        let config = config.help("Settings file, which must exist [default: onsale.toml, if it exists]");
        TABLE.iter().fold(command.arg(config), |command, setting| {
            let arg = Arg::new(setting.key).long(setting.flag).value_name(setting.value_name);
            command.arg(arg.help(setting.flag_help()).help_heading("Settings"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn read_file(named: Option<String>) -> Result<Option<(String, String)>, SettingsError> {
    let must_exist = named.is_some();
    let file = named.unwrap_or_else(|| FILE.to_owned());
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some((file, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(SettingsError::Unreadable { file, error }),
    }
}

/// The settings from flags (by key), environment variables and a file (its name and text).
///
/// # Errors
/// The first setting that is wrong.
pub fn read(
    flags: &BTreeMap<&'static str, String>,
    env: impl IntoIterator<Item = (OsString, OsString)>,
    file: Option<(&str, &str)>,
) -> Result<Settings, SettingsError> {
    let mut draft = Draft::of_defaults()?;
    if let Some((name, text)) = file {
        draft.apply_file(name, text)?;
    }
    draft.apply_environment(env)?;
    for setting in &TABLE {
        if let Some(value) = flags.get(setting.key) {
            draft.apply(setting, value, Source::Flag(setting.flag))?;
        }
    }
    draft.finish()
}

/// Settings while they are read. Each source overrides the ones before it.
struct Draft {
    settings: Settings,
    sources: BTreeMap<&'static str, Source>,
}

impl Draft {
    fn of_defaults() -> Result<Self, SettingsError> {
        let mut draft = Self { settings: table::blank(), sources: BTreeMap::new() };
        for setting in &TABLE {
            if let Some(value) = setting.default {
                draft.apply(setting, value, Source::Default)?;
            }
        }
        Ok(draft)
    }

    fn apply(&mut self, setting: &Setting, value: &str, source: Source) -> Result<(), SettingsError> {
        match (setting.set)(&mut self.settings, value) {
            Ok(()) => {
                self.sources.insert(setting.key, source);
                Ok(())
            }
            Err(allowed) => Err(SettingsError::BadValue { key: setting.key, source_name: source, allowed }),
        }
    }

    fn apply_file(&mut self, name: &str, text: &str) -> Result<(), SettingsError> {
        let table: toml::Table = text.parse().map_err(|error| syntax_error(name, text, &error))?;
        for (key, value) in table {
            let source = Source::File(name.to_owned());
            let Some(setting) = TABLE.iter().find(|setting| setting.key == key) else {
                return Err(SettingsError::Unknown { key, source_name: source });
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(boolean) => boolean.to_string(),
                _ => return Err(setting.bad_value(source)),
            };
            self.apply(setting, &value, source)?;
        }
        Ok(())
    }

    fn apply_environment(
        &mut self,
        env: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), SettingsError> {
        for (name, value) in env {
            let name = name.to_string_lossy().into_owned();
            let is_foreign = FOREIGN_ENVIRONMENT.iter().any(|prefix| name.starts_with(prefix));
            if !name.starts_with(ENVIRONMENT) || name == CONFIG_ENVIRONMENT || is_foreign {
                continue;
            }
            let source = Source::Environment(name.clone());
            let Some(setting) = TABLE.iter().find(|setting| setting.environment == name) else {
                return Err(SettingsError::Unknown { key: name, source_name: Source::Process });
            };
            let value = value.to_str().ok_or_else(|| setting.bad_value(source.clone()))?;
            self.apply(setting, value, source)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Settings, SettingsError> {
        let conflict = |key: &'static str, why| {
            let source_name = self.sources.get(key).cloned().unwrap_or(Source::Default);
            Err(SettingsError::Conflict { key, source_name, why })
        };
        let settings = &self.settings;
        let is_sqlite = matches!(settings.store, StoreUrl::Sqlite(_));
        if is_sqlite && matches!(settings.line, LineUrl::Redis(_)) {
            return conflict(
                "line",
                "a Redis line needs store = postgres://...; with SQLite use line = embedded",
            );
        }
        if !is_sqlite && settings.token_secret.is_none() {
            return conflict(
                "token_secret",
                "must be set when the store is PostgreSQL, the same on every instance",
            );
        }
        Ok(self.settings)
    }
}

/// The line and the message only: the parser's full report quotes the text, which may hold a secret.
fn syntax_error(file: &str, text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    SettingsError::Syntax { file: file.to_owned(), line, message: error.message().to_owned() }
}

#[cfg(test)]
mod tests;
