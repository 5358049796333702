//! The commands that this crate sends about a line.

use std::ops::Range;
use std::sync::Arc;

use onsale_line::{Dials, Number, NumberSet, Place, Sign};
use redis::Cmd;

use super::layout::{pass_bytes, short};
use super::mirror::{Mirror, PassSource, PassUpdate};
use super::schedules::DatedSchedule;
use super::scripts::{self, call};

/// What every command to Redis needs.
pub(super) struct Context<'a> {
    /// The key of the line.
    pub(super) key: &'a Arc<str>,
    /// The time that a test sets, or 0.
    pub(super) at: i64,
    /// The numbers whose users are known to be registered in this epoch.
    pub(super) known: &'a NumberSet,
    /// The last number known here.
    pub(super) tail: u64,
    /// The version of the updates known here.
    pub(super) version: i64,
    /// How old the last tick must be, in microseconds.
    pub(super) tick_every: i64,
    /// The store's time as this instance knows it, in microseconds.
    pub(super) store_now: i64,
}

impl Context<'_> {
    pub(super) fn script(&self, script: &redis::Script) -> Cmd {
        call(script, self.key, self.at, self.tail)
    }

    pub(super) fn sync(&self, is_tick: bool) -> Cmd {
        let mut sync = self.script(&scripts::SYNC);
        sync.arg(self.version).arg(if is_tick { self.tick_every } else { -1 }).arg(self.store_now);
        sync
    }

    pub(super) fn signs(&self, some: &[Sign]) -> Cmd {
        let (known, others): (Vec<&Sign>, Vec<&Sign>) =
            some.iter().partition(|sign| self.known.contains(sign.number));
        let bytes = |sign: &Sign| [short(sign.number), sign.due.to_le_bytes()].concat();
        let mut signs = self.script(&scripts::SIGNS);
        signs.arg(known.into_iter().flat_map(bytes).collect::<Vec<u8>>());
        for sign in others {
            signs.arg([&bytes(sign)[..], sign.user.as_bytes()].concat());
        }
        signs
    }

    pub(super) fn passes(&self, all: &[PassUpdate]) -> Cmd {
        let mut passes = self.script(&scripts::PASSES);
        for pass in all {
            let until = pass.until.map_or(-1, jiff::Timestamp::as_microsecond);
            let asked_at = match pass.source {
                PassSource::Certain => -1,
                PassSource::Answer(known) => known.map_or(0, jiff::Timestamp::as_microsecond),
            };
            passes.arg([&pass_bytes(pass.number, pass.user.0, until)[..], &asked_at.to_le_bytes()].concat());
        }
        passes
    }

    /// Sets the sale's times.
    pub(super) fn window(&self, dated: &DatedSchedule) -> Cmd {
        let mut window = self.script(&scripts::WINDOW);
        dated.add_to(&mut window);
        window
    }

    /// Fixes the lobby's last number, or lets the lobby go on.
    pub(super) fn lobby(&self, is_fixed: bool) -> Cmd {
        let mut lobby = self.script(&scripts::LOBBY);
        lobby.arg(i64::from(is_fixed));
        lobby
    }

    /// Opens the line, once the places of its draw are written.
    pub(super) fn open(&self, dated: &DatedSchedule) -> Cmd {
        let mut open = self.script(&scripts::OPEN);
        open.arg(dated.drawn());
        open
    }

    /// The dues of numbers that lie scattered.
    pub(super) fn dues_of(&self, numbers: &[Number]) -> Cmd {
        let mut dues = self.script(&scripts::DUES_OF);
        dues.arg(numbers.iter().copied().flat_map(short).collect::<Vec<u8>>());
        dues
    }

    pub(super) fn set_dials(&self, dials: Dials) -> Cmd {
        let mut set = self.script(&scripts::SET);
        set.arg(0).arg(dials.capacity.get()).arg(dials.rate_per_minute).arg(i64::from(dials.paused));
        set
    }

    pub(super) fn dues(&self, chunk: usize, numbers: &Range<usize>) -> Cmd {
        let mut dues = redis::cmd("GETRANGE");
        dues.arg(format!("{}:due:{chunk}", self.key));
        dues.arg(numbers.start * 4).arg((numbers.end * 4).saturating_sub(1));
        dues
    }

    /// Applies what a walk over `mirror` decided.
    pub(super) fn call(&self, mirror: &Mirror, walk: &onsale_line::Walk) -> Cmd {
        let now = mirror.status.now;
        let mut call = self.script(&scripts::CALL);
        call.arg(mirror.status.tick).arg(walk.head).arg(walk.called.len());
        let mut pair = |place: Place, value: i64| {
            call.arg([&short(mirror.order().number(place))[..], &value.to_le_bytes()].concat());
        };
        for (place, due) in &walk.called {
            pair(*place, onsale_line::call_until(now, *due).as_microsecond());
        }
        for place in &walk.gone {
            pair(*place, i64::from(mirror.late_due(*place)));
        }
        call
    }
}
