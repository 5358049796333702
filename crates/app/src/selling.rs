//! What sells what, as pages ask for it: from this instance's picture of all sales, without the store.

use std::sync::Arc;

use onsale_booking::Refusal;
use onsale_booking::ids::{ConcertId, SaleId, UserId};
use onsale_booking::money::Money;
use onsale_booking::refusal::Missing;
use onsale_booking::sale::Sale;
use onsale_booking::seat::Seat;
use onsale_storage::seat_map::SeatMap;

use crate::app::App;
use crate::error::AppError;
use crate::sales::SaleView;
use crate::statistics::SeatCounts;

/// How many seats of one concert somebody may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatLimit {
    /// The most holds of one concert.
    pub holds: u32,
    /// The most seats of the sale, if it has a limit.
    pub of_sale: Option<u32>,
    /// The seats that count for the sale besides holds of this concert: those that they own, and all that
    /// they have of its other concerts.
    pub besides: u32,
}

impl SeatLimit {
    /// The most holds of this concert.
    pub fn here(&self) -> u32 {
        self.left_of_sale().map_or(self.holds, |left| left.min(self.holds))
    }

    /// The limit of the sale, if that is what allows no more.
    pub fn deciding_of_sale(&self) -> Option<u32> {
        self.of_sale.filter(|_| self.left_of_sale().is_some_and(|left| left <= self.holds))
    }

    fn left_of_sale(&self) -> Option<u32> {
        self.of_sale.map(|limit| limit.saturating_sub(self.besides))
    }
}

impl App {
    /// The listed sales: those without an opening first, then by their openings; by name if these are the
    /// same.
    pub fn listed_sales(&self) -> Vec<Arc<Sale>> {
        let mut listed = self.every_sale();
        listed.retain(|sale| sale.listed);
        listed
    }

    /// Every sale, listed or not, in the same order.
    pub fn every_sale(&self) -> Vec<Arc<Sale>> {
        let mut all = self.store.sales.all();
        all.sort_by_key(|sale| (sale.times.opens_at, sale.name.clone(), sale.id));
        all
    }

    /// Every sale as operators see it, in the same order.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn all_sales(&self) -> Result<Vec<SaleView>, AppError> {
        self.views_of(self.every_sale()).await
    }

    /// A sale as the store has it now.
    ///
    /// # Errors
    /// There is no such sale; the store does not answer.
    pub async fn current_sale(&self, sale: SaleId) -> Result<Arc<Sale>, AppError> {
        Ok(self.store.sales.current(sale).await?.ok_or(Refusal::NotFound(Missing::Sale))?)
    }

    /// The concerts that name a sale. The main sale also sells those that name none.
    pub fn members_of(&self, sale: SaleId) -> Vec<ConcertId> {
        self.store.sales.members_of(sale)
    }

    /// A sale that this instance knows.
    pub fn known(&self, sale: SaleId) -> Option<Arc<Sale>> {
        self.store.sales.get(sale)
    }

    /// Whether a user has redeemed an access code of a sale, so that they may join it without one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn has_redeemed(&self, sale: SaleId, user: UserId) -> Result<bool, AppError> {
        Ok(self.store.reads.has_redeemed(sale, user).await?)
    }

    /// The sales that sell a concert, the main sale first.
    pub fn sellers_of(&self, concert: ConcertId) -> Vec<Arc<Sale>> {
        let mut sellers = self.store.sales.sellers_of(concert);
        sellers.sort_by_key(|sale| (!sale.is_main, sale.times.opens_at, sale.name.clone(), sale.id));
        sellers
    }

    /// The lowest price of what a sale sells; `None` if it sells nothing.
    pub fn lowest_price(&self, sale: SaleId) -> Option<Money> {
        self.concerts_of(sale).iter().map(|map| map.concert.price).min()
    }

    /// How many seats of one concert somebody may hold at once by a pass of a sale, as far as the seat maps
    /// show them. Whether they may is the rule's to say.
    pub fn seat_limit(&self, sale: SaleId, user: UserId, concert: ConcertId) -> SeatLimit {
        let holds = self.config.policy.holds_per_user;
        let Some(of_sale) = self.known(sale).and_then(|sale| sale.seats_per_person) else {
            return SeatLimit { holds, of_sale: None, besides: 0 };
        };
        let now = self.now();
        let had_in = |map: &Arc<SeatMap>| {
            let is_here = map.concert.id == concert;
            let counts =
                |seat: &&Seat| seat.is_sold_to(user) || (!is_here && seat.live_hold_of(user, now).is_some());
            map.snapshot().seats().iter().filter(counts).count()
        };
        let besides = self.concerts_of(sale).iter().map(had_in).sum::<usize>();
        SeatLimit { holds, of_sale: Some(of_sale), besides: u32::try_from(besides).unwrap_or(u32::MAX) }
    }

    /// The seats of everything that a sale sells.
    pub fn seats_of(&self, sale: SaleId) -> SeatCounts {
        let now = self.now();
        self.concerts_of(sale).iter().map(|map| map.snapshot().counts(now)).sum()
    }
}
