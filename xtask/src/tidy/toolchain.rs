//! The version of Rust, which several files name.

use super::finding::Finding;
use super::source::Source;

const PINNED_IN: &str = "rust-toolchain.toml";
/// How container images begin.
const IMAGE: &str = "rust:";

/// Compares `rust-version` and the images of builds with the pinned toolchain.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let pinned = sources.iter().find(|source| source.path == PINNED_IN);
    let Some(pinned) = pinned.and_then(|source| quoted(&source.text, "channel = ")) else {
        return Vec::new();
    };
    let minor = pinned.rsplit_once('.').map_or(pinned, |(minor, _)| minor);
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| names_version(&source.path)) {
        for (index, line) in source.text.lines().enumerate() {
            let other = quoted(line, "rust-version = ").filter(|version| *version != minor);
            let image = image(line).filter(|version| *version != pinned);
            if let Some(version) = other.or(image) {
                let what = format!("Rust {version} is not the {pinned} of {PINNED_IN}");
                found.push(Finding::new(&source.path, index + 1, what, "name the same version in both"));
            }
        }
    }
    found
}

fn names_version(path: &str) -> bool {
    path == "Cargo.toml"
        || path == "Dockerfile"
        || path.starts_with(".github/")
        || path.starts_with(".devcontainer/")
}

fn quoted<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_once(key)?.1.split('"').nth(1)
}

/// The version of an image like `rust:1.2.3-bookworm`.
fn image(line: &str) -> Option<&str> {
    let rest = line.split_once(IMAGE)?.1;
    rest.split(|it: char| !(it.is_ascii_digit() || it == '.')).next().filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<Finding> {
        check(&[Source::new(PINNED_IN, "[toolchain]\nchannel = \"1.95.0\"\n"), Source::new(path, text)])
    }

    #[test]
    fn other_versions_are_found() {
        assert_eq!(found("Cargo.toml", "[workspace.package]\nrust-version = \"1.94\"")[0].line, 2);
        assert_eq!(found("Dockerfile", "FROM rust:1.95-bookworm AS build").len(), 1);
        assert_eq!(found(".github/workflows/ci.yml", "container: rust:1.96.0-bookworm").len(), 1);
    }

    #[test]
    fn the_pinned_version_passes() {
        assert_eq!(found("Cargo.toml", "rust-version = \"1.95\""), []);
        assert_eq!(found("Dockerfile", "FROM rust:1.95.0-bookworm AS build"), []);
        assert_eq!(found("README.md", "rust:1.2.3"), []);
    }
}
