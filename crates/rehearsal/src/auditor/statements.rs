//! Every promise as a sentence, and what is counted when it is held against a history.

use crate::history::PromiseId;

/// One promise in words.
pub(super) struct Statement {
    /// Which.
    pub(super) id: PromiseId,
    /// What is promised.
    pub(super) words: &'static str,
    /// What is counted as checked.
    pub(super) of: &'static str,
}

const fn line(id: PromiseId, words: &'static str, of: &'static str) -> Statement {
    Statement { id, words, of }
}

/// All of them, in the order of `PromiseId`.
pub(super) const ALL: [Statement; 18] = [
    line(PromiseId::OneHolder, "No seat is held or owned by two people at once.", "holds and bills"),
    line(
        PromiseId::HoldsLast,
        "A hold ends exactly once and not before its time, and a sold seat stays sold.",
        "holds, and answers about them",
    ),
    line(
        PromiseId::Deadlines,
        "Nothing is held or paid at or after the deadline it rests on.",
        "bills and lists of holds",
    ),
    line(
        PromiseId::Money,
        "A balance is what was charged less what was paid, and never below zero.",
        "balances and bills",
    ),
    line(
        PromiseId::WholePayments,
        "A payment has its debit, its bill, every seat and the pass's end, or none of them.",
        "payments",
    ),
    line(PromiseId::Acknowledged, "What was acknowledged is there in the end.", "acknowledged writes"),
    line(PromiseId::OneEffect, "One Idempotency-Key has one effect and one answer.", "repeated keys"),
    line(PromiseId::Refusals, "A refusal changed nothing, and was due.", "refusals"),
    line(PromiseId::Order, "Numbers follow the order of joins, and none is given twice.", "numbers"),
    line(
        PromiseId::Calls,
        "Of two people who are there throughout, the lower number is called no later.",
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
        "No slot stays empty while somebody who is there waits.",
        "stretches of certain waiting",
    ),
    line(
        PromiseId::Turn,
        "Only those whose turn it is do anything behind the line.",
        "answers behind the line",
    ),
    line(PromiseId::Privacy, "Nobody learns who others are.", "answers"),
    line(
        PromiseId::Honesty,
        "People ahead, estimates and free seats agree with what can be known from outside.",
        "answers to people who wait, and maps",
    ),
    line(
        PromiseId::WellFormed,
        "Every answer has the form that was agreed on, and comes in time.",
        "answers",
    ),
];
