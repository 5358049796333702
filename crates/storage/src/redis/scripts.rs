//! The scripts, and how they are asked for.

use std::sync::LazyLock;

use redis::{Cmd, Script};

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident $file:literal)+) => {
        $( $(#[$doc])* pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("scripts/prelude.lua"), include_str!(concat!("scripts/", $file))))
        }); )+

        /// Every script that goes through [`ask`].
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
    /// Takes up what the store says of passes.
    PASSES "passes.lua"
    /// Takes lapsed calls back.
    SKIP "skip.lua"
    /// Gives figures and news, and hands out the tick.
    SYNC "sync.lua"
    /// Applies what a walk decided.
    CALL "call.lua"
    /// Gives everything but the dues.
    WHOLE "whole.lua"
    /// Says up to which number there are people.
    VOUCH "vouch.lua"
    /// Raises what is reserved, turns dials.
    SET "set.lua"
}

/// Begins an epoch. Stands alone: there is no line yet.
pub(super) static REBUILD: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/rebuild.lua")));

/// A script on one line, at a time that a test dictates or 0. `tail` is the last number that is known here.
pub(super) fn ask(script: &Script, line: &str, at: i64, tail: u64) -> Cmd {
    let mut cmd = redis::cmd("EVALSHA");
    cmd.arg(script.get_hash()).arg(1).arg(line).arg(at).arg(tail);
    cmd
}
