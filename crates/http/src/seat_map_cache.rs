//! Seat maps as JSON, shared by everybody who reads them.
//!
//! When a sale opens, thousands of people load the same map at the same moment, and many of them read slowly.
//! So a map is kept in blocks of seats. A change renders only its own block again, and two versions of a map
//! share all other blocks. An answer is a list of such blocks; only the seats that are the reader's own are
//! rendered for that answer alone.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use jiff::Timestamp;
use onsale_app::seats::SeatSnapshot;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatStatus};

use crate::answer_budget::{AnswerBudget, Reservation};
use crate::error::HttpError;

/// Seats per block: some 20 KB, which is as much as hyper takes at once from a body.
const BLOCK: usize = 256;
/// A map of up to this many seats may use all of the budget, so that unread maps of a large hall do not keep
/// a small one from being read.
const SMALL_MAP: usize = 4 * BLOCK;
/// About what one seat takes, to reserve memory for a block before it is rendered.
const SEAT_BYTES: usize = 96;

/// Writes a seat as JSON: as `Some` person sees it who holds or owns it, or as everybody else does.
pub(crate) type WriteSeat = fn(&Seat, Option<UserId>, Timestamp, &mut Vec<u8>);

/// The maps that were read lately.
#[derive(Debug)]
pub(crate) struct SeatMapCache {
    budget: Arc<AnswerBudget>,
    maps: Mutex<HashMap<ConcertId, Arc<Mutex<CachedMap>>>>,
}

/// Which seats of a map to show, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) seats: RangeInclusive<SeatNo>,
    /// Only seats with this status.
    pub(crate) status: Option<SeatStatus>,
    pub(crate) reader: UserId,
}

#[derive(Debug, Default)]
struct CachedMap {
    /// The revision and the time of the map when it was last read.
    seen: Option<(u64, Timestamp)>,
    /// When the first of its holds expires, which changes the map without a commit.
    until: Option<Timestamp>,
    /// `None` if the block has changed, or was never read.
    blocks: Vec<Option<Block>>,
}

#[derive(Debug)]
struct Block {
    statuses: Vec<SeatStatus>,
    all: Entries,
    /// The seats of each status.
    by_status: [OnceLock<Entries>; 4],
}

/// Seats as JSON, each after a comma.
#[derive(Debug)]
struct Entries {
    /// The number of each seat, and where its text ends.
    ends: Vec<(SeatNo, u32)>,
    text: Bytes,
}

/// How one answer is rendered.
struct Rendering<'a> {
    cache: &'a SeatMapCache,
    concert: ConcertId,
    is_large: bool,
    now: Timestamp,
    write: WriteSeat,
}

impl SeatMapCache {
    pub(crate) fn new(budget: Arc<AnswerBudget>) -> Self {
        Self { budget, maps: Mutex::default() }
    }

    /// The selected seats as the elements of a JSON array, in pieces.
    ///
    /// # Errors
    /// [`HttpError::Busy`] if there is no memory for blocks that have to be rendered.
    pub(crate) fn pieces(
        &self,
        concert: ConcertId,
        snapshot: &SeatSnapshot<'_>,
        now: Timestamp,
        selection: &Selection,
        write: WriteSeat,
    ) -> Result<Vec<Bytes>, HttpError> {
        let map = Arc::clone(lock(&self.maps).entry(concert).or_default());
        let mut map = lock(&map);
        let now = map.forget_changed_blocks(snapshot, now);
        let is_large = snapshot.seats().len() > SMALL_MAP;
        let rendering = Rendering { cache: self, concert, is_large, now, write };
        let mut own = Vec::new();
        let is_own = |seat: &&Seat| seat.holder() == Some(selection.reader);
        for seat in snapshot.seats().iter().filter(is_own) {
            if seat.status(now) != SeatStatus::Available && selection.seats.contains(&seat.seat_no) {
                own.push(seat);
            }
        }
        let mut pieces = Vec::new();
        for (index, seats) in snapshot.seats().chunks(BLOCK).enumerate() {
            let (Some(first), Some(last)) = (seats.first(), seats.last()) else { continue };
            if *selection.seats.end() < first.seat_no || last.seat_no < *selection.seats.start() {
                continue;
            }
            let block = match map.blocks.get_mut(index) {
                Some(Some(block)) => block,
                Some(slot) => slot.insert(rendering.block(seats)?),
                None => continue,
            };
            let entries = match selection.status {
                Some(status) => rendering.of_status(block, status)?,
                None => &block.all,
            };
            let own_here = own.iter().filter(|seat| (first.seat_no..=last.seat_no).contains(&seat.seat_no));
            rendering.splice(entries, &selection.seats, own_here.copied(), &mut pieces)?;
        }
        if let Some(first) = pieces.first_mut() {
            *first = first.slice(1..);
        }
        Ok(pieces)
    }

    /// Forgets the maps of other concerts.
    fn forget_others(&self, concert: ConcertId) {
        lock(&self.maps).retain(|other, _| *other == concert);
    }
}

