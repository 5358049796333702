//! Every promise as a sentence, and what is counted when it is checked.

use crate::history::PromiseId;

/// One promise in words.
pub(super) struct Statement {
    /// Which.
    pub(super) id: PromiseId,
    /// The promise.
    pub(super) words: &'static str,
    /// What is counted.
    pub(super) of: &'static str,
}

const fn line(id: PromiseId, words: &'static str, of: &'static str) -> Statement {
    Statement { id, words, of }
}

/// All of them, in the order of `PromiseId`.
pub(super) const ALL: [Statement; 22] = [
    line(PromiseId::OneHolder, "No seat is held or owned by two people at once.", "holds and bills"),
    line(
        PromiseId::HoldsLast,
        "A hold ends exactly once and never early, and a sold seat stays sold.",
        "holds and answers about them",
    ),
    line(
        PromiseId::Deadlines,
        "Nobody holds or pays for a seat after its deadline.",
        "bills and lists of holds",
    ),
    line(
        PromiseId::Money,
        "A balance is charges minus payments, and never below zero.",
        "balances and bills",
    ),
    line(
        PromiseId::WholePayments,
        "A payment makes its debit, its bill, every seat and the end of the pass, or none of them.",
        "payments",
    ),
    line(
        PromiseId::Acknowledged,
        "Whatever was acknowledged is still there at the end.",
        "acknowledged writes",
    ),
    line(PromiseId::OneEffect, "One Idempotency-Key has one effect and one answer.", "repeated keys"),
    line(PromiseId::Refusals, "Refusals change nothing and are justified.", "refusals"),
    line(PromiseId::Order, "Numbers follow the order of joins, and none is given out twice.", "numbers"),
    line(
        PromiseId::Calls,
        "Of two people who are present throughout, the lower place is called no later.",
        "calls compared with people who waited",
    ),
    line(PromiseId::Places, "Nobody loses their place in line.", "answers about places"),
    line(
        PromiseId::Capacity,
        "People inside never exceed the capacity.",
        "sessions and readings of the line",
    ),
    line(PromiseId::Rate, "Calls in any minute never exceed the rate.", "calls"),
    line(
        PromiseId::NoIdleSlots,
        "No slot stays empty while somebody present waits.",
        "stretches of certain waiting",
    ),
    line(PromiseId::Turn, "Only people whose turn it is get past the line.", "answers past the line"),
    line(
        PromiseId::Opening,
        "Nobody is let in before the opening, and the first soon after it.",
        "answers about the phase",
    ),
    line(
        PromiseId::Draw,
        "Everybody's place is the one that the published order gives their number.",
        "places and published orders",
    ),
    line(
        PromiseId::Admittance,
        "Access codes let in as many people as they have uses, and nobody gets in without one.",
        "joins with and without codes",
    ),
    line(
        PromiseId::SeatLimit,
        "Nobody holds and owns more seats than the sale allows.",
        "holds, bills and refusals",
    ),
    line(PromiseId::Privacy, "Nobody learns who anybody else is.", "answers"),
    line(
        PromiseId::Honesty,
        "People ahead, estimates and free seats agree with what outsiders can know.",
        "answers to waiting people, and maps",
    ),
    line(PromiseId::WellFormed, "Every answer has the documented format and arrives in time.", "answers"),
];
