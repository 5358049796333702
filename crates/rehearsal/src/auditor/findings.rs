//! What was checked for each promise, and its violations.

use crate::history::{Micros, PromiseId};
use crate::report::{Promise, Verdict};

use super::statements::{ALL, Statement};

/// The most breaches to show.
pub(super) const EVIDENCE_MAX: usize = 20;

/// The findings on every promise.
pub(super) struct Book(Vec<Findings>);

/// The findings on one promise.
#[derive(Default)]
struct Findings {
    checked: u64,
    breaches: u64,
    /// The earliest breaches: those to show, and some more.
    evidence: Vec<(Micros, String)>,
    notes: Vec<String>,
}

impl Book {
    /// No findings yet.
    pub(super) fn new() -> Self {
        Self(ALL.iter().map(|_| Findings::default()).collect())
    }

    /// This many things were checked against a promise.
    pub(super) fn checked(&mut self, id: PromiseId, things: usize) {
        self.of(id).checked += u64::try_from(things).unwrap_or(u64::MAX);
    }

    /// A promise was broken.
    pub(super) fn broken(&mut self, id: PromiseId, at: Micros, text: String) {
        let findings = self.of(id);
        findings.breaches += 1;
        findings.evidence.push((at, text));
        // Bounds memory when very much is wrong.
        if findings.evidence.len() >= 64 * EVIDENCE_MAX {
            findings.keep_earliest();
        }
    }

    /// Notes what could not be checked and why, or what else is worth knowing.
    pub(super) fn note(&mut self, id: PromiseId, text: impl Into<String>) {
        self.of(id).notes.push(text.into());
    }

    /// All promises with their verdicts, in the order of `PromiseId`.
    pub(super) fn promises(self) -> Vec<Promise> {
        ALL.iter().zip(self.0).map(|(statement, findings)| findings.promise(statement)).collect()
    }

    fn of(&mut self, id: PromiseId) -> &mut Findings {
        &mut self.0[id as usize]
    }
}

impl Findings {
    fn keep_earliest(&mut self) {
        self.evidence.sort();
        self.evidence.truncate(EVIDENCE_MAX);
    }

    fn promise(mut self, statement: &Statement) -> Promise {
        self.keep_earliest();
        let verdict = match (self.breaches, self.checked) {
            (1.., _) => Verdict::Broken,
            (0, 1..) => Verdict::Kept,
            (0, 0) => Verdict::NotChecked,
        };
        if verdict == Verdict::NotChecked && self.notes.is_empty() {
            self.notes.push(format!("no {} to check", statement.of));
        }
        Promise {
            id: statement.id,
            statement: statement.words,
            verdict,
            checked: self.checked,
            of: statement.of,
            note: (!self.notes.is_empty()).then(|| self.notes.join("; ")),
            breaches: self.breaches,
            evidence: self.evidence.into_iter().map(|(_, text)| text).collect(),
        }
    }
}
