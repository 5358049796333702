//! Paying for seats, and a user's reservations, bills and receipts.

use onsale_booking::bill::Bill;
use onsale_booking::ids::{BillId, ConcertId, SeatId, SeatKey, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::request::RequestKey;
use onsale_booking::seat::{Seat, SeatState};
use onsale_booking::seen::SeenHolds;
use onsale_booking::{Command, Outcome};
use onsale_storage::port::After;
use uuid::Uuid;

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::paging::{Cursor, PAGE_ITEMS, Page};
use crate::seats::holder_of;
use crate::tokens::Ticket;

/// How many pages of bills are searched for a receipt.
const PAGES_SEARCHED: usize = 200;

/// A payment that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// One bill per seat, in the order of the request.
    pub bills: Vec<Bill>,
    /// The balance left in the wallet.
    pub balance: Money,
}

impl App {
    /// Pays for held seats of one concert from the wallet, all or none. This ends the pass and all holds: for
    /// a form, only if its page showed them. With a key, a repeated request has the effect and the answer of
    /// the first one.
    ///
    /// # Errors
    /// A refusal; the store is busy; the outcome is unknown.
    pub async fn pay(
        &self,
        ticket: &Ticket,
        concert: ConcertId,
        seat_nos: Vec<SeatNo>,
        key: Option<RequestKey>,
        seen: Option<SeenHolds>,
    ) -> Result<Payment, AppError> {
        let seats = seat_nos.into_iter().map(|seat_no| (seat_no, BillId(Uuid::now_v7()))).collect();
        match self.submit(Command::Pay { by: holder_of(ticket), concert, seats, key, seen }).await? {
            Outcome::Paid { bills, balance } => {
                self.pass_ended(ticket);
                Ok(Payment { bills, balance })
            }
            other => Err(mismatched(&other)),
        }
    }

    /// A page of a user's live holds and owned seats; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn reservations(&self, user: UserId, after: Option<Cursor>) -> Result<Page<Seat>, AppError> {
        let after = after.map(|Cursor { time, id }| After { time, id: SeatId(id) });
        let seats = self.store.reads.reservations(user, after, PAGE_ITEMS + 1).await?;
        Ok(Page::of(seats, |seat| {
            let time = match seat.state {
                SeatState::Free | SeatState::Kept => return None,
                SeatState::Held(hold) => hold.reserved_at,
                SeatState::Sold(sale) => sale.reserved_at,
            };
            Some(Cursor { time, id: seat.id.0 })
        }))
    }

    /// A page of a user's bills; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn bills(&self, user: UserId, after: Option<Cursor>) -> Result<Page<Bill>, AppError> {
        let after = after.map(|Cursor { time, id }| After { time, id: BillId(id) });
        let bills = self.store.reads.bills(user, after, PAGE_ITEMS + 1).await?;
        Ok(Page::of(bills, |bill| Some(Cursor { time: bill.created_at, id: bill.id.0 })))
    }

    /// All bills of the payment that wrote the bill `wanted`, in order of seat; `None` if the user has no
    /// such bill. The bills of a payment share their time and concert.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn payment_with(&self, user: UserId, wanted: BillId) -> Result<Option<Vec<Bill>>, AppError> {
        let mut after: Option<After<BillId>> = None;
        let mut known = Vec::<Bill>::new();
        for _ in 0..PAGES_SEARCHED {
            let page = self.store.reads.bills(user, after, PAGE_ITEMS).await?;
            let is_last = page.len() < PAGE_ITEMS;
            after = page.last().map(|bill| After { time: bill.created_at, id: bill.id });
            known.extend(page);
            let found =
                known.iter().find(|bill| bill.id == wanted).map(|bill| (bill.created_at, bill.concert));
            if let Some((paid_at, concert)) = found {
                // The next page may have more bills of this payment.
                if is_last || known.last().is_some_and(|last| last.created_at < paid_at) {
                    known.retain(|bill| bill.created_at == paid_at && bill.concert == concert);
                    known.sort_by_key(|bill| bill.seat_no);
                    return Ok(Some(known));
                }
            } else if is_last {
                break;
            }
        }
        Ok(None)
    }

    /// At most `limit` bills of one concert or of all, in order of concert and seat. `after` is the seat of
    /// the last bill already read.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn bills_of_sale(
        &self,
        concert: Option<ConcertId>,
        after: Option<SeatKey>,
        limit: usize,
    ) -> Result<Vec<Bill>, AppError> {
        Ok(self.store.reads.bills_of_sale(concert, after, limit).await?)
    }
}
