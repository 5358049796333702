//! What both stores look for in the column `folded_name`.

use onsale_booking::name;

/// The part that folded names must have to match `text`; `None` if no name can match.
///
/// An empty text matches every name. One that folds to nothing (an accent alone) matches none, and so does
/// one with U+0000, which no name has and databases do not read as a character.
pub(crate) fn part(text: &str) -> Option<String> {
    let part = name::fold(text);
    let is_everybody = text.is_empty();
    ((is_everybody || !part.is_empty()) && !part.contains('\0')).then_some(part)
}
