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
    let fixed_tail = match sale.opening {
        Opening::Open { .. } => return Ok(opened(sale.clone(), false)),
        Opening::TailFixed { lobby_tail, .. } => Some(lobby_tail),
        Opening::Ahead => None,
    };
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

fn opened(sale: Sale, is_news: bool) -> Outcome {
    Outcome::SaleOpened { sale: Box::new(sale), is_news }
}
