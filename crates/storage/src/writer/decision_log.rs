//! What the operator log says about a decision of the rules.

use jiff::Timestamp;
use onsale_booking::sale::{Opening, Sale};
use onsale_booking::{Command, Outcome, Refusal};

use crate::port::{LogAction, LogEntry, SaleTerms};

/// The log entry of a command that was decided `now`, if it is something that operators do, or the opening
/// of a sale, and changed anything.
pub(super) fn logged(
    command: &Command,
    outcome: &Result<Outcome, Refusal>,
    now: Timestamp,
) -> Option<LogEntry> {
    let (operator, action) = match (command, outcome.as_ref().ok()?) {
        (Command::OpenConcert(new), Outcome::Opened(concert)) => {
            let action = LogAction::ConcertOpened {
                concert: concert.id,
                name: concert.name.clone(),
                capacity: concert.capacity,
                price: concert.price.0,
                sales: concert.sales.iter().copied().collect(),
            };
            (new.opened_by, action)
        }
        (Command::AddPlan(new), Outcome::PlanAdded { plan, is_new: true }) => {
            (new.by, LogAction::PlanAdded { plan: *plan, name: new.name.clone(), seats: new.seats })
        }
        (Command::CreateSale(new), Outcome::SaleCreated(sale)) => {
            let (terms, concerts) = (SaleTerms::from(&**sale), new.concerts.clone());
            (new.created_by, LogAction::SaleCreated { sale: sale.id, terms, concerts })
        }
        (Command::ChangeSale { changes, by, .. }, Outcome::SaleChanged { before, after })
            if before != after =>
        {
            let (sale, concerts) = (after.id, changes.concerts.clone());
            let (before, after) = (SaleTerms::from(&**before), SaleTerms::from(&**after));
            (*by, LogAction::SaleChanged { sale, before: Box::new(before), after: Box::new(after), concerts })
        }
        (Command::OpenSale { .. }, Outcome::SaleOpened { sale, is_changed: true }) => (None, opened(sale)?),
        (Command::AddCodes { by, .. }, Outcome::CodesAdded { sale, count, uses, is_new: true }) => {
            (*by, LogAction::CodesMade { sale: *sale, count: *count, uses: *uses })
        }
        _ => return None,
    };
    Some(LogEntry { at: now, operator, action })
}

fn opened(sale: &Sale) -> Option<LogAction> {
    let name = sale.name.clone();
    match sale.opening {
        Opening::Ahead => None,
        Opening::TailFixed { lobby_tail, .. } => {
            Some(LogAction::LobbyFixed { sale: sale.id, name, lobby_tail })
        }
        Opening::Open { lobby_tail, .. } => Some(LogAction::SaleOpened { sale: sale.id, name, lobby_tail }),
    }
}
