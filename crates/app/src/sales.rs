//! Sales: listing, making and changing them, their access codes, and what anybody can check.

pub(crate) mod access_code;

use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use onsale_booking::ids::{ConcertId, SaleId, UserId};
use onsale_booking::money::Money;
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::policy::CODES_PER_COMMAND_MAX;
use onsale_booking::refusal::Missing;
use onsale_booking::request::RequestKey;
use onsale_booking::sale::{Sale, SalePhase};
use onsale_booking::seed::{Seed, SeedProblem};
use onsale_booking::seen::SeenSale;
use onsale_booking::{Command, Outcome, Refusal};
use onsale_line::{Capacity, Number};

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::random::random;
use crate::resting_lines::LineCounts;
use crate::tokens::Stamp;

/// A sale as it is shown.
#[derive(Debug, Clone)]
pub struct SaleView {
    /// The sale.
    pub sale: Arc<Sale>,
    /// Its members, in order. The main sale also sells every concert that is a member of no sale.
    pub concerts: Vec<ConcertId>,
    /// The lowest price of what it sells; `None` if it sells nothing.
    pub from: Option<Money>,
    /// How many people wait in its line.
    pub waiting: u64,
}

/// What anybody needs to check an order.
#[derive(Debug, Clone)]
pub struct Fairness {
    /// The sale.
    pub sale: Arc<Sale>,
    /// The last place considered for a call.
    pub head: Number,
    /// The last number given out.
    pub tail: Number,
}

/// In which order a sale calls people, as an operator chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderChoice {
    /// In the order of joining.
    Arrival,
    /// By a draw, whose seed is made now.
    Draw,
}

