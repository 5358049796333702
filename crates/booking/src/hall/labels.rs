//! What seats are called.

use crate::ids::SeatNo;

/// How a seat is named to people. Each part may be empty, and several seats may have the same label. Texts
/// are as in the plan's file: escape them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label<'a> {
    /// The zone's name.
    pub section: &'a str,
    /// The row's label.
    pub row: &'a str,
    /// The seat's label within the row.
    pub seat: &'a str,
}

/// The labels of all seats, in one text: 50,000 times three texts of their own would take ten times as much.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Labels {
    text: String,
    seats: Vec<[Part; 3]>,
}

/// A piece of the text, by bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Part {
    from: u32,
    to: u32,
}

impl Labels {
    /// Adds the label of the next seat.
    pub(super) fn push(&mut self, label: Label<'_>) {
        // Seats of one row follow each other.
        let [section, row, _] = self.seats.last().copied().unwrap_or_default();
        let section = self.part(section, label.section);
        let row = self.part(row, label.row);
        let seat = self.part(Part::default(), label.seat);
        self.seats.push([section, row, seat]);
    }

    /// The seat's label. None if there is no such seat.
    pub(super) fn of(&self, seat_no: SeatNo) -> Option<Label<'_>> {
        let parts = self.seats.get((seat_no as usize).checked_sub(1)?)?;
        let [section, row, seat] = parts.map(|part| self.read(part));
        Some(Label { section, row, seat })
    }

    fn read(&self, part: Part) -> &str {
        &self.text[part.from as usize..part.to as usize]
    }

    /// The part before if it says the same, else a new one.
    fn part(&mut self, before: Part, text: &str) -> Part {
        if self.read(before) == text {
            return before;
        }
        let end = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let from = end(&self.text);
        self.text.push_str(text);
        Part { from, to: end(&self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_back_as_they_were_and_share_texts() {
        let all = [("1F", "A", "1"), ("1F", "A", "2"), ("1F", "가", "2"), ("", "가", ""), ("1F", "", "<b>")];
        let all = all.map(|(section, row, seat)| Label { section, row, seat });
        let mut labels = Labels::default();
        for label in all {
            labels.push(label);
        }
        let read: Vec<_> = (1..=5).filter_map(|seat_no| labels.of(seat_no)).collect();
        assert_eq!(read, all);
        assert_eq!((labels.of(0), labels.of(6)), (None, None));
        assert_eq!(labels.text, "1FA12가21F<b>", "a section and a row are there once for seats in a row");
    }
}
