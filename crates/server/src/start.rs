//! Turns settings into what a running instance needs.

use onsale_app::app::Config;
use onsale_app::tokens::{Secret, TokenKeys};
use onsale_booking::Policy;
use onsale_http::connection::Limits;
use onsale_http::forwarding::Forwarding;
use onsale_http::site::SiteConfig;
use onsale_line::Dials;
use onsale_storage::clock::Clock;
use onsale_storage::postgres::PostgresOptions;
use onsale_storage::redis::RedisOptions;
use onsale_storage::store::StoreConfig;

use crate::secret;
use crate::settings::{LineUrl, Settings, StoreUrl};

/// How many connections of an instance write to PostgreSQL: while one waits for its commit, the other
/// decides.
const WRITERS: usize = 2;

/// Which store and line to open, and the store's clock.
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

/// How the sale is run.
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
        wait_connections: settings.wait_connections as usize,
    }
}

/// How the sale is served.
pub fn site_config(settings: &Settings) -> SiteConfig {
    let limits = Limits {
        answer_bytes_max: settings.answer_mib as usize * 1024 * 1024,
        requests_per_ticket: settings.requests_per_ticket as usize,
        streams_per_ticket: settings.streams_per_ticket as usize,
        ..Limits::default()
    };
    let forwarding = Forwarding {
        public_url: settings.public_url.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        header: settings.forwarded_header,
    };
    SiteConfig {
        limits,
        currency: settings.currency,
        forwarding,
        metrics_token: settings.metrics_token.clone(),
    }
}

/// The token keys: of the secret that is set, or with `SQLite` of the one in the data folder, generated if
/// needed.
///
/// # Errors
/// No secret is set for PostgreSQL, or the file in the data folder cannot be read or written.
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
    secret::find_or_generate(folder).map_err(|error| format!("{}: {error}", path.display()))
}
