//! Opening a sale: the one fact that lets its line call. Only the store's clock decides it.

use crate::book::Book;
use crate::ids::SaleId;
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::sale::{Opening, Sale, SaleOrder};
use crate::seed::Seed;

/// Opens the sale, or fixes the tail of a draw whose beacon is awaited. Opening twice has one effect, and a
/// tail that is fixed stays what it is.
///
/// A tail from another epoch of the line is as good as none: the line was rebuilt, and may have given out
/// other numbers since. The caller asks the line again.
pub(crate) fn open_sale(
    book: &mut Book,
    id: SaleId,
    epoch: u32,
    lobby_tail: u64,
    seed: Option<Seed>,
) -> Result<Outcome, Refusal> {
    let (now, sale) = (book.now(), book.sale(id)?);
    if sale.is_opened() {
        return Ok(opened(sale.clone(), false));
    }
    let fixed_tail = sale.opening.lobby_tail();
    sale.check_not_over(now)?;
    let is_due = sale.times.opens_at.is_some_and(|opens_at| now >= opens_at);
    if !is_due || (fixed_tail.is_none() && !book.is_epoch_of(id, epoch)) {
        return Err(sale.not_open());
    }
    let lobby_tail = fixed_tail.unwrap_or(lobby_tail);
    let opening = match &sale.order {
        SaleOrder::Arrival => Opening::Open { at: now, lobby_tail: Some(lobby_tail), seed: None },
        SaleOrder::Draw(draw) if draw.awaits_beacon() => {
            if fixed_tail.is_some() {
                return Ok(opened(sale.clone(), false));
            }
            Opening::TailFixed { at: now, lobby_tail }
        }
        SaleOrder::Draw(draw) => {
            let seed = seed.filter(|seed| seed.commitment() == draw.commitment);
            let seed = seed.ok_or_else(|| Refusal::invalid("seed", "does not match the commitment"))?;
            Opening::Open { at: now, lobby_tail: Some(lobby_tail), seed: Some(seed) }
        }
    };

    let revision = sale.revision + 1;
    let sale = Sale { opening, updated_at: now, revision, ..sale.clone() };
    book.set_sale(sale.clone());
    Ok(opened(sale, true))
}

