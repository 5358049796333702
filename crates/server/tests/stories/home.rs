//! Where a stage stores its sale: on the embedded store, in a folder of its own.

use onsale_storage::store::StoreConfig;
use tempfile::TempDir;

/// The epoch of a new line.
pub(crate) const FIRST_EPOCH: u32 = 1;

/// See the module.
pub(crate) struct Home(TempDir);

impl Home {
    #[expect(clippy::unused_async, reason = "creating a database, for the shared stories, is async")]
    pub(crate) async fn fresh() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    pub(crate) fn store_config(&self) -> StoreConfig {
        StoreConfig::Embedded(self.0.path().to_owned())
    }
}
