//! Putting a concert on sale.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::book::Book;
use crate::command::NewConcert;
use crate::concert::Concert;
use crate::ids::SaleId;
use crate::name;
use crate::outcome::Outcome;
use crate::policy::SALES_PER_CONCERT_MAX;
use crate::refusal::Refusal;

impl NewConcert {
    /// The concert as it is if it is opened at `now`.
    ///
    /// # Errors
    /// An invalid field.
    pub fn checked(&self, now: Timestamp) -> Result<Concert, Refusal> {
        let concert = Concert {
            id: self.id,
            name: name::accept(&self.name)?,
            capacity: self.capacity,
            price: self.price,
            opening_at: self.opening_at,
            closing_at: self.closing_at,
            event_date: self.event_date,
            sales: self.sales.iter().copied().collect(),
            created_at: now,
            updated_at: now,
        };
        concert.check()?;
        Ok(concert)
    }
}

pub(crate) fn open_concert(book: &mut Book, new: &NewConcert) -> Result<Outcome, Refusal> {
    let concert = new.checked(book.now())?;
    if let Ok(known) = book.concert(new.id) {
        let (created_at, updated_at) = (known.created_at, known.updated_at);
        let is_same = *known == Concert { created_at, updated_at, ..concert };
        return Err(Refusal::ConcertExists { is_same });
    }
    check_sales(book, &new.sales)?;

    book.add_concert(concert.clone());
    for sale in &new.sales {
        book.set_membership(*sale, concert.id, true);
    }
    Ok(Outcome::Opened(concert))
}

