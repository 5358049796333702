//! `cargo xtask screenshots`: pictures of the pages.

use crate::cargo::cargo;
use crate::tools::{self, CHROMEDRIVER, CHROMIUM, FC_LIST, KOREAN_FONT};

const FOLDER: &str = "docs/screenshots";

/// A test that no other command runs takes them (crates/server/tests/browser/screenshots.rs). It has the
/// servers, the browsers and the visitors, and xtask has no dependencies.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let folder = match args {
        [] => FOLDER,
        [folder] if !folder.starts_with('-') => folder,
        _ => return Err("screenshots takes a folder, and nothing else".to_owned()),
    };
    tools::ensure(&[CHROMIUM, CHROMEDRIVER, FC_LIST, KOREAN_FONT])?;
    // Tests run in the folder of their package.
    let folder = std::path::absolute(folder).map_err(|error| format!("{folder}: {error}"))?;
    // The whole workspace, so that what `cargo xtask test` has built is used.
    let task = ["test", "--workspace", "--test", "browser", "--", "--ignored", "--exact", "--nocapture"];
    cargo(
        &[&task[..], &["screenshots::take_all"]].concat(),
        &[],
        &[("ONSALE_SCREENSHOTS", folder.display().to_string())],
    )
}
