//! The scripts, and how to call them.
//!
//! Whom to call, how long a call stands, when somebody is due and what a rebuilt line is are decided in Rust,
//! by `onsale-line`. A few rules live in Lua, because each reads and writes state that other instances change
//! at the same moment, and only a script does that atomically; ARCHITECTURE.md lists them.
//!
//! Their numbers come from here: [`constants`] puts them before every script.

use std::sync::LazyLock;

use onsale_line::{CALL_MIN, CHUNK_NUMBERS, CLAIM_MIN, LOBBY_SLACK, RATE_WINDOW};
use redis::{Cmd, Script};

/// How many updates a mirror may miss before it has to read the whole line.
const UPDATES_KEPT: u32 = 20_000;
/// Users are kept in this many small hashes, which Redis packs: a third of the memory of one large hash.
pub(super) const USER_BUCKETS: u32 = 4_096;
/// How far the clock's skew may fall in one tick, in microseconds.
const SKEW_FALL_MAX: u32 = 1_000;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident $file:literal)+) => {
        $( $(#[$doc])* pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            with_constants(concat!(
                include_str!("scripts/prelude.lua"),
                include_str!(concat!("scripts/", $file))
            ))
        }); )+

        /// Every script.
        pub(super) fn all() -> Vec<&'static Script> {
            vec![$(&$name,)+ &REBUILD]
        }
    };
}

scripts! {
    /// Gives users their numbers.
    JOIN "join.lua"
    /// Finds users' numbers.
    PLACES "places.lua"
    /// Notes signs of life.
    SIGNS "signs.lua"
    /// Keeps calls open.
    CLAIM "claim.lua"
    /// Applies what the store says about passes.
    PASSES "passes.lua"
    /// Takes lapsed calls back.
    SKIP "skip.lua"
    /// Returns the line's status and updates, and hands out the tick.
    SYNC "sync.lua"
    /// Applies what a walk decided.
    CALL "call.lua"
    /// Returns everything but the dues.
    WHOLE "whole.lua"
    /// Says up to which number people are known to be there.
    VOUCH "vouch.lua"
    /// Raises the last allocated number, sets dials.
    SET "set.lua"
    /// Sets the sale's times.
    WINDOW "window.lua"
    /// Fixes the lobby's last number, or lets the lobby go on.
    LOBBY "lobby.lua"
    /// Writes places of a draw.
    DRAW "draw.lua"
    /// Opens the line.
    OPEN "open.lua"
    /// Frees the memory of a line that is over.
    CLEAR "clear.lua"
    /// Reads the dues of numbers that lie scattered.
    DUES_OF "dues_of.lua"
}

/// Begins an epoch. It has no prelude: there is no line yet.
pub(super) static REBUILD: LazyLock<Script> =
    LazyLock::new(|| with_constants(include_str!("scripts/rebuild.lua")));

fn with_constants(script: &str) -> Script {
    Script::new(&(constants() + script))
}

/// The numbers that scripts need, as the first line of each. Times are microseconds.
fn constants() -> String {
    let (call, claim, window) = (CALL_MIN.as_micros(), CLAIM_MIN.as_micros(), RATE_WINDOW.as_micros());
    let slack = LOBBY_SLACK.as_micros();
    format!(
        "local CHUNK, CALL, CLAIM, LOBBY_SLACK, RATE_WINDOW, UPDATES_KEPT, USER_BUCKETS, SKEW_FALL_MAX = \
         {CHUNK_NUMBERS}, {call}, {claim}, {slack}, {window}, {UPDATES_KEPT}, {USER_BUCKETS}, {SKEW_FALL_MAX}\n"
    )
}

/// A call of a script on one line. `at` is the time that a test sets, or 0; `tail` the last number known
/// here.
pub(super) fn call(script: &Script, line: &str, at: i64, tail: u64) -> Cmd {
    let mut cmd = redis::cmd("EVALSHA");
    cmd.arg(script.get_hash()).arg(1).arg(line).arg(at).arg(tail);
    cmd
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::constants;

    /// What this crate sends itself, beside what its scripts do.
    const SENT: [&str; 11] = [
        "info",
        "select",
        "cluster|keyslot",
        "cluster|slots",
        "script|load",
        "evalsha",
        "publish",
        "subscribe",
        "exists",
        "getrange",
        "unlink",
    ];

    #[test]
    fn the_documented_user_has_the_rights_that_are_used_and_no_others() {
        let documented = include_str!("../../../../docs/operations.md");
        let rule = documented.lines().find(|line| line.starts_with("ACL SETUSER")).unwrap();
        let granted: BTreeSet<&str> = rule.split(' ').filter_map(|word| word.strip_prefix('+')).collect();
        let mut used: BTreeSet<String> = SENT.map(str::to_owned).into();
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/redis/scripts")).unwrap() {
            let script = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let calls = script.split("redis.call('").skip(1);
            used.extend(calls.map(|call| call.split('\'').next().unwrap().to_lowercase()));
        }
        assert_eq!(granted, used.iter().map(String::as_str).collect());
    }

    #[test]
    fn scripts_get_the_numbers_of_the_rules() {
        let names = "CHUNK, CALL, CLAIM, LOBBY_SLACK, RATE_WINDOW, UPDATES_KEPT, USER_BUCKETS, SKEW_FALL_MAX";
        let numbers = "65536, 10000000, 30000000, 15000000, 60000000, 20000, 4096, 1000";
        assert_eq!(constants(), format!("local {names} = {numbers}\n"));
    }
}
