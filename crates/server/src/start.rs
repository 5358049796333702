//! From settings to a running instance.

use onsale_app::app::Config;
use onsale_app::tokens::{Secret, TokenKeys};
use onsale_booking::Policy;
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::postgres::PostgresOptions;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::StoreConfig;

use crate::secret;
use crate::settings::{LineUrl, Settings, StoreUrl};

/// Connections of one instance that write to PostgreSQL: while one waits for its commit, the other decides.
const WRITERS: usize = 2;

/// The store and its clock.
pub fn store(settings: &Settings) -> (StoreConfig, Clock) {
    match (&settings.store, &settings.line) {
        (StoreUrl::Sqlite(folder), _) => (StoreConfig::Embedded(folder.clone()), Clock::system()),
        (StoreUrl::Postgres(url), line) => {
            let postgres = PostgresOptions {
                url: url.clone(),
                allow_weak_durability: settings.allow_weak_durability,
                writers: WRITERS,
            };
            let redis = match line {
                LineUrl::Embedded => None,
                LineUrl::Redis(url) => Some(RedisOptions::new(url)),
            };
            (StoreConfig::Postgres(postgres, redis), Clock::of_store())
        }
    }
}

/// What the sale is run by.
pub fn config(settings: &Settings) -> Config {
    Config {
        policy: Policy::new(settings.hold_seconds, settings.holds_per_user, settings.pass_seconds),
        dials: Dials {
            capacity: settings.line_capacity,
            rate_per_minute: settings.line_rate_per_minute,
            paused: false,
        },
        open_signup: settings.open_signup,
        time_zone: settings.time_zone.clone(),
    }
}

/// The keys of the token secret that is set, or that an embedded store keeps in its folder.
///
/// # Errors
/// No secret is set for PostgreSQL, or the folder's secret cannot be read or made.
pub fn keys(settings: &Settings) -> Result<TokenKeys, String> {
    Ok(TokenKeys::new(&token_secret(settings)?))
}

fn token_secret(settings: &Settings) -> Result<Secret, String> {
    if let Some(secret) = &settings.token_secret {
        return Ok(secret.clone());
    }
    let StoreUrl::Sqlite(folder) = &settings.store else {
        return Err("ONSALE_TOKEN_SECRET must be set when the store is PostgreSQL".to_owned());
    };
    let path = secret::path(folder);
    secret::find_or_make(folder).map_err(|error| format!("{}: {error}", path.display()))
}
