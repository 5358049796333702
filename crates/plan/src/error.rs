//! Why a file is refused, and what is odd about one that is not.

use std::fmt;

use serde::Serialize;

use crate::limits::WARNINGS_OF_A_KIND_MAX;

/// How much of a reason is kept: it may quote the file.
const REASON_CHARS_MAX: usize = 400;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanError {
    /// Where in the file, for example `zones[2].rows[4].seats[17].category`. If something is missing, the
    /// object that lacks it. Empty means the file as a whole.
    pub path: String,
    /// What is wrong there and what would be right. It may quote the file: escape it before it is shown.
    pub reason: String,
}

impl PlanError {
    pub(crate) fn new(path: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self { path: path.to_string(), reason: shortened(reason.into()) }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        if path.is_empty() { write!(f, "{reason}") } else { write!(f, "{path}: {reason}") }
    }
}

impl std::error::Error for PlanError {}

/// What is odd about a plan that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where in the file. Empty means the file as a whole.
    pub path: String,
    /// What is odd there. It may quote the file: escape it before it is shown.
    pub reason: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        if path.is_empty() { write!(f, "{reason}") } else { write!(f, "{path}: {reason}") }
    }
}

/// The kinds of warnings, in the order in which they are reported. [`Warnings`] keeps a few of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Name,
    Size,
    Categories,
    Colors,
    Empty,
    Areas,
    Labels,
    Duplicates,
    Outside,
    Overlaps,
    Focus,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Name,
        Self::Size,
        Self::Categories,
        Self::Colors,
        Self::Empty,
        Self::Areas,
        Self::Labels,
        Self::Duplicates,
        Self::Outside,
        Self::Overlaps,
        Self::Focus,
    ];
}

/// Collects warnings, and bounds them: at most [`WARNINGS_OF_A_KIND_MAX`] of a kind, and how many more.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    kept: Vec<(Kind, Warning)>,
    counts: [usize; Kind::ALL.len()],
}

impl Warnings {
    /// Notes a warning. `reason` is only made if it is kept.
    pub(crate) fn add(&mut self, kind: Kind, path: impl fmt::Display, reason: impl FnOnce() -> String) {
        let count = &mut self.counts[kind as usize];
        *count += 1;
        if *count <= WARNINGS_OF_A_KIND_MAX {
            let warning = Warning { path: path.to_string(), reason: shortened(reason()) };
            self.kept.push((kind, warning));
        }
    }

    pub(crate) fn list(self) -> Vec<Warning> {
        let mut list = Vec::new();
        for kind in Kind::ALL {
            list.extend(self.kept.iter().filter(|(of, _)| *of == kind).map(|(_, warning)| warning.clone()));
            let more = self.counts[kind as usize].saturating_sub(WARNINGS_OF_A_KIND_MAX);
            if more > 0 {
                let reason = format!("and {} more like the one before", grouped(more));
                list.push(Warning { path: String::new(), reason });
            }
        }
        list
    }
}

/// A number as people read it: 50,000.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn shortened(reason: String) -> String {
    match reason.char_indices().nth(REASON_CHARS_MAX) {
        Some((at, _)) => format!("{}...", &reason[..at]),
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_few_of_each_kind() {
        let mut warnings = Warnings::default();
        for index in 0..1_234 {
            warnings.add(Kind::Overlaps, format!("seats[{index}]"), || "x".repeat(5_000));
        }
        warnings.add(Kind::Name, "name", || "no name".to_owned());
        let list = warnings.list();
        assert_eq!(list.len(), 1 + WARNINGS_OF_A_KIND_MAX + 1);
        assert_eq!(list[0].path, "name");
        assert_eq!(list[1].reason.chars().count(), REASON_CHARS_MAX + 3);
        assert_eq!(list[11].reason, "and 1,224 more like the one before");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 50_001].map(grouped), ["0", "999", "1,000", "50,001"]);
    }
}
