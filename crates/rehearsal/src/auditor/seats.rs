//! At any instant at most one person has a seat.

use crate::history::{Micros, PromiseId};

use super::case::Case;
use super::findings::Book;

/// Somebody certainly had a seat, by the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    seat: u32,
    from: Micros,
    until: Micros,
    story: usize,
}

/// Checks that the certain times of two people on one seat never overlap.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let held = case.tenures.all.iter().map(|tenure| Claim {
        seat: tenure.held.seat,
        from: tenure.held.from,
        until: tenure.until(&case.reading),
        story: tenure.story,
    });
    let owned = case.sold.iter().map(|sold| Claim {
        seat: sold.bill.seat,
        from: sold.bill.created,
        until: Micros::MAX,
        story: sold.story,
    });
    let mut claims: Vec<Claim> = held.chain(owned).collect();
    book.checked(PromiseId::OneHolder, claims.len());
    claims.retain(|claim| claim.from < claim.until);
    claims.sort_unstable();
    for of_seat in claims.chunk_by(|one, next| one.seat == next.seat) {
        of_one_seat(case, of_seat, book);
    }
}

fn of_one_seat(case: &Case<'_>, claims: &[Claim], book: &mut Book) {
    // Of all earlier claims: the one that lasts longest, and the longest of any other person.
    let mut longest: Option<Claim> = None;
    let mut of_others: Option<Claim> = None;
    for claim in claims {
        let rival = if longest.is_some_and(|it| it.story != claim.story) { longest } else { of_others };
        if let Some(rival) = rival.filter(|rival| rival.until > claim.from) {
            book.broken(PromiseId::OneHolder, claim.from, overlap(case, &rival, claim));
        }
        match longest {
            Some(it) if it.story == claim.story => longest = Some(longer(it, *claim)),
            Some(it) if claim.until > it.until => (longest, of_others) = (Some(*claim), longest),
            Some(_) => of_others = Some(of_others.map_or(*claim, |it| longer(it, *claim))),
            None => longest = Some(*claim),
        }
    }
}

fn longer(one: Claim, other: Claim) -> Claim {
    if other.until > one.until { other } else { one }
}

fn overlap(case: &Case<'_>, rival: &Claim, claim: &Claim) -> String {
    let since = |claim: &Claim| {
        let verb = if claim.until == Micros::MAX { "owned" } else { "held" };
        format!("fan {} {verb} it from {}", case.reading.fan(claim.story), case.reading.store_at(claim.from))
    };
    let until = if rival.until == Micros::MAX {
        "for good".to_owned()
    } else {
        format!("until {}", case.reading.store_at(rival.until))
    };
    format!("seat {}: {} {until}, {}", claim.seat, since(rival), since(claim))
}
