//! Which crate may depend on which, and which folders of modules must not import each other.

use super::circles::Uses;
use super::finding::Finding;
use super::source::Source;

/// Lowest first. A crate depends only on crates in lower rows.
const LAYERS: &[&[&str]] = &[
    &["onsale-booking", "onsale-line", "onsale-rehearsal", "onsale-testbed"],
    &["onsale-plan"],
    &["onsale-storage"],
    &["onsale-app"],
    &["onsale-http"],
    &["onsale"],
    &["onsale-bench"],
];

/// Crates that share no code with what they judge. Outside of tests, only the program and benches use them.
const APART: &[&str] = &["onsale-rehearsal"];
const MAY_OFFER: &[&str] = &["onsale", "onsale-bench"];

/// Folders whose modules must not import each other.
const STRANGERS: &[(&str, &str)] = &[("crates/http/src/api", "crates/http/src/web")];

/// Reads the dependencies of every Cargo.toml, those of tests left out.
pub(crate) fn check_crates(sources: &[Source]) -> Vec<Finding> {
    let manifests = sources.iter().filter(|source| source.name() == "Cargo.toml");
    manifests.flat_map(check_manifest).collect()
}

fn check_manifest(source: &Source) -> Vec<Finding> {
    let (mut section, mut package, mut found) = ("", "", Vec::new());
    for (index, line) in source.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split(['=', '.', ' ']).next().unwrap_or_default();
        if section == "[package]" && key == "name" {
            package = line.split('"').nth(1).unwrap_or_default();
        }
        let is_dependency = section == "[dependencies]" || section == "[build-dependencies]";
        if let Some(why) = refuse(package, key).filter(|_| is_dependency) {
            let what = format!("{package} depends on {key}");
            found.push(Finding::new(&source.path, index + 1, what, why));
        }
    }
    found
}

fn refuse(package: &str, on: &str) -> Option<&'static str> {
    let layer = |name: &str| LAYERS.iter().position(|row| row.contains(&name));
    let (own, other) = (layer(package)?, layer(on)?);
    if APART.contains(&on) && !MAY_OFFER.contains(&package) {
        return Some("it must share no code with what it judges; only the program may depend on it");
    }
    (own <= other).then_some("reverse it: a crate depends only on lower layers (xtask/src/tidy/layers.rs)")
}

/// Finds imports between [`STRANGERS`].
pub(crate) fn check_modules(uses: &Uses) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, used) in uses {
        for (other, line) in used {
            let is_in = |path: &str, folder: &str| {
                path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
            };
            let meet = STRANGERS.iter().any(|(one, two)| {
                is_in(file, one) && is_in(other, two) || is_in(file, two) && is_in(other, one)
            });
            if meet {
                let todo = "move what both need to a module beside them, or to the use cases";
                found.push(Finding::new(file, *line, format!("imports {other}"), todo));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &str) -> Vec<Finding> {
        let text = format!("[package]\nname = \"{name}\"\n\n{dependencies}\n");
        check_crates(&[Source::new("crates/x/Cargo.toml", &text)])
    }

    #[test]
    fn a_crate_depends_on_lower_ones_only() {
        let honest =
            "[dependencies]\nonsale-app.workspace = true\nonsale-storage = { path = \"..\" }\nserde = \"1\"";
        assert_eq!(manifest("onsale-http", honest), []);
        let found = manifest("onsale-storage", "[dependencies]\nonsale-app.workspace = true");
        assert_eq!((found.len(), found[0].line), (1, 5));
        assert_eq!(manifest("onsale-app", "[dependencies]\nonsale-app = {}").len(), 1);
    }

    #[test]
    fn a_rehearsal_shares_nothing_with_what_it_judges() {
        assert_eq!(manifest("onsale-rehearsal", "[dependencies]\nonsale-booking.workspace = true").len(), 1);
        assert_eq!(manifest("onsale-http", "[dependencies]\nonsale-rehearsal.workspace = true").len(), 1);
        assert_eq!(manifest("onsale", "[dependencies]\nonsale-rehearsal.workspace = true"), []);
        assert_eq!(manifest("onsale-http", "[dev-dependencies]\nonsale-rehearsal.workspace = true"), []);
    }

    #[test]
    fn api_and_web_never_meet() {
        let uses = |from: &str, to: &str| Uses::from([(from.to_owned(), [(to.to_owned(), 3)].into())]);
        assert_eq!(check_modules(&uses("crates/http/src/web/fan.rs", "crates/http/src/api.rs")).len(), 1);
        assert_eq!(
            check_modules(&uses("crates/http/src/api/line.rs", "crates/http/src/web/mod.rs")).len(),
            1
        );
        assert_eq!(check_modules(&uses("crates/http/src/api/line.rs", "crates/http/src/api/mod.rs")), []);
        assert_eq!(check_modules(&uses("crates/http/src/api/line.rs", "crates/http/src/webhook.rs")), []);
    }
}
