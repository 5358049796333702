//! Concerts: listing them, their dates, and opening a new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use onsale_booking::command::NewConcert;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SaleId};
use onsale_booking::{Command, Outcome};
use onsale_line::Supply;
use onsale_storage::seat_map::SeatMap;

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::statistics::SeatCounts;
use crate::tokens::Ticket;

/// A date with concerts that can still be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookableDate {
    /// The date in the sale's time zone.
    pub date: Date,
    /// How many of them take place on it.
    pub concerts: usize,
    /// How many of their seats can be held now.
    pub available: usize,
}

impl App {
    /// Every concert with its seat map, earliest first, whichever sales sell it.
    pub fn concerts(&self) -> Vec<Arc<SeatMap>> {
        self.store.maps.all()
    }

    /// A concert with its seat map; `None` if there is no such concert.
    pub fn concert(&self, id: ConcertId) -> Option<Arc<SeatMap>> {
        self.store.maps.get(id)
    }

    /// The concerts that a sale sells, earliest first.
    pub fn concerts_of(&self, sale: SaleId) -> Vec<Arc<SeatMap>> {
        let mut concerts = self.concerts();
        concerts.retain(|map| self.store.sales.sells(sale, map.concert.id));
        concerts
    }

    /// The seats of a sale's concerts whose time has not run out; `None` without such concerts.
    pub fn supply(&self, sale: SaleId) -> Option<Supply> {
        let now = self.now();
        let mut concerts = self.concerts_of(sale);
        concerts.retain(|map| now < map.concert.closing_at);
        let counts: SeatCounts = concerts.iter().map(|map| map.snapshot().counts(now)).sum();
        let SeatCounts { free, held, sold } = counts;
        let supply = Supply { free: free as u64, held: held as u64, sold: sold as u64 };
        (!concerts.is_empty()).then_some(supply)
    }

    /// The concerts that any listed sale sells, earliest first.
    pub fn listed_concerts(&self) -> Vec<Arc<SeatMap>> {
        let mut concerts = self.concerts();
        let sales = &self.store.sales;
        concerts.retain(|map| sales.sellers_of(map.concert.id).iter().any(|sale| sale.listed));
        concerts
    }

    /// The calendar date of a time, in the sale's time zone.
    pub fn date_of(&self, time: Timestamp) -> Date {
        time.to_zoned(self.config.time_zone.clone()).date()
    }

    /// The dates of concerts that the ticket's sale sells and whose own sale has not closed, earliest first.
    /// The ticket's holder must be inside.
    ///
    /// # Errors
    /// Those of [`check_inside`](App::check_inside).
    pub async fn bookable_dates(&self, ticket: &Ticket) -> Result<Vec<BookableDate>, AppError> {
        self.check_inside(ticket).await?;
        let now = self.now();
        let mut dates = BTreeMap::<Date, BookableDate>::new();
        for map in self.concerts_of(ticket.sale).iter().filter(|map| now < map.concert.closing_at) {
            let date = self.date_of(map.concert.event_date);
            let entry = dates.entry(date).or_insert(BookableDate { date, concerts: 0, available: 0 });
            entry.concerts += 1;
            entry.available += map.snapshot().available(now);
        }
        Ok(dates.into_values().collect())
    }

    /// The concerts on a date that the ticket's sale sells and whose own sale has not closed. The ticket's
    /// holder must be inside.
    ///
    /// # Errors
    /// Those of [`check_inside`](App::check_inside).
    pub async fn bookable_on(&self, ticket: &Ticket, date: Date) -> Result<Vec<Arc<SeatMap>>, AppError> {
        self.check_inside(ticket).await?;
        let now = self.now();
        let mut concerts = self.concerts_of(ticket.sale);
        concerts.retain(|map| now < map.concert.closing_at && self.date_of(map.concert.event_date) == date);
        Ok(concerts)
    }

    /// The concert as it would be if it were put on sale now. Nothing is changed.
    ///
    /// # Errors
    /// An invalid field.
    pub fn check_concert(&self, new: &NewConcert) -> Result<Concert, AppError> {
        Ok(new.checked(self.now())?)
    }

    /// Puts a concert on sale.
    ///
    /// # Errors
    /// An invalid field; the store is busy; the outcome is unknown.
    pub async fn open_concert(&self, new: NewConcert) -> Result<Concert, AppError> {
        match self.submit(Command::OpenConcert(new)).await? {
            Outcome::Opened(concert) => Ok(concert),
            other => Err(mismatched(&other)),
        }
    }
}
