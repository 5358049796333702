//! Names of people and concerts: which are accepted, and which are equal to somebody who searches.
//!
//! What Unicode knows of a character comes from ICU4X.

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{
    BidiControl, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::policy::NAME_CHARS_MAX;
use crate::refusal::Refusal;

/// The name as it is stored: in NFC, without blanks and invisible characters at its ends.
///
/// It has something visible and at most [`NAME_CHARS_MAX`] characters (code points, as the API's document
/// counts them). Characters that break a line, turn the direction of the text around the name, or mean
/// nothing to anybody else are refused. Invisible characters may only stand inside words, where scripts and
/// emoji need them.
///
/// # Errors
/// [`Refusal::Invalid`] for every other name, with the reason.
pub fn accept(name: &str) -> Result<String, Refusal> {
    let refuse = |detail: String| Err(Refusal::invalid("name", detail));
    if let Some((character, why)) = name.chars().find_map(|character| Some((character, fault(character)?))) {
        return refuse(format!("must not contain U+{:04X}, which {why}", u32::from(character)));
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(name);
    let name = composed.trim_start_matches(is_blank);
    let name = name.trim_end_matches(|character| is_blank(character) && !completes_a_character(character));
    if !name.chars().any(is_visible) {
        return refuse(format!("must have 1 to {NAME_CHARS_MAX} characters, at least one of them visible"));
    }
    if let Some(character) = invisible_outside_a_word(name) {
        let only = if may_stand_in_a_word(character) { " outside a word" } else { "" };
        return refuse(format!("must not contain U+{:04X}, which is invisible{only}", u32::from(character)));
    }
    let chars = name.chars().count();
    if chars > NAME_CHARS_MAX {
        return refuse(format!("must have 1 to {NAME_CHARS_MAX} characters, has {chars}"));
    }
    Ok(name.to_owned())
}

/// The text as searches compare it. Texts are equal if they differ only in case, accents, points, width and
/// other forms of the same characters, invisible characters, apostrophes, dashes, and blanks.
pub fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let bare: String = decomposed.chars().filter(|character| !is_dropped(*character)).collect();
    let lower = CaseMapper::new().fold_string(&bare);
    // Case folding can give a character that decomposes again.
    let lower = DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower);
    let plain: String = lower.chars().filter(|character| !is_dropped(*character)).map(plain).collect();
    // Composed again, so that a letter is not found in another one that begins with it.
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&plain);
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ")
}

/// Why no name may contain a character.
fn fault(character: char) -> Option<&'static str> {
    use GeneralCategory as Category;
    let why = match category(character) {
        _ if CodePointSetData::new::<BidiControl>().contains(character) => {
            "changes the direction of the text around it"
        }
        Category::Control => "is a control character",
        Category::LineSeparator | Category::ParagraphSeparator => "breaks the line",
        Category::PrivateUse | Category::Surrogate => "is for private use",
        Category::Unassigned => "is not assigned to any character",
        _ if matches!(character, '\u{fff9}'..='\u{fffd}') => "stands for something that is not text",
        _ => return None,
    };
    Some(why)
}

/// An invisible character that does not belong to a word.
fn invisible_outside_a_word(name: &str) -> Option<char> {
    let mut is_in_word = false;
    name.chars().find(|&character| {
        if is_ignorable(character) {
            return !(is_in_word && may_stand_in_a_word(character));
        }
        is_in_word = !is_blank(character);
        false
    })
}

/// The invisible characters that scripts and emoji need: those that join or part letters, fill a syllable of
/// Hangul, order marks, or choose a form of the character before them.
fn may_stand_in_a_word(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{115f}' | '\u{1160}')
        || completes_a_character(character)
}

/// Whether an invisible character is part of the one before it: variation selectors, and the tags of flags.
fn completes_a_character(character: char) -> bool {
    CodePointSetData::new::<VariationSelector>().contains(character)
        || matches!(character, '\u{e0020}'..='\u{e007f}')
}

/// Whether a character leaves a gap or nothing at all.
fn is_blank(character: char) -> bool {
    // The pattern of Braille without dots is a symbol to Unicode, and a blank to everybody.
    character.is_whitespace() || is_ignorable(character) || character == '\u{2800}'
}

/// Whether a character shows something by itself.
fn is_visible(character: char) -> bool {
    let is_part =
        GeneralCategoryGroup::Mark.union(GeneralCategoryGroup::Format).contains(category(character));
    !(is_part || is_blank(character))
}

fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

/// Whether folding drops a character: it is invisible, or it is an accent or a point. Marks that make
/// another letter stay: nukta, voicing and virama (classes 7 to 9), and the vowels and tones of South-East
/// Asia (84 to 132).
fn is_dropped(character: char) -> bool {
    let class = CanonicalCombiningClassMapBorrowed::new().get_u8(character);
    is_ignorable(character) || matches!(class, 1 | 10..=36 | 200..)
}

/// The plain form of an apostrophe or a dash, and of an i whose missing dot is its accent: a Turkish name in
/// capitals is found by the same name in small letters.
fn plain(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        'ı' => 'i',
        _ if category(character) == GeneralCategory::DashPunctuation => '-',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(name: &str) -> String {
        match accept(name) {
            Err(Refusal::Invalid { field: "name", detail }) => detail,
            other => panic!("{name:?}: {other:?}"),
        }
    }

    #[test]
    fn a_name_has_something_visible() {
        let blanks = ["", " ", "\u{3000}", "\u{a0}", "\u{200b}", "\u{3164}", "\u{ffa0}", "\u{115f}\u{1160}"];
        let unseen =
            ["\u{2060}", "\u{feff}", "\u{ad}", "\u{2800}", "\u{301}", "\u{200d}", "\u{fe0f}", "\u{180e}"];
        for name in blanks.iter().chain(&unseen) {
            for name in [(*name).to_owned(), format!(" {name}\u{200b}{name} ")] {
                assert_eq!(refused(&name), "must have 1 to 200 characters, at least one of them visible");
            }
        }
        for name in ["K", "7", "?", "🎫", "힣", "ﷺ", "\u{1f3f4}"] {
            assert_eq!(accept(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_name_has_1_to_200_characters() {
        assert_eq!(refused(&"x".repeat(201)), "must have 1 to 200 characters, has 201");
        for name in ["가".repeat(200), "🎫".repeat(200)] {
            assert_eq!(accept(&name).as_ref(), Ok(&name));
        }
        assert_eq!(accept(&"e\u{301}".repeat(200)), Ok("é".repeat(200)), "counted as it is stored");
    }

    #[test]
    fn a_refused_character_is_named_with_the_reason() {
        for (name, detail) in [
            ("nul\0", "U+0000, which is a control character"),
            ("two\nlines", "U+000A, which is a control character"),
            ("\u{85}", "U+0085, which is a control character"),
            ("\u{202e}gnp.exe", "U+202E, which changes the direction of the text around it"),
            ("a\u{200f}", "U+200F, which changes the direction of the text around it"),
            ("a\u{2068}b", "U+2068, which changes the direction of the text around it"),
            ("a\u{2028}b", "U+2028, which breaks the line"),
            ("a\u{e000}", "U+E000, which is for private use"),
            ("a\u{378}", "U+0378, which is not assigned to any character"),
            ("a\u{fffe}", "U+FFFE, which is not assigned to any character"),
            ("a\u{fffd}", "U+FFFD, which stands for something that is not text"),
            ("Al\u{200b}ice", "U+200B, which is invisible"),
            ("Al\u{3164}ice", "U+3164, which is invisible"),
            ("Al \u{200d}ice", "U+200D, which is invisible outside a word"),
        ] {
            assert_eq!(refused(name), format!("must not contain {detail}"), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_stored_composed_and_without_blanks_at_its_ends() {
        assert_eq!(accept(" \u{200b}E\u{301}mile\u{3000}\u{feff}").as_deref(), Ok("Émile"));
        assert_eq!(accept("\u{1112}\u{1161}\u{1102}\u{1173}\u{11af}").as_deref(), Ok("하늘"));
        assert_eq!(
            accept("ＡＢＣ ﬁ").as_deref(),
            Ok("ＡＢＣ ﬁ"),
            "other forms are kept as they were written"
        );
    }

    #[test]
    fn scripts_and_emoji_keep_the_invisible_characters_that_they_need() {
        let scripts = ["می\u{200c}خواهم", "क\u{94d}\u{200d}ष", "葛\u{e0100}城", "\u{115f}\u{1161}"];
        let emoji = ["👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "🏴\u{e0067}\u{e0062}\u{e007f}"];
        for name in scripts.iter().chain(&emoji) {
            let wanted = name.trim_start_matches('\u{115f}');
            assert_eq!(accept(name).as_deref(), Ok(wanted), "{name:?}");
        }
    }

    #[test]
    fn equal_texts_fold_to_the_same() {
        for (texts, folded) in [
            (&["Émile", "émile", "E\u{301}MILE", "emile", "ｅｍｉｌｅ", " Em\u{ad}ile\u{3000}"][..], "emile"),
            (&["İstanbul", "ISTANBUL", "istanbul", "ıstanbul", "i\u{307}stanbul"], "istanbul"),
            (&["Straße", "STRASSE", "strasse", "STRAẞE"], "strasse"),
            (&["ΟΔΥΣΣΕΥΣ", "Οδυσσεύς", "οδυσσευσ"], "οδυσσευσ"),
            (&["김하루", "\u{1100}\u{1175}\u{11b7}\u{1112}\u{1161}\u{1105}\u{116e}"], "김하루"),
            (&["ガクト", "ｶﾞｸﾄ", "カ\u{3099}クト"], "ガクト"),
            (&["Ёлка", "елка"], "елка"),
            (&["Nguyễn", "nguyen"], "nguyen"),
            (&["مُحَمَّد", "محمد"], "محمد"),
            (&["O’Neil–Ray", "o'neil-ray"], "o'neil-ray"),
            (&["a \u{a0}\t b", "a\u{3000}b"], "a b"),
            (&["", " ", "\u{200b}", "\u{301}", "´"], ""),
        ] {
            for text in texts {
                assert_eq!(fold(text), folded, "{text:?}");
            }
        }
    }

    #[test]
    fn other_letters_stay_others() {
        for (one, other) in [("が", "か"), ("ぱ", "は"), ("ガ", "カ"), ("한", "하"), ("ø", "o"), ("ж", "з")]
        {
            assert!(!fold(one).contains(&fold(other)), "{other} is not found in {one}");
        }
        for (one, other) in [("क़", "क"), ("ก\u{e38}", "ก\u{e39}"), ("ຄ\u{ec8}", "ຄ\u{ec9}")] {
            assert_ne!(fold(one), fold(other));
        }
    }

    #[test]
    fn folding_any_character_twice_changes_nothing_more() {
        for character in ('\0'..=char::MAX).filter(|character| fault(*character).is_none()) {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "U+{:04X}", u32::from(character));
        }
    }

    /// Letters, marks, invisible characters and blanks of many scripts, and any other character.
    fn text() -> impl Strategy<Value = String> {
        let odd = "[a-zİıßéΣς\u{300}-\u{345}\u{591}-\u{5bd}\u{64b}-\u{655}ا-ي\u{93c}\u{94d}क-ह\u{1100}-\u{11ff}\u{3099}カｶﾞ\u{200b}-\u{200f}\u{202e}\u{2066}\u{fe0f}\u{3164}\u{e0061} \t\u{3000}ⅷﷺ㍿]{0,8}";
        let odd = proptest::string::string_regex(odd).expect("a pattern");
        prop_oneof![3 => odd, 1 => any::<String>()]
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_composed_visible_and_accepted_again(text in text()) {
            if let Ok(name) = accept(&text) {
                prop_assert_eq!(accept(&name), Ok(name.clone()));
                prop_assert!(ComposingNormalizerBorrowed::new_nfc().is_normalized(&name));
                prop_assert!(name.chars().any(is_visible) && name.chars().count() <= NAME_CHARS_MAX);
                let bidi = CodePointSetData::new::<BidiControl>();
                prop_assert!(!name.chars().any(|character| bidi.contains(character) || character.is_control()));
                prop_assert_eq!(name.trim(), &name);
            }
        }

        #[test]
        fn folding_twice_changes_nothing_more(text in text()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn however_a_text_is_composed_it_folds_to_the_same(text in text()) {
            let folded = fold(&text);
            for form in [
                ComposingNormalizerBorrowed::new_nfc().normalize(&text),
                DecomposingNormalizerBorrowed::new_nfd().normalize(&text),
                ComposingNormalizerBorrowed::new_nfkc().normalize(&text),
                DecomposingNormalizerBorrowed::new_nfkd().normalize(&text),
            ] {
                prop_assert_eq!(fold(&form), folded.clone());
            }
        }
    }
}
