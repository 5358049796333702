//! Seat maps for reading: one per concert, refreshed by every commit before its callers are answered.
//!
//! They never grant anything. The one decision they may take away from the store is to refuse early what
//! can never succeed: a reservation of a seat that is sold to somebody else.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use onsale_booking::Changes;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatStatus};

/// Every concert's map.
#[derive(Debug)]
pub struct SeatMaps {
    maps: RwLock<BTreeMap<ConcertId, Arc<SeatMap>>>,
}

/// One concert's map.
#[derive(Debug)]
pub struct SeatMap {
    /// The concert.
    pub concert: Concert,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    seats: Vec<Seat>,
    version: u64,
}

/// A look at one map, during which it does not change.
pub struct SeatView<'a>(RwLockReadGuard<'a, State>);

impl SeatMaps {
    /// Maps of everything that is on sale, as read at `opened_at`.
    pub fn new(concerts: Vec<(Concert, Vec<Seat>)>, opened_at: Timestamp) -> Self {
        let maps = concerts
            .into_iter()
            .map(|(concert, seats)| (concert.id, SeatMap::new(concert, seats, opened_at)));
        Self { maps: RwLock::new(maps.collect()) }
    }

    /// One concert's map.
    pub fn get(&self, concert: ConcertId) -> Option<Arc<SeatMap>> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner).get(&concert).cloned()
    }

    /// Every map, in order of the concerts' dates.
    pub fn all(&self) -> Vec<Arc<SeatMap>> {
        let maps = self.maps.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = maps.values().cloned().collect();
        all.sort_by_key(|map| (map.concert.event_date, map.concert.id));
        all
    }

    /// Takes up what a commit changed.
    pub fn refresh(&self, changes: &Changes) {
        if !changes.concerts.is_empty() {
            let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
            for concert in &changes.concerts {
                maps.insert(
                    concert.id,
                    SeatMap::new(concert.clone(), concert.new_seats().collect(), concert.created_at),
                );
            }
        }
        for seats in changes.seats.chunk_by(|one, next| one.concert == next.concert) {
            if let Some(map) = seats.first().and_then(|seat| self.get(seat.concert)) {
                map.refresh(seats);
            }
        }
    }
}

impl SeatMap {
    /// Versions count up from the microsecond of `opened_at`, so that those of a later run are higher: nobody
    /// commits a million times a second.
    fn new(concert: Concert, seats: Vec<Seat>, opened_at: Timestamp) -> Arc<Self> {
        let version = opened_at.as_microsecond().unsigned_abs();
        Arc::new(Self { concert, state: RwLock::new(State { seats, version }) })
    }

    /// Looks at the map. Keep the look short: commits wait for it.
    pub fn view(&self) -> SeatView<'_> {
        SeatView(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn refresh(&self, changed: &[Seat]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.version += 1;
        for seat in changed {
            let index = seat.seat_no as usize;
            if let Some(known) = index.checked_sub(1).and_then(|index| state.seats.get_mut(index)) {
                *known = seat.clone();
            }
        }
    }
}

impl SeatView<'_> {
    /// Every seat, by number.
    pub fn seats(&self) -> &[Seat] {
        &self.0.seats
    }

    /// Rises whenever a seat changes.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// How many seats can be held at `now`.
    pub fn available(&self, now: Timestamp) -> usize {
        self.seats().iter().filter(|seat| seat.status(now) == SeatStatus::Available).count()
    }

    /// Whether the seat is sold, and not to `user`.
    pub fn is_sold_to_another(&self, seat_no: SeatNo, user: UserId) -> bool {
        let seat = (seat_no as usize).checked_sub(1).and_then(|index| self.seats().get(index));
        seat.is_some_and(|seat| seat.is_sold() && !seat.is_sold_to(user))
    }
}
