//! The generated token secret: written once, next to the embedded store's data.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use onsale_app::tokens::Secret;
use onsale_storage::private;

const BYTES: usize = 32;

/// The file of the secret in the data folder.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("token-secret")
}

/// The secret in `folder`, generated if there is none yet. If two processes generate one at the same time,
/// both use the first.
///
/// # Errors
/// When the folder or the file cannot be used, or the file does not hold a secret.
pub fn find_or_generate(folder: &Path) -> io::Result<Secret> {
    private::create_folder(folder)?;
    let path = path(folder);
    if !path.exists() {
        generate(folder, &path)?;
    }
    let bytes = fs::read(&path)?;
    Secret::new(bytes).map_err(|weak| io::Error::new(io::ErrorKind::InvalidData, format!("must be {weak}")))
}

/// Writes the whole secret to a draft and links it, so that no process can read half a secret.
fn generate(folder: &Path, path: &Path) -> io::Result<()> {
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
    fn a_secret_is_generated_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let generated = find_or_generate(folder.path()).unwrap();
        assert_eq!(find_or_generate(folder.path()).unwrap().expose(), generated.expose());
        assert_eq!(generated.expose().len(), 64);
        let permissions = fs::metadata(path(folder.path())).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_without_a_strong_secret_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (weak, why) in
            [("short", "at least 32 bytes"), ("for-trying-out-only-and-known-to-everybody\n", "of your own")]
        {
            fs::write(path(folder.path()), weak).unwrap();
            let error = find_or_generate(folder.path()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
