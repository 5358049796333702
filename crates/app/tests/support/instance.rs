//! One instance on an embedded store. Nothing ticks by itself.

use std::sync::Arc;

use jiff::tz::TimeZone;
use onsale_app::app::{App, Config};
use onsale_app::joining::JoinRequest;
use onsale_app::line::InLines;
use onsale_app::tokens::{Secret, TokenKeys};
use onsale_booking::Policy;
use onsale_booking::ids::{SaleId, UserId};
use onsale_line::{Capacity, Dials};
use onsale_storage::store::StoreConfig;

use crate::support::Home;

/// The token secret of every instance.
pub(crate) const SECRET: &str = "a key of this test, with 32 bytes";

/// See the module.
pub(crate) struct Instance {
    pub(crate) home: Home,
    pub(crate) app: Arc<App>,
    capacity: u32,
}

impl Instance {
    /// With so much room in each line.
    pub(crate) async fn open(capacity: u32) -> Self {
        Self::at(Home::new(), capacity, SECRET).await
    }

    async fn at(home: Home, capacity: u32, secret: &str) -> Self {
        let config = Config {
            policy: Policy::new(300, 4, 600),
            dials: Dials { capacity: Capacity::new(capacity).unwrap(), rate_per_minute: 0, paused: false },
            open_signup: true,
            time_zone: TimeZone::UTC,
            wait_connections: 2,
        };
        let keys = TokenKeys::new(&Secret::new(secret).unwrap());
        let store = StoreConfig::Embedded(home.folder().to_owned());
        let app = App::open(store, home.clock.clone(), config, keys).await.unwrap();
        Self { home, app: Arc::new(app), capacity }
    }

    /// Closes the store in order, and opens it again.
    #[allow(dead_code, reason = "each suite uses its share of it")]
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(SECRET).await
    }

    /// The same with this token secret.
    #[allow(dead_code, reason = "each suite uses its share of it")]
    pub(crate) async fn reopened_with(self, secret: &str) -> Self {
        let Self { home, app, capacity } = self;
        app.close().await;
        drop(app);
        Self::at(home, capacity, secret).await
    }

    /// Ticks every open line once, and returns the people in them.
    #[allow(dead_code, reason = "each suite uses its share of it")]
    pub(crate) async fn ticked(&self) -> InLines {
        self.app.tick().await;
        InLines::of(&self.app.open_lines())
    }
}

/// A request to join a sale that is for everybody.
#[allow(dead_code, reason = "each suite uses its share of it")]
pub(crate) fn to(sale: SaleId, user: UserId) -> JoinRequest<'static> {
    JoinRequest { sale: Some(sale), ..JoinRequest::to_main(user) }
}
