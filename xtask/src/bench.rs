//! `cargo xtask bench`.

use crate::cargo::cargo;

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    cargo(&["build", "--release", "--package", "onsale", "--package", "onsale-bench"], &[], &[])?;
    cargo(&["run", "--release", "--quiet", "--package", "onsale-bench", "--"], args, &[])
}
