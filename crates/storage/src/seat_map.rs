//! Seat maps for reading: one per concert, refreshed by every commit before its callers get their answer, and
//! by the updates of other instances. Updates may come twice, late or out of order: of two reports about one
//! seat the later decision counts.
//!
//! They never grant anything. They may only refuse early what can never succeed, such as holding a seat that
//! is sold to somebody else.

mod index;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use onsale_booking::Changes;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SeatNo};
use onsale_booking::money::Money;
use onsale_booking::seat::{Seat, SeatKind, SeatState};
use tokio::sync::watch;

use self::index::Index;
pub use self::index::SeatCounts;
use crate::port::{ConcertSeats, DatedSeat};

/// Every concert's map.
#[derive(Debug)]
pub struct SeatMaps {
    known: RwLock<Known>,
}

/// What may change about a seat, and when it was decided. It is always all of it, so that of two reports the
/// later one counts, whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) seat_no: SeatNo,
    pub(crate) price: Money,
    pub(crate) kind: Option<SeatKind>,
    pub(crate) state: SeatState,
    pub(crate) changed_at: Timestamp,
}

impl Report {
    pub(crate) fn of(seat: &Seat, changed_at: Timestamp) -> Self {
        let Seat { seat_no, price, kind, state, .. } = *seat;
        Self { seat_no, price, kind, state, changed_at }
    }
}

#[derive(Debug, Default)]
struct Known {
    maps: BTreeMap<ConcertId, Arc<SeatMap>>,
    /// Changes of concerts whose opening has not been reported here: another instance opened them, and its
    /// message is still on its way.
    early: HashMap<ConcertId, Vec<Report>>,
}

impl Known {
    /// Adds a concert's map, unless there is one, and applies `reports` and what came before it.
    fn add(&mut self, concert: &Concert, reports: impl Iterator<Item = Report>) {
        let map = self.maps.entry(concert.id).or_insert_with(|| SeatMap::opened(concert));
        map.refresh(reports.chain(self.early.remove(&concert.id).unwrap_or_default()));
    }
}

/// One concert's map.
#[derive(Debug)]
pub struct SeatMap {
    /// The concert.
    pub concert: Concert,
    state: RwLock<State>,
    /// Wakes followers of the map; carries the revision.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    seats: Vec<Seat>,
    /// When each seat's state was decided.
    changed_at: Vec<Timestamp>,
    /// The sum of one value per seat; see [`amount`].
    version: u64,
    /// How often the map was changed here, and at which of these changes each seat got its state.
    revision: u64,
    revised: Vec<u64>,
    index: Index,
}

/// A snapshot of one map, which does not change while it is held.
pub struct SeatSnapshot<'a>(RwLockReadGuard<'a, State>);

impl SeatMaps {
    /// Maps of everything that is on sale.
    pub fn new(concerts: Vec<ConcertSeats>) -> Self {
        let maps = concerts.into_iter().map(|(concert, seats)| (concert.id, SeatMap::new(concert, seats)));
        Self { known: RwLock::new(Known { maps: maps.collect(), early: HashMap::new() }) }
    }

    /// One concert's map.
    pub fn get(&self, concert: ConcertId) -> Option<Arc<SeatMap>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).maps.get(&concert).cloned()
    }

    /// Every map, in order of the concerts' dates.
    pub fn all(&self) -> Vec<Arc<SeatMap>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known.maps.values().cloned().collect();
        all.sort_by_key(|map| (map.concert.event_date, map.concert.id));
        all
    }

    /// Applies a commit that was decided at `now`.
    pub fn refresh(&self, changes: &Changes, now: Timestamp) {
        self.open(&changes.concerts);
        for seats in changes.seats.chunk_by(|one, next| one.concert == next.concert) {
            if let Some(first) = seats.first() {
                self.change(first.concert, seats.iter().map(|seat| Report::of(seat, now)));
            }
        }
    }

    /// Applies reports of a concert's seats, or keeps them until its opening is known here.
    pub(crate) fn change(&self, concert: ConcertId, changed: impl Iterator<Item = Report>) {
        if let Some(map) = self.get(concert) {
            return map.refresh(changed);
        }
        let known = &mut *self.known.write().unwrap_or_else(PoisonError::into_inner);
        match known.maps.get(&concert) {
            Some(map) => map.refresh(changed),
            None => known.early.entry(concert).or_default().extend(changed),
        }
    }

    /// Creates maps for new concerts, all seats free.
    pub(crate) fn open(&self, concerts: &[Concert]) {
        if concerts.is_empty() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for concert in concerts {
            known.add(concert, std::iter::empty());
        }
    }

    /// Applies what was read from the store, where that is newer.
    pub fn apply(&self, concerts: Vec<ConcertSeats>) {
        for (concert, seats) in concerts {
            let reports = seats.iter().map(|dated| Report::of(&dated.seat, dated.changed_at));
            match self.get(concert.id) {
                Some(map) => map.refresh(reports),
                None => self.known.write().unwrap_or_else(PoisonError::into_inner).add(&concert, reports),
            }
        }
    }
}

