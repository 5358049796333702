//! A temporary folder and its guardian.
//!
//! The guardian is a shell that waits on a pipe from this process. When the pipe closes without a word, this
//! process has died. Then the guardian kills everything that still runs in the folder, frozen or not, and
//! removes the folder. It has its own process group, so that signals to ours do not reach it.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::chance;
use crate::owner::Owner;

/// `$0` is the folder. Looks again until nobody is left, for a process may have had a child meanwhile.
const GUARDIAN: &str = r#"
trap '' HUP INT TERM
read -r word
[ "$word" = removed ] && exit
found=yes
while [ -n "$found" ]; do
    found=
    for process in /proc/[0-9]*; do
        case "$(readlink "$process/cwd")" in
            "$0" | "$0"/*) kill -s KILL "${process#/proc/}" && found=yes ;;
        esac
    done
done
rm -rf "$0"
"#;

/// Removed on drop, after its servers were stopped, and by its guardian if it comes to no drop.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    guardian: Child,
}

impl Folder {
    /// Makes a folder that only `owner` can enter.
    pub(crate) fn new(kind: &str, owner: &Owner) -> Result<Self, String> {
        let name = format!("onsale-{kind}-{}-{:016x}", std::process::id(), chance::number());
        let path = std::env::temp_dir().join(name);
        let problem = |error: std::io::Error| format!("{}: {error}", path.display());
        DirBuilder::new().mode(0o700).create(&path).map_err(problem)?;
        // Links resolved, since the guardian compares with what the system calls it.
        let path = path.canonicalize().map_err(problem)?;
        owner.take(&path).map_err(problem)?;
        let mut command = owner.command(Path::new("sh"));
        command.args(["-c", GUARDIAN]).arg(&path).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(guardian) => Ok(Self { path, guardian }),
            Err(error) => {
                let _ = std::fs::remove_dir_all(&path);
                Err(format!("{}: {error}", command.get_program().display()))
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let is_removed = std::fs::remove_dir_all(&self.path).is_ok();
        if let Some(mut pipe) = self.guardian.stdin.take()
            && is_removed
        {
            let _ = pipe.write_all(b"removed\n");
        }
        let _ = self.guardian.wait();
    }
}
