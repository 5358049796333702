//! Whether people can use a page who do not see it, or not well, or have no mouse: axe-core's rules.

use serde_json::{Value, json};

use super::Session;
use super::waiting::Failure;

/// See assets/axe/README.md.
const AXE: &str = include_str!("../../assets/axe/axe.min.js");
/// WCAG 2.2 up to level AA, which takes in all before it, and what axe-core calls best practices.
const RULES: [&str; 7] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
/// Run by the driver and not put into the page, whose policy would refuse it.
const RUN: &str = "return axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'] })
    .then(found => found.violations.filter(it => it.impact === 'serious' || it.impact === 'critical'))";

/// A rule of axe-core that a page breaks badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's id, as in `color-contrast`.
    pub rule: String,
    /// `serious` or `critical`.
    pub impact: String,
    /// What should be.
    pub help: String,
    /// CSS selectors of what is not so.
    pub targets: Vec<String>,
}

impl Session {
    /// What of the page as it is now is a serious or critical violation.
    #[track_caller]
    pub fn accessibility(&self) -> impl Future<Output = Vec<Violation>> {
        self.step("judge accessibility", async {
            if self.run("return typeof axe", &[]).await? != "object" {
                self.run(AXE, &[]).await?;
            }
            let found = self.run(RUN, &[json!(RULES)]).await?;
            let found = found.as_array().ok_or_else(|| Failure::Final(format!("axe-core says {found}")))?;
            Ok(found.iter().map(Violation::read).collect())
        })
    }
}

impl Violation {
    fn read(found: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let nodes = found["nodes"].as_array().into_iter().flatten();
        let targets = nodes.flat_map(|node| node["target"].as_array().into_iter().flatten());
        Self {
            rule: text(&found["id"]),
            impact: text(&found["impact"]),
            help: text(&found["help"]),
            // A target inside a shadow tree is itself a list.
            targets: targets.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).collect(),
        }
    }
}
