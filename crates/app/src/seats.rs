//! Seats: reading the map, holding and releasing.

use std::sync::Arc;

use onsale_booking::command::PassHolder;
use onsale_booking::ids::{ConcertId, SeatKey, SeatNo, UserId};
use onsale_booking::refusal::Missing;
use onsale_booking::request::RequestKey;
use onsale_booking::seat::Seat;
use onsale_booking::seen::SeenHolds;
use onsale_booking::{Command, Outcome, Refusal, refuse_early};
/// The maps, and what they show at one moment.
pub use onsale_storage::seat_map::{SeatMap, SeatSnapshot};

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::tokens::Ticket;

/// Reservations are sorted newest first, so this many rows contain all live holds.
const RESERVATIONS_WITH_ALL_HOLDS: usize = 400;

/// The holder of a ticket's pass.
pub(crate) fn holder_of(ticket: &Ticket) -> PassHolder {
    PassHolder { user: UserId(ticket.user), pass: ticket.key() }
}

impl App {
    /// A concert's seat map. The ticket's holder must be inside.
    ///
    /// # Errors
    /// Those of [`check_inside`](App::check_inside); no such concert; `OtherSale`.
    pub async fn seat_map(&self, ticket: &Ticket, concert: ConcertId) -> Result<Arc<SeatMap>, AppError> {
        self.check_inside(ticket).await?;
        let map = self.concert(concert).ok_or(Refusal::NotFound(Missing::Concert))?;
        if self.store.sales.sells(ticket.sale, concert) { Ok(map) } else { Err(Refusal::OtherSale.into()) }
    }

    /// Holds seats, all or none. With a key, a repeated request has the effect and the answer of the first
    /// one.
    ///
    /// # Errors
    /// A refusal; the store is busy; the outcome is unknown.
    pub async fn hold_seats(
        &self,
        ticket: &Ticket,
        concert: ConcertId,
        seat_nos: Vec<SeatNo>,
        key: Option<RequestKey>,
    ) -> Result<Vec<Seat>, AppError> {
        if key.is_none() {
            self.refuse_early(ticket, concert, &seat_nos).await?;
        }
        match self.submit(Command::Hold { by: holder_of(ticket), concert, seat_nos, key }).await? {
            Outcome::Held(seats) => Ok(seats),
            other => Err(mismatched(&other)),
        }
    }

    /// Refuses a command that certainly cannot succeed, to save the store work: by a waiting person, or for
    /// one seat that the booking rule refuses by the seat map alone. The store decides everything else.
    async fn refuse_early(
        &self,
        ticket: &Ticket,
        concert: ConcertId,
        seat_nos: &[SeatNo],
    ) -> Result<(), AppError> {
        if self.is_waiting(ticket).await {
            return Err(Refusal::NotAdmitted.into());
        }
        let (&[seat_no], Some(map)) = (seat_nos, self.concert(concert)) else { return Ok(()) };
        // `OtherSale` would come before it.
        if !self.store.sales.sells(ticket.sale, concert) {
            return Ok(());
        }
        let early = match map.snapshot().seat(seat_no) {
            Some(seat) => refuse_early(seat, UserId(ticket.user)),
            None => Ok(()),
        };
        match early {
            Err(refusal) if self.check_inside(ticket).await.is_ok() => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// Releases a held seat, and returns its new state. A form releases only a hold that its page showed.
    ///
    /// # Errors
    /// A refusal; the store is busy; the outcome is unknown.
    pub async fn release_seat(
        &self,
        ticket: &Ticket,
        seat: SeatKey,
        seen: Option<SeenHolds>,
    ) -> Result<Seat, AppError> {
        match self.submit(Command::Release { by: holder_of(ticket), seat, seen }).await? {
            Outcome::Released(seat) => Ok(seat),
            other => Err(mismatched(&other)),
        }
    }

    /// A user's live holds, in order of concert and seat.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn live_holds(&self, user: UserId) -> Result<Vec<Seat>, AppError> {
        let mut seats = self.store.reads.reservations(user, None, RESERVATIONS_WITH_ALL_HOLDS).await?;
        let now = self.now();
        seats.retain(|seat| seat.live_hold_of(user, now).is_some());
        seats.sort_by_key(Seat::key);
        Ok(seats)
    }
}