impl SeatMap {
    fn new(concert: Concert, seats: Vec<DatedSeat>) -> Arc<Self> {
        let (seats, changed_at): (Vec<_>, Vec<_>) =
            seats.into_iter().map(|dated| (dated.seat, dated.changed_at)).unzip();
        let amounts = seats.iter().zip(&changed_at).map(|(seat, at)| amount(seat, *at));
        let version = amounts.fold(0, u64::wrapping_add);
        let revised = vec![0; seats.len()];
        let index = Index::of(&seats);
        let state = State { seats, changed_at, version, revision: 0, revised, index };
        Arc::new(Self { concert, state: RwLock::new(state), changes: watch::Sender::new(0) })
    }

    /// The map of a concert that has just opened: all seats are free.
    fn opened(concert: &Concert) -> Arc<Self> {
        let free = |seat| DatedSeat { seat, changed_at: concert.created_at };
        Self::new(concert.clone(), concert.new_seats().map(free).collect())
    }

    /// Notifies of every change of the map.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Takes a snapshot. Drop it soon: commits wait for it.
    pub fn snapshot(&self) -> SeatSnapshot<'_> {
        SeatSnapshot(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies reports of seats where they are newer.
    pub(crate) fn refresh(&self, changed: impl Iterator<Item = Report>) {
        let state = &mut *self.state.write().unwrap_or_else(PoisonError::into_inner);
        let revision = state.revision + 1;
        for Report { seat_no, price, kind, state: is, changed_at } in changed {
            let Some(index) = (seat_no as usize).checked_sub(1) else { continue };
            let known = state.seats.get_mut(index).zip(state.changed_at.get_mut(index));
            let Some((seat, known_at)) = known.filter(|(_, known_at)| **known_at <= changed_at) else {
                continue;
            };
            let (before, was) = (amount(seat, *known_at), seat.clone());
            (seat.price, seat.kind, seat.state, *known_at) = (price, kind, is, changed_at);
            state.version = state.version.wrapping_add(amount(seat, changed_at).wrapping_sub(before));
            state.index.replace(&was, seat, state.revised[index], revision);
            state.revised[index] = revision;
            state.revision = revision;
        }
        if state.revision == revision {
            self.changes.send_replace(revision);
        }
    }
}

/// What one seat adds to its map's version: a different value for everything that may be shown of it.
fn amount(seat: &Seat, changed_at: Timestamp) -> u64 {
    let is = match seat.state {
        SeatState::Free => 0,
        SeatState::Held(_) => 1,
        SeatState::Sold(_) => 2,
        SeatState::Kept => 3,
    };
    let mut hasher = DefaultHasher::new();
    (seat.seat_no, is, seat.holder().map(|holder| holder.0), changed_at.as_microsecond()).hash(&mut hasher);
    (seat.price, seat.kind).hash(&mut hasher);
    hasher.finish()
}

impl SeatSnapshot<'_> {
    /// Every seat, by number.
    pub fn seats(&self) -> &[Seat] {
        &self.0.seats
    }

    /// Changes whenever a seat changes, and is equal on every instance that shows the same.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// How often the map was changed on this instance; others count differently.
    pub fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The seats that have changed since the map was seen at `revision` and at the time `since`: by a commit,
    /// or because a hold has run out by `now`. In order of their numbers.
    pub fn changed_since(
        &self,
        revision: u64,
        since: Timestamp,
        now: Timestamp,
    ) -> impl Iterator<Item = &Seat> {
        let changed = self.0.index.changed(revision, since, now);
        changed.into_iter().filter_map(|seat_no| self.seat(seat_no))
    }

    /// When the next live hold runs out, which changes the map without a commit.
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.index.next_deadline(now)
    }

    /// Whether an expired hold is still recorded: then the map looks different at the same version.
    pub fn has_lapsed_holds(&self, now: Timestamp) -> bool {
        self.0.index.has_lapsed(now)
    }

    /// How many seats are free, held and sold at `now`.
    pub fn counts(&self, now: Timestamp) -> SeatCounts {
        self.0.index.counts(now)
    }

    /// How many seats can be held at `now`.
    pub fn available(&self, now: Timestamp) -> usize {
        self.counts(now).free
    }

    /// The seat with this number, if it exists.
    pub fn seat(&self, seat_no: SeatNo) -> Option<&Seat> {
        (seat_no as usize).checked_sub(1).and_then(|index| self.seats().get(index))
    }
}
