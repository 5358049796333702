//! Where programs are.

use std::path::{Path, PathBuf};

/// Debian keeps PostgreSQL's server programs here, in a folder a version, outside PATH.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// Finds `name` in PATH, else among PostgreSQL's own programs, in the highest version installed.
///
/// # Errors
/// When it is in neither place.
pub fn find_program(name: &str) -> Result<PathBuf, String> {
    in_path(name)
        .or_else(|| in_versions(Path::new(POSTGRES_VERSIONS), name))
        .ok_or_else(|| format!("{name} is neither in PATH nor in {POSTGRES_VERSIONS}/*/bin"))
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn in_versions(versions: &Path, name: &str) -> Option<PathBuf> {
    let folders = std::fs::read_dir(versions).ok()?.flatten();
    let numbered = folders.filter_map(|folder| {
        let version: u32 = folder.file_name().to_str()?.parse().ok()?;
        let program = folder.path().join("bin").join(name);
        program.is_file().then_some((version, program))
    });
    numbered.max().map(|(_, program)| program)
}
