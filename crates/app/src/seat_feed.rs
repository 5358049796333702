//! A concert's seat map, followed as it changes.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::Seat;
use onsale_storage::seat_map::{SeatMap, SeatSnapshot};
use tokio::sync::watch;

use crate::admission::Following;
use crate::app::App;
use crate::error::AppError;
use crate::tokens::Ticket;

/// Changes are collected for this long, so that a burst of commits is one event.
const COLLECTED_FOR: Duration = Duration::from_millis(200);
/// At least this often the feed checks that its follower is still inside.
const CHECKED_EVERY: Duration = Duration::from_secs(10);

/// Follows the seats of one concert for a person inside.
pub struct SeatFeed {
    app: Arc<App>,
    ticket: Ticket,
    map: Arc<SeatMap>,
    seats: RangeInclusive<SeatNo>,
    commits: watch::Receiver<u64>,
    following: Following,
    /// The map as it was last returned: its revision, and at what time.
    seen: Option<(u64, Timestamp)>,
    /// The version that the follower had before.
    known: Option<u64>,
}

/// Seats that have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatChanges {
    /// The version of the map that has these changes.
    pub version: u64,
    /// How many seats of the whole concert can be held.
    pub available: usize,
    /// The changed seats, by number.
    pub seats: Vec<Seat>,
    /// The time at which they are so.
    pub at: Timestamp,
}

impl SeatFeed {
    /// Follows `seats` of a concert. `known` is the version of the map that the follower has: if it is still current, the feed
    /// starts with the next change, else with every seat.
    ///
    /// # Errors
    /// `PassEnded`, `NotAdmitted`, an unknown ticket, or no such concert.
    pub async fn open(
        app: Arc<App>,
        ticket: Ticket,
        concert: ConcertId,
        seats: RangeInclusive<SeatNo>,
        known: Option<u64>,
    ) -> Result<Self, AppError> {
        let map = app.seat_map(&ticket, concert).await?;
        // Subscribed before the first read, so that no change falls between.
        let commits = map.changes();
        let following = app.admission.follow(ticket.number);
        Ok(Self { app, ticket, map, seats, commits, following, seen: None, known })
    }

    /// Whose feed it is.
    pub fn user(&self) -> UserId {
        UserId(self.ticket.user)
    }

    /// The next changes; `None` once the pass has ended or the server stops.
    pub async fn next(&mut self) -> Option<SeatChanges> {
        loop {
            if let Some(changes) = self.read() {
                return Some(changes);
            }
            self.wait().await?;
        }
    }

    /// What the follower has not seen yet.
    fn read(&mut self) -> Option<SeatChanges> {
        self.commits.mark_unchanged();
        let at = self.app.now();
        let view = self.map.snapshot();
        let seen = self.seen.replace((view.revision(), at));
        let is_wanted = |seat: &&Seat| self.seats.contains(&seat.seat_no);
        let seats: Vec<_> = match seen {
            Some((revision, since)) => {
                view.changed_since(revision, since, at).filter(is_wanted).cloned().collect()
            }
            None if self.known.take().is_some_and(|known| is_current(&view, known, at)) => return None,
            None => view.seats().iter().filter(is_wanted).cloned().collect(),
        };
        let is_update = !seats.is_empty() || seen.is_none();
        is_update.then(|| SeatChanges { version: view.version(), available: view.available(at), seats, at })
    }

    /// Waits until there may be a change; `None` when there can be none any more.
    async fn wait(&mut self) -> Option<()> {
        let now = self.app.now();
        let next_deadline = self.map.snapshot().next_deadline(now);
        let until_deadline = next_deadline.map(|deadline| deadline.duration_since(now).unsigned_abs());
        let pause = until_deadline.map_or(CHECKED_EVERY, |left| left.min(CHECKED_EVERY));
        let is_commit = tokio::select! {
            changed = self.commits.changed() => changed.is_ok(),
            () = self.following.changed() => false,
            () = tokio::time::sleep(pause) => false,
            () = self.app.stopping.cancelled() => return None,
        };
        if is_commit {
            tokio::time::sleep(COLLECTED_FOR).await;
        } else {
            self.app.admission.check_inside(&self.ticket).await.ok()?;
        }
        Some(())
    }
}

/// Whether a map of that version shows what there is to see now.
fn is_current(view: &SeatSnapshot<'_>, version: u64, now: Timestamp) -> bool {
    view.version() == version && !view.has_lapsed_holds(now)
}
