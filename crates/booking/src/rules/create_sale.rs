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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use crate::ids::ConcertId;
    use crate::new_sale::{NewDials, NewLine, NewOrder, NewSale};
    use crate::refusal::Refusal;
    use crate::sale::{LOBBY_DEFAULT, Membership, Opening, Sale, SalePhase};
    use crate::seed::SealedSeed;
    use crate::testing::{CONCERT, PRESALE, Stage};

    fn refused_field(new: NewSale) -> &'static str {
        let mut stage = Stage::new();
        let before = stage.book.clone();
        let refusal = stage.make(new);
        assert_eq!(stage.book, before);
        match refusal {
            Err(Refusal::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sale_without_an_opening_is_open_from_its_creation() {
        let sale = Stage::new().make(Stage::new_sale()).unwrap();
        assert_eq!(sale.opening, Opening::Open { at: Stage::start(), lobby_tail: None, seed: None });
        assert_eq!((sale.phase(Stage::start()), sale.revision), (SalePhase::Open, 1));
        assert_eq!((sale.times.lobby_at, sale.is_main), (None, false));
    }

    #[test]
    fn a_lobby_begins_half_an_hour_before_the_opening_or_as_it_is_set() {
        let sale = Stage::new().make(Stage::timed_sale()).unwrap();
        assert_eq!(sale.opening, Opening::Ahead);
        assert_eq!(sale.times.lobby_at, Some(Stage::opens_at() - LOBBY_DEFAULT));
        let past = Some(Stage::start() - SignedDuration::from_hours(1));
        let sale = Stage::new().make(NewSale { lobby_at: past, ..Stage::timed_sale() }).unwrap();
        assert_eq!(sale.times.lobby_at, past, "it may be past");
        let soon = Some(Stage::start() + SignedDuration::from_secs(2));
        let sale = Stage::new().make(NewSale { opens_at: soon, ..Stage::timed_sale() }).unwrap();
        assert!(sale.times.lobby_at < Some(Stage::start()), "also by default");
        let none = Some(Stage::opens_at());
        Stage::new().make(NewSale { lobby_at: none, ..Stage::timed_sale() }).expect("no lobby to speak of");
    }

    #[test]
    fn times_are_to_come_and_in_order() {
        let (now, microsecond) = (Some(Stage::start()), SignedDuration::from_micros(1));
        let timed = Stage::timed_sale;
        assert_eq!(refused_field(NewSale { opens_at: now, ..timed() }), "opensAt");
        assert_eq!(refused_field(NewSale { closes_at: now, ..Stage::new_sale() }), "closesAt");
        let late = Some(Stage::opens_at() + microsecond);
        assert_eq!(refused_field(NewSale { lobby_at: late, ..timed() }), "lobbyAt");
        assert_eq!(refused_field(NewSale { lobby_at: now, ..Stage::new_sale() }), "lobbyAt");
        assert_eq!(refused_field(NewSale { closes_at: Some(Stage::opens_at()), ..timed() }), "closesAt");
        Stage::new().make(NewSale { closes_at: late, ..timed() }).unwrap();
        let fine = Some(Stage::opens_at() + SignedDuration::from_nanos(1));
        assert_eq!(refused_field(NewSale { opens_at: fine, ..timed() }), "opensAt");
        assert_eq!(refused_field(NewSale { closes_at: fine, ..timed() }), "closesAt");
        let fine = Some(Stage::start() + SignedDuration::from_nanos(1));
        assert_eq!(refused_field(NewSale { lobby_at: fine, ..timed() }), "lobbyAt");
    }

    #[test]
    fn a_draw_needs_an_opening_and_arrival_has_no_beacon() {
        let order = Stage::draw();
        assert_eq!(refused_field(NewSale { order, ..Stage::new_sale() }), "order");
        let source = Some("The lottery of that evening".to_owned());
        let by_arrival = NewSale { beacon_source: source.clone(), ..Stage::timed_sale() };
        assert_eq!(refused_field(by_arrival), "beaconSource");
        let empty = Some(" ".to_owned());
        assert_eq!(refused_field(NewSale { beacon_source: empty, ..Stage::drawn_sale() }), "beaconSource");
        let sale = Stage::new().make(NewSale { beacon_source: source.clone(), ..Stage::drawn_sale() });
        let sale = sale.unwrap();
        let draw = sale.draw().unwrap();
        assert_eq!((draw.commitment, &draw.beacon_source), (Stage::seed().commitment(), &source));
        assert!(draw.beacon.is_empty() && draw.awaits_beacon());
    }

    #[test]
    fn a_limit_is_1_to_50_000() {
        for seats in [0, 50_001] {
            let new = NewSale { seats_per_person: Some(seats), ..Stage::new_sale() };
            assert_eq!(refused_field(new), "seatsPerPerson");
        }
        for seats in [1, 50_000] {
            Stage::new().make(NewSale { seats_per_person: Some(seats), ..Stage::new_sale() }).unwrap();
        }
    }

    #[test]
    fn concerts_exist_and_are_named_once() {
        let unknown = ConcertId(Uuid::from_u128(404));
        for (concerts, why) in [
            (vec![unknown], "does not exist"),
            (vec![CONCERT, CONCERT], "twice"),
            (vec![CONCERT; 1_001], "at most 1000"),
        ] {
            let refusal = Stage::new().make(NewSale { concerts, ..Stage::new_sale() });
            let Err(Refusal::Invalid { field: "concertIds", detail }) = refusal else {
                panic!("{refusal:?}")
            };
            assert!(detail.contains(why), "{detail}");
        }
    }

    #[test]
    fn a_name_is_stored_as_it_is_accepted() {
        assert_eq!(refused_field(NewSale { name: "\u{3164}".to_owned(), ..Stage::new_sale() }), "name");
        let new = NewSale { name: " E\u{301}t\u{e9} ".to_owned(), ..Stage::new_sale() };
        assert_eq!(Stage::new().make(new).unwrap().name, "\u{c9}t\u{e9}");
    }

    #[test]
    fn a_sale_comes_with_its_line_and_its_concerts() {
        let mut stage = Stage::new();
        let dials = NewDials { capacity: Some(7), rate_per_minute: None, paused: Some(true) };
        let sale = stage.make(NewSale { dials, concerts: vec![CONCERT], ..Stage::new_sale() }).unwrap();
        let changes = stage.book.into_changes();
        assert_eq!(changes.sales, [sale]);
        assert_eq!(changes.lines, [NewLine { sale: PRESALE, dials }]);
        assert_eq!(changes.memberships, [Membership { sale: PRESALE, concert: CONCERT, sells: true }]);
        let concert = changes.concerts.iter().find(|concert| concert.id == CONCERT).unwrap();
        assert!(concert.sales.contains(&PRESALE), "a new concert is as the batch left it");
    }

    #[test]
    fn an_id_stands_for_one_sale() {
        let mut stage = Stage::new();
        let new = NewSale { concerts: vec![CONCERT], ..Stage::drawn_sale() };
        stage.make(new.clone()).unwrap();
        stage.book.set_now(Stage::opens_at());
        let before = stage.book.clone();
        let another_seed = NewOrder::Draw { commitment: [9; 32], sealed_seed: SealedSeed::default() };
        let exists = |is_same| Err::<Sale, _>(Refusal::SaleExists { is_same });
        assert_eq!(stage.make(NewSale { order: another_seed, ..new.clone() }), exists(true));
        assert_eq!(stage.make(NewSale { name: "Other".to_owned(), ..new.clone() }), exists(false));
        assert_eq!(stage.make(NewSale { order: NewOrder::Arrival, ..new.clone() }), exists(false));
        assert_eq!(stage.book, before);
        stage.open_sale(3, Some(Stage::seed())).unwrap();
        assert_eq!(stage.make(new), exists(true), "open by now");
    }
}