/// A list of sales that all exist, none twice.
fn check_sales(book: &Book, sales: &[SaleId]) -> Result<(), Refusal> {
    if sales.len() > SALES_PER_CONCERT_MAX {
        return Err(Refusal::invalid("saleIds", format!("must name at most {SALES_PER_CONCERT_MAX} sales")));
    }
    let mut seen = BTreeSet::new();
    for sale in sales {
        if !seen.insert(sale) {
            return Err(Refusal::invalid("saleIds", format!("names sale {sale} twice")));
        }
        if book.sale(*sale).is_err() {
            return Err(Refusal::invalid("saleIds", format!("names sale {sale}, which does not exist")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use crate::command::{Command, NewConcert};
    use crate::ids::{ConcertId, SaleId};
    use crate::money::Money;
    use crate::outcome::Outcome;
    use crate::refusal::Refusal;
    use crate::sale::Membership;
    use crate::testing::{MAIN_SALE, PRESALE, Stage};

    fn refused_field(change: impl FnOnce(&mut NewConcert)) -> &'static str {
        let mut concert = Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50);
        change(&mut concert);
        match Stage::new().run(&Command::OpenConcert(concert)) {
            Err(Refusal::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_capacity_is_1_to_50_000() {
        assert_eq!(refused_field(|concert| concert.capacity = 0), "capacity");
        assert_eq!(refused_field(|concert| concert.capacity = 50_001), "capacity");
        Stage::new().open(ConcertId(Uuid::from_u128(0xC9)), 50_000).unwrap();
    }

    #[test]
    fn a_price_is_0_to_a_billion() {
        assert_eq!(refused_field(|concert| concert.price = Money(-1)), "price");
        assert_eq!(refused_field(|concert| concert.price = Money(1_000_000_001)), "price");
    }

    #[test]
    fn a_sale_opens_before_it_closes_and_closes_before_the_event() {
        assert_eq!(refused_field(|concert| concert.opening_at = concert.closing_at), "closingAt");
        assert_eq!(refused_field(|concert| concert.event_date = concert.opening_at), "eventDate");
        let mut concert = Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50);
        concert.closing_at = concert.event_date;
        Stage::new().run(&Command::OpenConcert(concert)).unwrap();
    }

    #[test]
    fn a_time_is_not_finer_than_a_microsecond() {
        let nanosecond = SignedDuration::from_nanos(1);
        assert_eq!(refused_field(|concert| concert.opening_at -= nanosecond), "openingAt");
        assert_eq!(refused_field(|concert| concert.closing_at += nanosecond), "closingAt");
        assert_eq!(refused_field(|concert| concert.event_date += nanosecond), "eventDate");
    }

    #[test]
    fn a_time_has_a_year_from_1_on() {
        let year_one = "0001-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(refused_field(|concert| concert.opening_at = Timestamp::MIN), "openingAt");
        assert_eq!(
            refused_field(|concert| concert.opening_at = year_one - SignedDuration::from_micros(1)),
            "openingAt"
        );
        assert_eq!(refused_field(|concert| concert.closing_at = Timestamp::MIN), "closingAt");
        assert_eq!(refused_field(|concert| concert.event_date = Timestamp::MIN), "eventDate");
        let mut concert = Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50);
        concert.opening_at = year_one;
        Stage::new().run(&Command::OpenConcert(concert)).unwrap();
    }

    #[test]
    fn an_id_stands_for_one_concert() {
        let mut stage = Stage::new();
        let id = ConcertId(Uuid::from_u128(0xC9));
        stage.open(id, 50).unwrap();
        stage.wait_secs(1);
        let before = stage.book.clone();
        assert_eq!(stage.open(id, 50), Err(Refusal::ConcertExists { is_same: true }));
        assert_eq!(stage.open(id, 51), Err(Refusal::ConcertExists { is_same: false }));
        assert_eq!(stage.book, before);
    }

    #[test]
    fn a_concert_has_a_name() {
        assert_eq!(refused_field(|concert| concert.name.clear()), "name");
        assert_eq!(refused_field(|concert| "\u{3164}".clone_into(&mut concert.name)), "name");
    }

    #[test]
    fn a_name_is_stored_as_it_is_accepted() {
        let mut concert = Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50);
        " E\u{301}t\u{e9} ".clone_into(&mut concert.name);
        let Ok(Outcome::Opened(opened)) = Stage::new().run(&Command::OpenConcert(concert)) else { panic!() };
        assert_eq!(opened.name, "Été");
    }

    #[test]
    fn every_seat_carries_the_price() {
        let stage = Stage::new();
        assert_eq!(stage.book.seats().count(), 10);
        assert!(stage.book.seats().all(|seat| seat.price == Money(100) && seat.holder().is_none()));
    }

    #[test]
    fn a_concert_is_sold_by_the_sales_that_it_names() {
        let mut stage = Stage::new();
        stage.make(Stage::new_sale()).unwrap();
        let mut concert = Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50);
        concert.sales = vec![PRESALE];
        stage.run(&Command::OpenConcert(concert.clone())).unwrap();
        let members = [Membership { sale: PRESALE, concert: concert.id, sells: true }];
        assert_eq!(stage.book.clone().into_changes().memberships, members);
        let opened = stage.book.concert(concert.id).unwrap();
        let sells = |sale| stage.book.sells(sale, opened);
        assert!(sells(PRESALE) && !sells(MAIN_SALE), "never on sale where it should not be");
        let exists = |is_same| Err(Refusal::ConcertExists { is_same });
        assert_eq!(stage.run(&Command::OpenConcert(concert.clone())), exists(true));
        concert.sales = vec![];
        assert_eq!(stage.run(&Command::OpenConcert(concert)), exists(false));
    }

    #[test]
    fn a_concerts_sales_exist_and_are_named_once() {
        let unknown = SaleId(Uuid::from_u128(404));
        let many = (0..101).map(|number| SaleId(Uuid::from_u128(number))).collect();
        for (sales, why) in
            [(vec![unknown], "does not exist"), (vec![MAIN_SALE, MAIN_SALE], "twice"), (many, "at most 100")]
        {
            let concert = NewConcert { sales, ..Stage::concert(ConcertId(Uuid::from_u128(0xC9)), 50) };
            let refusal = Stage::new().run(&Command::OpenConcert(concert));
            let Err(Refusal::Invalid { field: "saleIds", detail }) = refusal else { panic!("{refusal:?}") };
            assert!(detail.contains(why), "{detail}");
        }
    }
}