impl App {
    /// The listed sales: those without an opening first, then by their openings; by name if these are the
    /// same.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sales(&self) -> Result<Vec<SaleView>, AppError> {
        self.views_of(self.listed_sales()).await
    }

    pub(crate) async fn views_of(&self, sales: Vec<Arc<Sale>>) -> Result<Vec<SaleView>, AppError> {
        try_join_all(sales.into_iter().map(|sale| self.view_of(sale))).await
    }

    /// A sale, listed or not.
    ///
    /// # Errors
    /// There is no such sale; the store does not answer.
    pub async fn sale(&self, sale: SaleId) -> Result<SaleView, AppError> {
        self.view_of(self.known_sale(sale).await?).await
    }

    /// What is wrong with the stored seed of a sale's draw, if that is still ahead.
    pub fn seed_problem(&self, sale: &Sale) -> Option<SeedProblem> {
        sale.seed_problem(|sealed| self.keys.open_seed(sale.id, sealed), self.now())
    }

    /// What anybody needs to check a sale's order.
    ///
    /// # Errors
    /// There is no such sale; the store does not answer.
    pub async fn fairness(&self, sale: SaleId) -> Result<Fairness, AppError> {
        let sale = self.known_sale(sale).await?;
        let LineCounts { head, tail, .. } = self.line_counts(sale.id).await?;
        // The counts may be a moment older than the opening, which knows of every number of the lobby.
        let tail = tail.max(sale.opening.lobby_tail().unwrap_or(0));
        Ok(Fairness { sale, head, tail })
    }

    /// When a sale opens or has opened; `None` if it has no opening.
    pub fn opens_at(&self, sale: SaleId) -> Option<Timestamp> {
        self.store.sales.get(sale)?.times.opens_at
    }

    /// Makes a sale. Its `order` is chosen here, whatever `new` says.
    ///
    /// # Errors
    /// An invalid field; the store is busy; the outcome is unknown.
    pub async fn create_sale(&self, new: NewSale, order: OrderChoice) -> Result<SaleView, AppError> {
        check_dials(&new.dials)?;
        let new = NewSale { order: self.new_order(new.id, order)?, ..new };
        match self.submit(Command::CreateSale(Box::new(new))).await? {
            Outcome::SaleCreated(sale) => {
                tracing::info!(sale = %sale.id, name = sale.name, "made a sale");
                self.view_of(Arc::new(*sale)).await
            }
            other => Err(mismatched(&other)),
        }
    }

    /// Changes a sale for an operator. What is left out stays as it is. With `seen`, the sale as a form's
    /// page showed it, it is changed only if it is still like that.
    ///
    /// # Errors
    /// There is no such sale; `SaleChanged`; an invalid or fixed field; the store is busy; the outcome is
    /// unknown.
    pub async fn change_sale(
        &self,
        sale: SaleId,
        changes: SaleChanges,
        order: Option<OrderChoice>,
        seen: Option<SeenSale>,
        by: UserId,
    ) -> Result<SaleView, AppError> {
        let order = order.map(|order| self.new_order(sale, order)).transpose()?;
        let changes = SaleChanges { order, ..changes };
        tracing::info!(%sale, ?changes, %by, "changing a sale");
        let command = Command::ChangeSale { sale, changes: Box::new(changes), seen, by: Some(by) };
        match self.submit(command).await? {
            Outcome::SaleChanged { after, .. } => {
                let after = Arc::new(*after);
                self.hand_over(&after).await;
                self.view_of(after).await
            }
            other => Err(mismatched(&other)),
        }
    }

    /// Hands a changed sale over to its line, if that is open here, so that it counts from now on. Other
    /// instances learn of it a moment later.
    async fn hand_over(&self, sale: &Arc<Sale>) {
        self.store.lines.sales_changed(std::slice::from_ref(sale)).await;
        if let Some(admission) = self.admissions.opened(sale.id) {
            admission.tick_and_spread().await;
        }
    }

    /// Makes access codes for a sale, each for so many people. Nobody can read them again, but who sends the
    /// same `form` twice gets the same codes.
    ///
    /// # Errors
    /// There is no such sale; an invalid field; `IdempotencyKeyReused` for a form with other numbers; the
    /// store is busy; the outcome is unknown.
    pub async fn add_codes(
        &self,
        sale: SaleId,
        count: u32,
        uses: u32,
        form: Option<&Stamp>,
        by: UserId,
    ) -> Result<Vec<String>, AppError> {
        // The rule refuses what is out of range; this only keeps the codes from being made before.
        let (texts, codes) = access_code::make(
            sale,
            count.min(CODES_PER_COMMAND_MAX + 1),
            form.map(|form| (&self.keys, form)),
        )?;
        let key = form.and_then(|form| RequestKey::new(&form.id.to_string()));
        tracing::info!(%sale, count, uses, %by, "making access codes");
        match self.submit(Command::AddCodes { sale, codes, uses, key, by: Some(by) }).await? {
            Outcome::CodesAdded { .. } => Ok(texts),
            other => Err(mismatched(&other)),
        }
    }

    /// A sale, listed or not, without what its line says.
    ///
    /// # Errors
    /// There is no such sale; the store does not answer.
    pub async fn known_sale(&self, sale: SaleId) -> Result<Arc<Sale>, AppError> {
        Ok(self.store.sales.find(sale).await?.ok_or(Refusal::NotFound(Missing::Sale))?)
    }

    async fn view_of(&self, sale: Arc<Sale>) -> Result<SaleView, AppError> {
        let from = self.lowest_price(sale.id);
        let LineCounts { waiting, .. } = self.line_counts(sale.id).await?;
        // Nobody waits for a sale that is over, whatever its line has given out.
        let waiting = if sale.phase(self.now()) == SalePhase::Over { 0 } else { waiting };
        Ok(SaleView { concerts: self.store.sales.members_of(sale.id), sale, from, waiting })
    }

    /// Of a line that is open here, as of its last tick. Of any other as the store knows, at most about 2 s
    /// ago: there, a number that was not called counts as waiting. No line is opened for it, because anybody
    /// may ask.
    pub(crate) async fn line_counts(&self, sale: SaleId) -> Result<LineCounts, AppError> {
        if let Some(admission) = self.admissions.opened(sale) {
            let tallies = admission.reading().tallies();
            return Ok(LineCounts { waiting: tallies.waiting, head: tallies.head, tail: tallies.tail });
        }
        if let Some(counts) = self.resting.get(sale) {
            return Ok(counts);
        }
        let row = self.store.reads.line_row(sale).await?.ok_or(Refusal::NotFound(Missing::Sale))?;
        let tail = row.given.max(row.head);
        let counts = LineCounts { waiting: tail - row.head, head: row.head, tail };
        self.resting.put(sale, counts);
        Ok(counts)
    }

    /// The order that an operator has chosen, with a seed of its own if it is a draw.
    fn new_order(&self, sale: SaleId, order: OrderChoice) -> Result<NewOrder, AppError> {
        match order {
            OrderChoice::Arrival => Ok(NewOrder::Arrival),
            OrderChoice::Draw => {
                let seed = Seed::new(random()?);
                let sealed_seed = self.keys.seal_seed(sale, &seed, random()?);
                Ok(NewOrder::Draw { commitment: seed.commitment(), sealed_seed })
            }
        }
    }
}

/// Dials as the rules of the line allow them.
fn check_dials(dials: &NewDials) -> Result<(), Refusal> {
    match dials.capacity {
        Some(people) if Capacity::new(people).is_none() => {
            Err(Refusal::invalid("capacity", format!("must be 0 to {}", Capacity::MAX)))
        }
        _ => Ok(()),
    }
}
