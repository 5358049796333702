//! Redeeming an access code: one of its uses is bound to a person for good.

use crate::access::{Access, AccessCode, CodeHash, CodeUse};
use crate::book::Book;
use crate::ids::{SaleId, UserId};
use crate::outcome::Outcome;
use crate::refusal::Refusal;

/// Whoever has redeemed a code of the sale may join again and again, and needs no code any more.
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
