//! What each seat of a concert costs and is: from prices by category, and lists of guids.

use std::collections::{HashMap, HashSet};

use onsale_booking::money::Money;
use onsale_booking::new_concert::NewSeat;
use onsale_booking::policy::PRICE_MAX;
use onsale_booking::seat::SeatKind;

use crate::error::PlanError;
use crate::limits::TEXT_CHARS_MAX;
use crate::plan::Plan;

impl Plan {
    /// The seats of a concert on this plan, in plan order: `prices` by category, `kinds` and `kept` by guid.
    /// A category without seats needs no price, and may have one.
    ///
    /// # Errors
    /// [`PlanError`] with the first offence, its path in what was given: `prices["A"]`, `kinds["a-1"]`,
    /// `kept[3]`. Prices come first, then kinds, then kept seats, each in their order.
    pub fn terms(
        &self,
        prices: &[(String, Money)],
        kinds: &[(String, SeatKind)],
        kept: &[String],
    ) -> Result<Vec<NewSeat>, PlanError> {
        let prices = self.prices(prices)?;
        let places: HashMap<&str, usize> =
            self.seats().enumerate().map(|(place, it)| (it.seat.guid.as_str(), place)).collect();
        // Every category with seats has a price.
        let price_of = |category: usize| prices[category].unwrap_or_default();
        let seats =
            self.seats().map(|it| NewSeat { price: price_of(it.seat.category), kind: None, kept: false });
        let mut seats: Vec<NewSeat> = seats.collect();
        let mut seen = HashSet::new();
        for (guid, kind) in kinds {
            let place = place_of(&places, &mut seen, guid, || named("kinds", guid))?;
            seats[place].kind = Some(*kind);
        }
        seen.clear();
        for (index, guid) in kept.iter().enumerate() {
            let place = place_of(&places, &mut seen, guid, || format!("kept[{index}]"))?;
            seats[place].kept = true;
        }
        Ok(seats)
    }

    /// The price of each category; `None` for one that has no seats and was given none.
    fn prices(&self, given: &[(String, Money)]) -> Result<Vec<Option<Money>>, PlanError> {
        let mut prices = vec![None; self.categories.len()];
        for (name, price) in given {
            let path = || named("prices", name);
            let Some(index) = self.categories.iter().position(|it| it.name == *name) else {
                return Err(PlanError::new(path(), "names no category of the plan"));
            };
            if prices[index].is_some() {
                return Err(PlanError::new(path(), "is there twice"));
            }
            if !(Money::ZERO..=PRICE_MAX).contains(price) {
                return Err(PlanError::new(path(), format!("must be 0 to {PRICE_MAX}")));
            }
            prices[index] = Some(*price);
        }
        let seats = self.seats_by_category();
        match (0..prices.len()).find(|index| seats[*index] > 0 && prices[*index].is_none()) {
            Some(index) => Err(PlanError::new(named("prices", &self.categories[index].name), "is missing")),
            None => Ok(prices),
        }
    }
}

/// The place of the seat with this guid, which no list names twice.
fn place_of<'a>(
    places: &HashMap<&str, usize>,
    seen: &mut HashSet<&'a str>,
    guid: &'a str,
    path: impl Fn() -> String,
) -> Result<usize, PlanError> {
    let place = places.get(guid).ok_or_else(|| PlanError::new(path(), "names no seat of the plan"))?;
    if seen.insert(guid) { Ok(*place) } else { Err(PlanError::new(path(), "names a seat twice")) }
}

/// The path of a field that is called by a name, which may be anything.
fn named(field: &str, name: &str) -> String {
    let short: String = name.chars().take(TEXT_CHARS_MAX).collect();
    format!("{field}[{short:?}]")
}
