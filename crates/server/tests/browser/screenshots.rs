//! `cargo xtask screenshots`: pictures of every page, for the documentation and for whoever looks after the design.

use std::path::{Path, PathBuf};

use onsale_testbed::browser::{ColorScheme, Preferences, Session, Viewport};

use crate::site::Site;

/// Where the pictures go, as `cargo xtask screenshots` says it.
const FOLDER: &str = "ONSALE_SCREENSHOTS";

/// Who looks at a page. Each has a way of their own to come so far, in `visitor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Visitor {
    /// Somebody who has never been here.
    Stranger,
}

/// A page to be taken: what its files are called, where it is, who sees it, and what is there once it is whole.
struct Page {
    name: &'static str,
    path: &'static str,
    visitor: Visitor,
    shows: &'static str,
}

const PAGES: [Page; 1] =
    [Page { name: "docs", path: "/docs", visitor: Visitor::Stranger, shows: ".opblock" }];

const SIZES: [(&str, Viewport); 2] = [("1280", Viewport::DESKTOP), ("360", Viewport::PHONE)];
const SCHEMES: [(&str, ColorScheme); 2] = [("light", ColorScheme::Light), ("dark", ColorScheme::Dark)];

#[tokio::test]
#[ignore = "writes files: cargo xtask screenshots"]
async fn take_all() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("cargo xtask screenshots says where to"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let site = Site::demo(&[]).await;
    for page in &PAGES {
        let visitor = visitor(&site, page.visitor).await;
        take(&visitor, page, &folder).await;
        visitor.end().await;
    }
    site.end().await;
}

/// Somebody who has come as far as the page needs.
async fn visitor(site: &Site, visitor: Visitor) -> Session {
    match visitor {
        Visitor::Stranger => site.visitor().await,
    }
}

async fn take(visitor: &Session, page: &Page, folder: &Path) {
    for (width, viewport) in SIZES {
        for (scheme, color_scheme) in SCHEMES {
            visitor.resize(viewport).await;
            visitor.prefer(Preferences { color_scheme, ..Preferences::default() }).await;
            visitor.go(page.path).await;
            visitor.wait_for(page.shows).await;
            let file = folder.join(format!("{}-{width}-{scheme}.png", page.name));
            std::fs::write(&file, visitor.screenshot().await).expect("the picture can be written");
            eprintln!("{}", file.display());
        }
    }
}
