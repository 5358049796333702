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
    Ok(Outcome::CodesAdded { sale, count, uses })
}
