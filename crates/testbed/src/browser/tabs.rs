//! Several tabs of one browser.

use serde_json::json;

use super::Session;
use super::waiting::Failure;

impl Session {
    /// Opens one more tab and looks at it. It begins as an empty page.
    #[track_caller]
    pub fn open_tab(&self) -> impl Future<Output = ()> {
        self.step("open a tab", async {
            let tab = self.driver.new_tab().await?;
            self.driver.switch_to_window(tab).await?;
            self.prepare().await
        })
    }

    /// Looks at another tab; 0 is the first that was opened.
    #[track_caller]
    pub fn look_at_tab(&self, index: usize) -> impl Future<Output = ()> {
        self.step(format!("look at tab {index}"), async move {
            let tabs = self.driver.windows().await?;
            let tab =
                tabs.get(index).cloned().ok_or_else(|| Failure::Final(format!("{} tabs", tabs.len())))?;
            self.driver.switch_to_window(tab).await?;
            self.ask("Page.bringToFront", json!({})).await.map(drop)
        })
    }
}
