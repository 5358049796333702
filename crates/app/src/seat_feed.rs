//! Follows a concert's seat map.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::Seat;
use onsale_storage::seat_map::{SeatMap, SeatSnapshot};
use tokio::sync::watch;

use crate::admission::Following;
use crate::app::App;
use crate::error::AppError;
use crate::tokens::Ticket;

/// How long changes are collected, so that a burst of commits becomes one event.
const COLLECTED_FOR: Duration = Duration::from_millis(200);
/// How often the feed checks, at least, that its follower is still inside.
const CHECKED_EVERY: Duration = Duration::from_secs(10);

/// A stream of changes to one concert's seats, for a person inside.
pub struct SeatFeed {
    app: Arc<App>,
    ticket: Ticket,
    map: Arc<SeatMap>,
    seats: RangeInclusive<SeatNo>,
    commits: watch::Receiver<u64>,
    following: Following,
    /// The revision and time of the map when it was last read.
    seen: Option<(u64, Timestamp)>,
    /// The version of the map that the follower had at the start.
    known: Option<u64>,
    /// The sales, which may stop selling the concert.
    sales: watch::Receiver<u64>,
    /// Why the follower may not follow any longer.
    ended_by: Option<Refusal>,
}

/// Seats that have changed.
pub struct SeatChanges<'a> {
    /// The map that has these changes. Drop it soon: commits wait for it.
    pub map: &'a SeatSnapshot<'a>,
    /// The changed seats, by number; `None` stands for all that are followed.
    pub seats: Option<Vec<&'a Seat>>,
    /// The time of their state.
    pub at: Timestamp,
}

impl SeatFeed {
    /// Follows `seats` of a concert. `known` is the version of the map that the follower has: if it is still
    /// current, the feed starts with the next change, otherwise with every seat.
    ///
    /// # Errors
    /// Those of [`seat_map`](App::seat_map).
    pub async fn open(
        app: Arc<App>,
        ticket: Ticket,
        concert: ConcertId,
        seats: RangeInclusive<SeatNo>,
        known: Option<u64>,
    ) -> Result<Self, AppError> {
        // Subscribe before the first read, so that no change is missed.
        let sales = app.store.sales.changes();
        let map = app.seat_map(&ticket, concert).await?;
        let commits = map.changes();
        let (following, _) = app.follow(&ticket).await?.ok_or(Refusal::PassEnded)?;
        let (seen, ended_by) = (None, None);
        Ok(Self { app, ticket, map, seats, commits, following, seen, known, sales, ended_by })
    }

    /// Why the feed ended: its follower's pass has, or the sale of that pass no longer sells the concert.
    /// `None` if it ended for another reason, or has not.
    pub fn ended_by(&self) -> Option<&Refusal> {
        self.ended_by.as_ref()
    }

    /// The user who follows.
    pub fn user(&self) -> UserId {
        UserId(self.ticket.user)
    }

    /// The followed seats.
    pub fn seats(&self) -> &RangeInclusive<SeatNo> {
        &self.seats
    }

    /// The followed concert.
    pub fn concert(&self) -> ConcertId {
        self.map.concert.id
    }

    /// Waits for changes, and returns what `render` makes of them; `None` once the pass has ended, its sale
    /// no longer sells the concert, or the server stops.
    pub async fn next<T>(&mut self, render: impl Fn(SeatChanges<'_>) -> T) -> Option<T> {
        loop {
            if let Some(rendered) = self.read(&render) {
                return Some(rendered);
            }
            self.wait().await?;
        }
    }

    /// What `render` makes of the changes that the follower has not seen yet; `None` if there are none.
    pub fn read<T>(&mut self, render: impl Fn(SeatChanges<'_>) -> T) -> Option<T> {
        self.commits.mark_unchanged();
        let at = self.app.now();
        let snapshot = self.map.snapshot();
        let seen = self.seen.replace((snapshot.revision(), at));
        let is_wanted = |seat: &&Seat| self.seats.contains(&seat.seat_no);
        let seats = match seen {
            Some((revision, since)) => {
                let changed: Vec<_> = snapshot.changed_since(revision, since, at).filter(is_wanted).collect();
                if changed.is_empty() {
                    return None;
                }
                Some(changed)
            }
            None if self.known.take().is_some_and(|known| is_current(&snapshot, known, at)) => return None,
            None => None,
        };
        Some(render(SeatChanges { map: &snapshot, seats, at }))
    }

    /// Waits until there may be a change; `None` once the feed has ended.
    async fn wait(&mut self) -> Option<()> {
        let now = self.app.now();
        let next_deadline = self.map.snapshot().next_deadline(now);
        let until_deadline = next_deadline.map(|deadline| deadline.duration_since(now).unsigned_abs());
        let pause = until_deadline.map_or(CHECKED_EVERY, |left| left.min(CHECKED_EVERY));
        let is_commit = tokio::select! {
            changed = self.commits.changed() => changed.is_ok(),
            _ = self.sales.changed() => false,
            () = self.following.changed() => false,
            () = tokio::time::sleep(pause) => false,
            () = self.app.stopping.cancelled() => return None,
        };
        if is_commit {
            tokio::time::sleep(COLLECTED_FOR).await;
        } else if let Err(error) = self.app.check_inside(&self.ticket).await {
            self.ended_by = error.refusal().filter(|refusal| *refusal == Refusal::PassEnded);
            return None;
        }
        if !self.app.store.sales.sells(self.ticket.sale, self.map.concert.id) {
            self.ended_by = Some(Refusal::OtherSale);
            return None;
        }
        Some(())
    }
}

/// Whether a follower with that version of the map has seen everything.
fn is_current(snapshot: &SeatSnapshot<'_>, version: u64, now: Timestamp) -> bool {
    snapshot.version() == version && !snapshot.has_lapsed_holds(now)
}
