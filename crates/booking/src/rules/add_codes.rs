//! Making access codes for a sale.

use std::collections::BTreeSet;

use crate::access::{Access, AccessCode, CodeHash};
use crate::book::Book;
use crate::ids::SaleId;
use crate::outcome::Outcome;
use crate::policy::{CODES_PER_COMMAND_MAX, USES_PER_CODE_MAX};
use crate::refusal::Refusal;

pub(crate) fn add_codes(
    book: &mut Book,
    sale: SaleId,
    codes: &BTreeSet<CodeHash>,
    uses: u32,
) -> Result<Outcome, Refusal> {
    if book.sale(sale)?.access != Access::Code {
        return Err(Refusal::invalid("access", "must be code for a sale that has access codes"));
    }
    let count = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    if !(1..=CODES_PER_COMMAND_MAX).contains(&count) {
        return Err(Refusal::invalid("count", format!("must be 1 to {CODES_PER_COMMAND_MAX}")));
    }
    if !(1..=USES_PER_CODE_MAX).contains(&uses) {
        return Err(Refusal::invalid("uses", format!("must be 1 to {USES_PER_CODE_MAX}")));
    }

    let created_at = book.now();
    for &hash in codes {
        book.set_code(AccessCode { sale, hash, uses, used: 0, created_at });
    }
    Ok(Outcome::CodesAdded { sale, count, uses, is_new: true })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::access::{Access, CodeHash};
    use crate::command::Command;
    use crate::ids::SaleId;
    use crate::new_sale::NewSale;
    use crate::outcome::Outcome;
    use crate::refusal::{Missing, Refusal};
    use crate::request::RequestKey;
    use crate::testing::{PRESALE, Stage};

    fn invalid(result: Result<Outcome, Refusal>) -> &'static str {
        match result {
            Err(Refusal::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    fn count(many: u32) -> BTreeSet<CodeHash> {
        (0..many).map(|n| CodeHash(std::array::from_fn(|byte| n.to_be_bytes()[byte % 4]))).collect()
    }

    #[test]
    fn codes_are_1_to_10_000_with_1_to_1_000_000_uses() {
        let mut stage = Stage::new();
        stage.make(NewSale { access: Access::Code, ..Stage::new_sale() }).unwrap();
        let mut add = |many, uses| {
            stage.run(&Command::AddCodes { sale: PRESALE, codes: count(many), uses, key: None, by: None })
        };
        assert_eq!(invalid(add(0, 1)), "count");
        assert_eq!(invalid(add(10_001, 1)), "count");
        assert_eq!(invalid(add(1, 0)), "uses");
        assert_eq!(invalid(add(1, 1_000_001)), "uses");
        let added = Outcome::CodesAdded { sale: PRESALE, count: 10_000, uses: 1_000_000, is_new: true };
        assert_eq!(add(10_000, 1_000_000), Ok(added));
        assert_eq!(stage.book.into_changes().codes.len(), 10_000);
    }

    #[test]
    fn a_form_that_is_sent_twice_makes_its_codes_once() {
        let mut stage = Stage::new();
        stage.make(NewSale { access: Access::Code, ..Stage::new_sale() }).unwrap();
        let by = Some(Stage::waiting("carol").user);
        let add = |stage: &mut Stage, many, uses, key| {
            let key = RequestKey::new(key);
            stage.run(&Command::AddCodes { sale: PRESALE, codes: count(many), uses, key, by })
        };
        let added = |is_new| Ok(Outcome::CodesAdded { sale: PRESALE, count: 2, uses: 3, is_new });
        assert_eq!(add(&mut stage, 2, 3, "one"), added(true));
        stage.redeem("alice", 0).unwrap();
        let before = stage.book.clone();
        assert_eq!(add(&mut stage, 2, 3, "one"), added(false));
        for (many, uses) in [(3, 3), (2, 4)] {
            assert_eq!(add(&mut stage, many, uses, "one"), Err(Refusal::IdempotencyKeyReused));
        }
        assert_eq!(stage.book, before, "a use that was counted still counts");
    }

    #[test]
    fn only_a_sale_with_access_by_code_has_codes() {
        let mut stage = Stage::new();
        stage.make(Stage::new_sale()).unwrap();
        assert_eq!(invalid(stage.add_codes(&[1], 1)), "access");
        let unknown = Command::AddCodes {
            sale: SaleId(uuid::Uuid::nil()),
            codes: count(1),
            uses: 1,
            key: None,
            by: None,
        };
        assert_eq!(stage.run(&unknown), Err(Refusal::NotFound(Missing::Sale)));
    }
}
