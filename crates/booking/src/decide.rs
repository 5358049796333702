//! The entry point of the rules.

use crate::book::Book;
use crate::command::Command;
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::StoredRequest;
use crate::rules;

/// Carries out one command on the book, as of the book's time.
///
/// A repeated request gets its stored result before any guard is checked.
///
/// # Errors
/// The first [`Refusal`] in the order of each rule's guards. The book is unchanged.
pub fn decide(book: &mut Book, command: &Command) -> Result<Outcome, Refusal> {
    if let Some(outcome) = repeated(book, command)? {
        return Ok(outcome);
    }
    let outcome = match command {
        Command::Register { user, name, .. } => rules::register(book, *user, name),
        Command::Admit { user, pass, call } => rules::admit(book, *user, *pass, *call),
        Command::Leave { user, pass, seen } => rules::leave(book, *user, *pass, seen.as_ref()),
        Command::Hold { by, concert, seat_nos, .. } => rules::hold(book, *by, *concert, seat_nos),
        Command::Release { by, seat, seen } => rules::release(book, *by, *seat, seen.as_ref()),
        Command::Pay { by, concert, seats, seen, .. } => {
            rules::pay(book, *by, *concert, seats, seen.as_ref())
        }
        Command::Charge { user, amount, movement, seen, .. } => {
            rules::charge(book, *user, *amount, *movement, *seen)
        }
        Command::UseCode { user, .. } => Ok(rules::use_code(book, *user)),
        Command::AddPlan(new) => Ok(rules::add_plan(book, new)),
        Command::OpenConcert(concert) => rules::open_concert(book, concert),
        Command::CreateSale(new) => rules::create_sale(book, new),
        Command::ChangeSale { sale, changes, seen, .. } => {
            rules::change_sale(book, *sale, changes, seen.as_ref())
        }
        Command::OpenSale { sale, epoch, lobby_tail, seed } => {
            rules::open_sale(book, *sale, *epoch, *lobby_tail, *seed)
        }
        Command::AddCodes { sale, codes, uses, .. } => rules::add_codes(book, *sale, codes, *uses),
        Command::RedeemCode { user, sale, code } => rules::redeem_code(book, *user, *sale, *code),
    }?;
    remember(book, command, &outcome);
    Ok(outcome)
}

fn repeated(book: &Book, command: &Command) -> Result<Option<Outcome>, Refusal> {
    let Some((user, key)) = command.request() else { return Ok(None) };
    match book.request(user, key) {
        None => Ok(None),
        Some(stored) if stored.content == command.content() => Ok(Some(stored.outcome.clone().repeated())),
        Some(_) => Err(Refusal::IdempotencyKeyReused),
    }
}

/// Stores successes only: a refusal had no effect, so the same request may get another answer later.
fn remember(book: &mut Book, command: &Command, outcome: &Outcome) {
    if let Some(user) = command.user() {
        book.add_user(user, String::new());
    }
    if let Some((user, key)) = command.request() {
        book.add_request(StoredRequest {
            user,
            key: key.clone(),
            content: command.content(),
            outcome: outcome.clone(),
            created_at: book.now(),
        });
    }
}
