//! Lists that clients read page by page, newest first.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

/// How many items a page has at most.
pub const PAGE_ITEMS: usize = 50;

/// Where a page begins: after the item with this time and id. Its text is opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The item's time.
    pub time: Timestamp,
    /// The item's id.
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
        let cursor = Self { time, id: Uuid::try_parse(id).map_err(|_| BadCursor)? };
        // One text for each cursor, which is what the API's documentation describes.
        if cursor.to_string() == text { Ok(cursor) } else { Err(BadCursor) }
    }
}

/// One page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page of the first [`PAGE_ITEMS`] items. The caller reads one more, which shows that there is a next
    /// page.
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
    fn a_cursor_is_parsed_from_its_own_text_only() {
        let cursor = Cursor { time: "2026-03-20T19:00:00Z".parse().unwrap(), id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let before_1970 = Cursor { time: Timestamp::from_microsecond(-5).unwrap(), ..cursor };
        assert_eq!(before_1970.to_string().parse(), Ok(before_1970));
        for text in [
            "",
            "-",
            "7",
            "x-00000000000000000000000000000007",
            "7-7",
            "+7-00000000000000000000000000000007",
            "07-00000000000000000000000000000007",
            "7-0000000000000000000000000000000A",
            "7-00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn a_page_has_a_next_one_if_more_items_were_read() {
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
