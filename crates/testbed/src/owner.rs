//! The user that a server runs as: PostgreSQL refuses to run as root.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

/// The user that a server belongs to, and that its folder belongs to.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// Our own user.
    Myself,
    /// Somebody whom root drops to.
    Other { user_id: u32, group_id: u32 },
}

impl Owner {
    /// Our own user, unless that is root.
    pub(crate) fn not_root() -> Result<Self, String> {
        let am_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        if !am_root {
            return Ok(Self::Myself);
        }
        let users =
            std::fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| find(&users, name))
            .ok_or_else(|| "there is neither a user postgres nor a user nobody to drop to".to_owned())
    }

    /// `program`, run as this user. Its process is our own child.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Myself => Command::new(program),
            Self::Other { user_id, group_id } => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user_id}"), format!("--regid={group_id}")]);
                command.args(["--clear-groups", "--"]).arg(program);
                command
            }
        }
    }

    /// Gives a folder to this user.
    pub(crate) fn take(&self, folder: &Path) -> std::io::Result<()> {
        match self {
            Self::Myself => Ok(()),
            Self::Other { user_id, group_id } => chown(folder, Some(*user_id), Some(*group_id)),
        }
    }
}

fn find(users: &str, name: &str) -> Option<Owner> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let mut numbers = fields.skip(1).map(str::parse);
        Some(Owner::Other { user_id: numbers.next()?.ok()?, group_id: numbers.next()?.ok()? })
    })
}
