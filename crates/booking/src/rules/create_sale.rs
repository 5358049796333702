//! Making a sale.

use jiff::Timestamp;

use crate::book::Book;
use crate::name;
use crate::new_sale::{NewLine, NewOrder, NewSale};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::rules::sale_fields::{accept_source, check_concerts, check_future, lobby_before, order_of};
use crate::sale::{Opening, Sale, SaleOrder, SaleTimes};

impl NewSale {
    /// The sale as it is if it is made at `now`.
    ///
    /// # Errors
    /// An invalid field.
    pub fn checked(&self, now: Timestamp) -> Result<Sale, Refusal> {
        let name = name::accept(&self.name)?;
        let beacon_source = accept_source(self.beacon_source.as_deref())?;
        let Self { opens_at, closes_at, .. } = *self;
        check_future("opensAt", opens_at, now)?;
        check_future("closesAt", closes_at, now)?;
        if self.order == NewOrder::Arrival && beacon_source.is_some() {
            return Err(Refusal::invalid("beaconSource", "is only for a draw"));
        }
        let opening = match opens_at {
            Some(_) => Opening::Ahead,
            None => Opening::Open { at: now, lobby_tail: None, seed: None },
        };
        let sale = Sale {
            id: self.id,
            name,
            listed: self.listed,
            is_main: false,
            order: order_of(&self.order, beacon_source),
            times: SaleTimes {
                lobby_at: self.lobby_at.or_else(|| lobby_before(opens_at)),
                opens_at,
                closes_at,
            },
            opening,
            seats_per_person: self.seats_per_person,
            access: self.access.clone(),
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        sale.check()?;
        Ok(sale)
    }

    /// Whether this asks for `known`. A form makes a new seed each time that it is sent.
    fn asks_for(&self, known: &Sale, book: &Book) -> bool {
        let Ok(mut sale) = self.checked(known.created_at) else { return false };
        if let (SaleOrder::Draw(draw), SaleOrder::Draw(known)) = (&mut sale.order, &known.order) {
            draw.commitment = known.commitment;
            draw.sealed_seed.clone_from(&known.sealed_seed);
            draw.beacon.clone_from(&known.beacon);
        }
        sale.opening.clone_from(&known.opening);
        sale.updated_at = known.updated_at;
        sale.revision = known.revision;
        let members = book.members_of(known.id);
        sale == *known && self.concerts.iter().all(|concert| members.contains(concert))
    }
}

/// Makes a sale with its line. Each of its concerts leaves the main sale, unless it is a member of that too.
pub(crate) fn create_sale(book: &mut Book, new: &NewSale) -> Result<Outcome, Refusal> {
    if let Ok(known) = book.sale(new.id) {
        return Err(Refusal::SaleExists { is_same: new.asks_for(known, book) });
    }
    let sale = new.checked(book.now())?;
    check_concerts(book, &new.concerts)?;

    book.set_sale(sale.clone());
    book.add_line(NewLine { sale: sale.id, dials: new.dials });
    for concert in &new.concerts {
        book.set_membership(sale.id, *concert, true);
    }
    Ok(Outcome::SaleCreated(Box::new(sale)))
}