fn opened(sale: Sale, is_changed: bool) -> Outcome {
    Outcome::SaleOpened { sale: Box::new(sale), is_changed }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use crate::command::Command;
    use crate::ids::SaleId;
    use crate::new_sale::{NewSale, SaleChanges};
    use crate::refusal::{Missing, Refusal};
    use crate::sale::{Opening, Sale};
    use crate::seed::Seed;
    use crate::testing::{PRESALE, Stage};

    const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

    /// A stage at the opening of `new`.
    fn at_the_opening(new: NewSale) -> Stage {
        let mut stage = Stage::new();
        stage.make(new).unwrap();
        stage.book.set_now(Stage::opens_at());
        stage
    }

    fn with_beacon() -> NewSale {
        NewSale { beacon_source: Some("Round 4242".to_owned()), ..Stage::drawn_sale() }
    }

    fn beacon(text: &str) -> SaleChanges {
        SaleChanges { beacon: Some(text.into()), ..SaleChanges::default() }
    }

    fn is_not_open(refusal: &Result<(Sale, bool), Refusal>) -> bool {
        matches!(refusal, Err(Refusal::SaleNotOpen { opens_at, .. }) if *opens_at == Stage::opens_at())
    }

    #[test]
    fn a_sale_opens_at_its_time_to_the_microsecond() {
        let mut stage = at_the_opening(Stage::timed_sale());
        stage.wait(-MICROSECOND);
        let before = stage.book.clone();
        assert!(is_not_open(&stage.open_sale(5, None)));
        assert_eq!(stage.book, before);
        stage.wait(MICROSECOND);
        let (sale, is_changed) = stage.open_sale(5, None).unwrap();
        assert_eq!(sale.opening, Opening::Open { at: Stage::opens_at(), lobby_tail: Some(5), seed: None });
        assert_eq!((is_changed, sale.revision), (true, 2));
    }

    #[test]
    fn opening_twice_has_one_effect() {
        let mut stage = at_the_opening(Stage::timed_sale());
        let (first, _) = stage.open_sale(5, None).unwrap();
        stage.wait_secs(1);
        let before = stage.book.clone();
        assert_eq!(stage.open_sale(9, None), Ok((first, false)));
        assert_eq!(stage.book, before);
    }

    #[test]
    fn a_tail_of_another_epoch_opens_nothing() {
        let mut stage = at_the_opening(Stage::timed_sale());
        for epoch in [Stage::EPOCH - 1, Stage::EPOCH + 1] {
            let open = Command::OpenSale { sale: PRESALE, epoch, lobby_tail: 5, seed: None };
            assert!(matches!(stage.run(&open), Err(Refusal::SaleNotOpen { .. })));
        }
        stage.open_sale(5, None).unwrap();
    }

    #[test]
    fn a_sale_that_is_over_never_opens() {
        let mut stage = at_the_opening(Stage::timed_sale());
        let closes_at = Stage::timed_sale().closes_at.unwrap();
        stage.book.set_now(closes_at);
        assert_eq!(stage.open_sale(5, None), Err(Refusal::SaleClosed { closes_at }));
        stage.wait(-MICROSECOND);
        stage.open_sale(5, None).unwrap();
    }

    #[test]
    fn only_the_seed_of_the_commitment_opens_a_draw() {
        let mut stage = at_the_opening(Stage::drawn_sale());
        for seed in [None, Some(Seed::new([8; 32]))] {
            assert!(matches!(stage.open_sale(5, seed), Err(Refusal::Invalid { field: "seed", .. })));
        }
        let (sale, _) = stage.open_sale(5, Some(Stage::seed())).unwrap();
        let seed = Some(Stage::seed());
        assert_eq!(sale.opening, Opening::Open { at: Stage::opens_at(), lobby_tail: Some(5), seed });
    }

    #[test]
    fn a_sale_by_arrival_keeps_no_seed() {
        let mut stage = at_the_opening(Stage::timed_sale());
        let (sale, _) = stage.open_sale(5, Some(Stage::seed())).unwrap();
        assert!(matches!(sale.opening, Opening::Open { seed: None, .. }));
    }

    #[test]
    fn a_draw_with_a_beacon_fixes_its_tail_and_waits() {
        let mut stage = at_the_opening(with_beacon());
        let seed = Some(Stage::seed());
        let early = stage.change(PRESALE, beacon("4242"));
        assert!(matches!(early, Err(Refusal::Invalid { field: "beacon", .. })), "anybody could still join");
        let (fixed, is_changed) = stage.open_sale(5, seed).unwrap();
        assert_eq!(fixed.opening, Opening::TailFixed { at: Stage::opens_at(), lobby_tail: 5 });
        assert!(is_changed && fixed.admits(stage.book.now()).is_err());
        assert_eq!(fixed.changes_at(stage.book.now()), fixed.times.closes_at, "time alone brings no beacon");
        stage.wait_secs(1);
        assert_eq!(stage.open_sale(9, seed), Ok((fixed, false)), "a tail that is fixed stays what it is");
        stage.change(PRESALE, beacon("4242")).unwrap();
        let again = stage.change(PRESALE, beacon("4343"));
        assert!(matches!(again, Err(Refusal::Invalid { field: "beacon", .. })), "once");
        let before = stage.book.clone();
        stage.change(PRESALE, beacon("4242")).expect("the same one changes nothing");
        assert_eq!(stage.book, before);
        let superseded = Stage::EPOCH - 1;
        let open = Command::OpenSale { sale: PRESALE, epoch: superseded, lobby_tail: 9, seed };
        stage.run(&open).expect("a fixed tail needs no epoch");
        let sale = stage.book.sale(PRESALE).unwrap();
        assert_eq!(sale.opening, Opening::Open { at: stage.book.now(), lobby_tail: Some(5), seed });
        assert_eq!(sale.draw().unwrap().beacon, b"4242");
    }

    #[test]
    fn an_unknown_sale_is_not_found() {
        let sale = SaleId(Uuid::from_u128(404));
        let open = Command::OpenSale { sale, epoch: 1, lobby_tail: 1, seed: None };
        assert_eq!(Stage::new().run(&open), Err(Refusal::NotFound(Missing::Sale)));
        let change = Command::ChangeSale { sale, changes: Box::default(), seen: None, by: None };
        assert_eq!(Stage::new().run(&change), Err(Refusal::NotFound(Missing::Sale)));
    }

    #[test]
    fn no_log_of_an_opening_shows_the_seed_before_it() {
        let mut stage = at_the_opening(with_beacon());
        let seed = Stage::seed();
        let command = Command::OpenSale { sale: PRESALE, epoch: 1, lobby_tail: 5, seed: Some(seed) };
        let make = Command::CreateSale(Box::new(with_beacon()));
        stage.open_sale(5, Some(seed)).unwrap();
        for text in [
            format!("{command:?}"),
            format!("{make:?}"),
            format!("{:?}", stage.book),
            format!("{:?}", stage.book.into_changes()),
        ] {
            for secret in ["7, 7, 7, 7", "1, 1, 1, 1"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}
