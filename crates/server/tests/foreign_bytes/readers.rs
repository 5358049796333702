//! The readers under test, named in one place.

pub(crate) use onsale::{settings, start};
pub(crate) use onsale_app::app::App;
pub(crate) use onsale_app::tokens;
pub(crate) use onsale_http::bearer::bearer;
pub(crate) use onsale_http::connection::{self, Limits};
pub(crate) use onsale_http::cookies;
pub(crate) use onsale_http::currency::Currency;
pub(crate) use onsale_http::forwarding::{ForwardedHeader, PublicUrl};
pub(crate) use onsale_http::router;
pub(crate) use onsale_http::site::Shared;
pub(crate) use onsale_line::NUMBER_MAX;
pub(crate) use onsale_storage::clock::Clock;
pub(crate) use onsale_storage::postgres::{self, PostgresOptions};
pub(crate) use onsale_storage::store::StoreConfig;
