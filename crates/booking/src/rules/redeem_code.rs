//! Redeeming an access code: one of its uses is bound to a person for good.

use crate::access::{Access, AccessCode, CodeHash, CodeUse};
use crate::book::Book;
use crate::ids::{SaleId, UserId};
use crate::outcome::Outcome;
use crate::refusal::Refusal;

/// Somebody who has redeemed a code of the sale may join again and again, and needs no code any more.
pub(crate) fn redeem_code(
    book: &mut Book,
    user: UserId,
    sale: SaleId,
    hash: CodeHash,
) -> Result<Outcome, Refusal> {
    let (now, on_sale) = (book.now(), book.sale(sale)?);
    on_sale.check_join_window(now)?;
    if on_sale.access != Access::Code {
        return Err(Refusal::CodeInvalid);
    }
    if book.code_use(sale, user).is_none() {
        let code = book.code(sale, hash).ok_or(Refusal::CodeInvalid)?;
        if code.used >= code.uses {
            return Err(Refusal::CodeUsedUp);
        }
        let code = AccessCode { used: code.used + 1, ..code.clone() };
        book.set_code(code);
        book.add_code_use(CodeUse { sale, user, hash, used_at: now });
    }
    Ok(Outcome::CodeRedeemed { user, sale })
}

#[cfg(test)]
mod tests {
    use crate::access::Access;
    use crate::new_sale::{NewSale, SaleChanges};
    use crate::refusal::Refusal;
    use crate::testing::{PRESALE, Stage};

    /// A presale by code, with code 1 for two people.
    fn stage() -> Stage {
        let mut stage = Stage::new();
        stage.make(NewSale { access: Access::Code, ..Stage::new_sale() }).unwrap();
        stage.add_codes(&[1], 2).unwrap();
        stage
    }

    #[test]
    fn a_code_is_for_as_many_people_as_it_has_uses() {
        let mut stage = stage();
        stage.redeem("alice", 1).unwrap();
        stage.redeem("bob", 1).unwrap();
        let before = stage.book.clone();
        assert_eq!(stage.redeem("carol", 1), Err(Refusal::CodeUsedUp));
        assert_eq!(stage.book, before);
        let changes = stage.book.into_changes();
        assert_eq!(changes.codes.iter().map(|code| code.used).collect::<Vec<_>>(), [2]);
        assert_eq!(changes.code_uses.len(), 2);
    }

    #[test]
    fn joining_again_costs_nothing() {
        let mut stage = stage();
        stage.redeem("alice", 1).unwrap();
        stage.add_codes(&[2], 1).unwrap();
        let before = stage.book.clone();
        for code in [1, 2, 9] {
            stage.redeem("alice", code).unwrap();
        }
        assert_eq!(stage.book, before);
    }

    #[test]
    fn a_code_that_the_sale_does_not_have_is_invalid() {
        let mut stage = stage();
        assert_eq!(stage.redeem("alice", 9), Err(Refusal::CodeInvalid));
        let everyone = SaleChanges { access: Some(Access::Everyone), ..SaleChanges::default() };
        stage.change(PRESALE, everyone).unwrap();
        assert_eq!(stage.redeem("alice", 1), Err(Refusal::CodeInvalid));
    }

    #[test]
    fn no_use_is_spent_while_nobody_may_join() {
        let mut stage = Stage::new();
        let sale = stage.make(NewSale { access: Access::Code, ..Stage::timed_sale() }).unwrap();
        stage.add_codes(&[1], 1).unwrap();
        assert!(matches!(stage.redeem("alice", 9), Err(Refusal::SaleNotOpen { .. })), "before the code");
        stage.book.set_now(sale.times.closes_at.unwrap());
        assert!(matches!(stage.redeem("alice", 1), Err(Refusal::SaleClosed { .. })));
        stage.book.set_now(sale.times.lobby_at.unwrap());
        stage.redeem("alice", 1).expect("the lobby is open");
    }
}
