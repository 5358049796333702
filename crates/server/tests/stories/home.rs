//! Where a sale is kept: here, in a folder of its own.

use onsale_storage::store::StoreConfig;
use tempfile::TempDir;

/// The epoch of a line that nothing has happened to.
pub(crate) const FIRST_EPOCH: u32 = 1;

/// See the module.
pub(crate) struct Home(TempDir);

impl Home {
    #[expect(clippy::unused_async, reason = "a database takes its time")]
    pub(crate) async fn fresh() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    pub(crate) fn store_config(&self) -> StoreConfig {
        StoreConfig::Embedded(self.0.path().to_owned())
    }
}