impl Rendering<'_> {
    fn block(&self, seats: &[Seat]) -> Result<Block, HttpError> {
        let reserved = self.reserve(seats.len() * SEAT_BYTES)?;
        let mut text = Vec::with_capacity(seats.len() * SEAT_BYTES);
        let mut ends = Vec::with_capacity(seats.len());
        for seat in seats {
            text.push(b',');
            (self.write)(seat, None, self.now, &mut text);
            ends.push((seat.seat_no, offset(&text)));
        }
        let statuses = seats.iter().map(|seat| seat.status(self.now)).collect();
        Ok(Block {
            statuses,
            all: Entries { ends, text: reserved.hold(text) },
            by_status: Default::default(),
        })
    }

    /// The seats of a block that have this status.
    fn of_status<'a>(&self, block: &'a Block, status: SeatStatus) -> Result<&'a Entries, HttpError> {
        let place = &block.by_status[match status {
            SeatStatus::Available => 0,
            SeatStatus::Held => 1,
            SeatStatus::Sold => 2,
            SeatStatus::Unavailable => 3,
        }];
        if let Some(entries) = place.get() {
            return Ok(entries);
        }
        if block.statuses.iter().all(|known| *known == status) {
            return Ok(&block.all);
        }
        let matching = || (0..block.statuses.len()).filter(|index| block.statuses[*index] == status);
        let bytes = matching().map(|index| block.all.range(index..index + 1).len()).sum();
        let reserved = self.reserve(bytes)?;
        let (mut text, mut ends) = (Vec::with_capacity(bytes), Vec::new());
        for index in matching() {
            text.extend_from_slice(&block.all.text[block.all.range(index..index + 1)]);
            ends.push((block.all.ends[index].0, offset(&text)));
        }
        Ok(place.get_or_init(|| Entries { ends, text: reserved.hold(text) }))
    }

    /// Adds the entries of the selected seats to the pieces, the reader's own seats in place of the shared.
    fn splice<'a>(
        &self,
        entries: &Entries,
        seats: &RangeInclusive<SeatNo>,
        own: impl Iterator<Item = &'a Seat>,
        pieces: &mut Vec<Bytes>,
    ) -> Result<(), HttpError> {
        let mut next = entries.place(*seats.start());
        for seat in own {
            let place = entries.place(seat.seat_no);
            if entries.ends.get(place).is_some_and(|(seat_no, _)| *seat_no == seat.seat_no) {
                entries.push(next..place, pieces);
                let mut text = vec![b','];
                (self.write)(seat, seat.holder(), self.now, &mut text);
                pieces.push(self.reserve(text.len())?.hold(text));
                next = place + 1;
            }
        }
        let end = entries.ends.partition_point(|(seat_no, _)| seat_no <= seats.end());
        entries.push(next..end, pieces);
        Ok(())
    }

    /// Reserves memory; if there is none, first forgets the maps of other concerts.
    fn reserve(&self, bytes: usize) -> Result<Reservation, HttpError> {
        let budget = &self.cache.budget;
        let reserve = || if self.is_large { budget.reserve_large(bytes) } else { budget.reserve(bytes) };
        reserve().or_else(|_| {
            self.cache.forget_others(self.concert);
            reserve()
        })
    }
}

impl CachedMap {
    /// Forgets the blocks that have changed since the map was last read. Returns the time of the others: that
    /// of the newest reader.
    fn forget_changed_blocks(&mut self, snapshot: &SeatSnapshot<'_>, now: Timestamp) -> Timestamp {
        let (revision, blocks) = (snapshot.revision(), snapshot.seats().len().div_ceil(BLOCK));
        let now = self.seen.map_or(now, |(_, seen_at)| seen_at.max(now));
        match self.seen {
            Some((seen, _)) if seen == revision && self.until.is_none_or(|until| now < until) => return now,
            Some((seen, seen_at)) => {
                for seat in snapshot.changed_since(seen, seen_at, now) {
                    if let Some(block) = self.blocks.get_mut((seat.seat_no as usize - 1) / BLOCK) {
                        *block = None;
                    }
                }
            }
            None => self.blocks.resize_with(blocks, || None),
        }
        self.seen = Some((revision, now));
        self.until = snapshot.next_deadline(now);
        now
    }
}

impl Entries {
    /// Where the seat with this number is, or would be.
    fn place(&self, seat_no: SeatNo) -> usize {
        self.ends.partition_point(|(other, _)| *other < seat_no)
    }

    /// The part of the text with these entries.
    fn range(&self, entries: Range<usize>) -> Range<usize> {
        let end_of = |count: usize| match count.checked_sub(1).and_then(|last| self.ends.get(last)) {
            Some((_, end)) => *end as usize,
            None => 0,
        };
        end_of(entries.start)..end_of(entries.end.max(entries.start))
    }

    fn push(&self, entries: Range<usize>, pieces: &mut Vec<Bytes>) {
        let range = self.range(entries);
        if !range.is_empty() {
            pieces.push(self.text.slice(range));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of a text. A block is far from 4 GiB.
fn offset(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
