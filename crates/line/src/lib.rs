//! The waiting line of a ticket sale: who may come in, and when.
//!
//! [`Line`] is the complete state machine in memory, [`View`] an immutable picture of it that answers polls.
//! Everybody has a [`Number`], the order of joining, and a [`Place`], which an [`Order`] gives: the same by
//! arrival, another one after a draw. People are called in the order of places among those present, never
//! more than the [`Dials`] allow, and nobody before the opening ([`Schedule`]). A person who was absent at
//! their turn is called first once back.
//!
//! Architecture invariant: pure rules. No async, I/O, clock or randomness; `now` and jitter are arguments.
//! Where the line is kept (in process, in Redis) is not decided here: the walk, presence, waits and recovery
//! stand alone, so that a line kept elsewhere decides with the same code.
//!
//! ```
//! # use onsale_line::{Capacity, Dials, Line, NumberState};
//! # let (user, now) = (uuid::Uuid::nil(), jiff::Timestamp::UNIX_EPOCH);
//! # let until = now + jiff::SignedDuration::from_mins(10);
//! let capacity = Capacity::new(100).expect("a million at most");
//! let mut line = Line::new(1, Dials { capacity, rate_per_minute: 0, paused: false }, now);
//! line.allocate(64); // once the store has it
//! let number = line.join(user, now)?;
//! assert_eq!(line.tick(now), [number]); // every 100 ms
//! assert!(line.claim(number, now)); // the called person's next poll
//! line.enter(number, user, until); // once the store has the pass
//! assert_eq!(line.state(number, now), NumberState::Inside { until });
//! line.end(number, user);
//! # Ok::<(), onsale_line::JoinRefused>(())
//! ```

mod admissions;
mod call;
mod curve;
mod dials;
mod draw;
mod dues;
mod estimate;
mod flow;
mod forecast;
mod give_ups;
mod line;
mod lobby;
mod number;
mod opening;
mod order;
mod outlook;
mod pace;
mod poll;
mod presence;
mod probes;
mod recovery;
mod rolling;
mod sell_out;
mod sessions;
mod sign;
mod tick;
mod time;
mod users;
mod view;
mod waits;
mod walk;

#[cfg(test)]
mod testing;

pub use admissions::{Admissions, NumberState, Pass};
pub use call::{CALL_MIN, CLAIM_MIN, call_until};
pub use dials::{Capacity, DialChanges, Dials, Phase};
pub use dues::Dues;
pub use estimate::Estimate;
pub use line::Line;
pub use lobby::{LOBBY_SLACK, lobby_due_after};
pub use number::{CHUNK_NUMBERS, NUMBER_MAX, Number, NumberSet};
pub use opening::{JoinRefused, LineOpening, LineWindow, Schedule};
pub use order::{Order, Place};
pub use outlook::{Outlook, Outlooks, Supply};
pub use poll::{PollBounds, due_after, poll_bounds};
pub use presence::{Presence, is_present};
pub use recovery::{RecoveredLine, Recovery};
pub use rolling::{RATE_WINDOW, RollingMinute, allowance};
pub use sign::Sign;
pub use tick::{CALLS_PER_TICK_MAX, RUN_OUT_GRACE, SCAN_PER_TICK_MAX, budget};
pub use time::{second_of, timestamp_of};
pub use view::{Tallies, View, ViewParts};
pub use waits::{LEAVES_SEEN_MIN, Observation, WaitTable, Waits};
pub use walk::{Walk, WalkBounds, walk};
