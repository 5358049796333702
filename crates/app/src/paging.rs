//! Lists that are read a page at a time, newest first.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

/// Items on one page.
pub const PAGE_ITEMS: usize = 50;

/// A place in a list: the time and identity of the last item before it. Its text is opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The item's time.
    pub time: Timestamp,
    /// The item's identity.
    pub id: Uuid,
}

/// The text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the `next` of a page")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time.as_microsecond(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (time, id) = text.rsplit_once('-').ok_or(BadCursor)?;
        let micros = time.parse().map_err(|_| BadCursor)?;
        let time = Timestamp::from_microsecond(micros).map_err(|_| BadCursor)?;
        Ok(Self { time, id: Uuid::try_parse(id).map_err(|_| BadCursor)? })
    }
}

/// One page, and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The first [`PAGE_ITEMS`] of `items`, of which one more was read to see whether there is a next page.
    pub(crate) fn of(mut items: Vec<T>, cursor: impl FnOnce(&T) -> Option<Cursor>) -> Self {
        let has_more = items.len() > PAGE_ITEMS;
        items.truncate(PAGE_ITEMS);
        let next = items.last().filter(|_| has_more).and_then(cursor);
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_its_own_text_and_nothing_else() {
        let cursor = Cursor { time: "2026-03-20T19:00:00Z".parse().unwrap(), id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let before_1970 = Cursor { time: Timestamp::from_microsecond(-5).unwrap(), ..cursor };
        assert_eq!(before_1970.to_string().parse(), Ok(before_1970));
        for text in ["", "-", "7", "x-00000000000000000000000000000007", "7-7"] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let cursor = |item: &usize| {
            Some(Cursor {
                time: Timestamp::from_second(i64::try_from(*item).unwrap()).unwrap(),
                id: Uuid::nil(),
            })
        };
        let last = Page::of((0..PAGE_ITEMS).collect(), cursor);
        assert_eq!((last.items.len(), last.next), (PAGE_ITEMS, None));
        let full = Page::of((0..=PAGE_ITEMS).collect(), cursor);
        assert_eq!((full.items.len(), full.next), (PAGE_ITEMS, cursor(&(PAGE_ITEMS - 1))));
    }
}
