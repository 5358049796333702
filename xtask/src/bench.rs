//! `cargo xtask bench`.

use crate::cargo::cargo;
use crate::tools::{self, POSTGRES, REDIS};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    tools::ensure(&[POSTGRES, REDIS])?;
    cargo(&["build", "--release", "--package", "onsale", "--package", "onsale-bench"], &[], &[])?;
    cargo(&["run", "--release", "--quiet", "--package", "onsale-bench", "--"], args, &[])
}
