//! Names, labels and texts: what is kept of them, and what is refused.

use crate::error::{PlanError, grouped};
use crate::limits::TEXT_CHARS_MAX;

/// A text without blanks at its ends, its line breaks and tabs as blanks. It may be empty. HTML stays text.
///
/// Refused: over [`TEXT_CHARS_MAX`] characters, control characters, and those that turn the direction of
/// the text around them.
pub(crate) fn clean(text: &str, path: impl FnOnce() -> String) -> Result<String, PlanError> {
    let spaced = text.replace(is_break, " ");
    let text = spaced.trim();
    if let Some(character) = text.chars().find(|character| is_refused(*character)) {
        let code = u32::from(character);
        return Err(PlanError::new(path(), format!("the text has the control character U+{code:04X}")));
    }
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        let reason = format!("the text has {} characters; the limit is {TEXT_CHARS_MAX}", grouped(chars));
        return Err(PlanError::new(path(), reason));
    }
    Ok(text.to_owned())
}

fn is_break(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn is_refused(character: char) -> bool {
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // U+FFFE and U+FFFF are no characters, and no XML document may have them.
    character.is_control() || turns || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_as_text() {
        for (text, kept) in [
            ("  Loge 1\r\n", "Loge 1"),
            ("Main\nstage", "Main stage"),
            ("<b>B&amp;B</b>", "<b>B&amp;B</b>"),
            ("", ""),
            ("\u{2028}", ""),
            ("무대", "무대"),
        ] {
            assert_eq!(clean(text, || unreachable!("{text}")), Ok(kept.to_owned()));
        }
        assert!(clean(&"가".repeat(TEXT_CHARS_MAX), String::new).is_ok());
    }

    #[test]
    fn control_characters_and_long_texts_are_refused() {
        for text in ["a\0b", "\u{1b}[31m", "x\u{85}x", "\u{202e}moor", "a\u{2066}b", "\u{ffff}"] {
            let error = clean(text, || "name".to_owned()).unwrap_err();
            assert!(error.path == "name" && error.reason.contains("control character U+"), "{error}");
        }
        let error = clean(&"x".repeat(TEXT_CHARS_MAX + 1), || "name".to_owned()).unwrap_err();
        assert_eq!(error.reason, "the text has 201 characters; the limit is 200");
    }
}
