//! The secret that signs tokens, when the settings give none: made once and kept with the embedded data.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use onsale_app::tokens::Secret;
use onsale_storage::private;

const BYTES: usize = 32;

/// Where the secret is kept.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("token-secret")
}

/// The secret kept in `folder`, made if there is none yet. Safe beside another process that does the same:
/// whoever is first wins.
///
/// # Errors
/// When the folder or the file cannot be used, or the file does not hold a secret.
pub fn find_or_make(folder: &Path) -> io::Result<Secret> {
    private::create_folder(folder)?;
    let path = path(folder);
    if !path.exists() {
        make(folder, &path)?;
    }
    let kept = fs::read(&path)?;
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "does not hold a secret of 32 bytes or more");
    Secret::new(kept).ok_or_else(wrong)
}

/// Writes the whole secret under another name first, so that nobody ever reads half of one.
fn make(folder: &Path, path: &Path) -> io::Result<()> {
    let mut bytes = [0_u8; BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    let draft = folder.join(format!("token-secret.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    for byte in bytes {
        write!(file, "{byte:02x}")?;
    }
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = find_or_make(folder.path()).unwrap();
        assert_eq!(find_or_make(folder.path()).unwrap().expose(), made.expose());
        assert_eq!(made.expose().len(), 64);
        let permissions = fs::metadata(path(folder.path())).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), "short").unwrap();
        assert!(find_or_make(folder.path()).is_err());
    }
}
