//! The readers under test, named in one place.

pub(crate) use onsale::api::router;
pub(crate) use onsale::app::{App, Shared};
pub(crate) use onsale::cookies;
pub(crate) use onsale::currency::Currency;
pub(crate) use onsale::settings;
pub(crate) use onsale::tokens;
pub(crate) use onsale_storage::clock::Clock;
pub(crate) use onsale_storage::postgres::{self, PostgresOptions};
pub(crate) use onsale_storage::store::Kept;
