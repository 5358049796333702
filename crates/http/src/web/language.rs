//! The visitor's language.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use super::words::{OperatorWords, SaleWords, Words};
use crate::cookies;

/// The languages of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Language {
    /// English, also for visitors whose language is missing here.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// The language that the visitor chose, else the one that the browser prefers.
    pub(super) fn of(headers: &HeaderMap, is_https: bool) -> Self {
        let chosen = cookies::find(headers, is_https, cookies::LANGUAGE).ok().flatten();
        let chosen = chosen.and_then(Self::from_tag);
        chosen.unwrap_or_else(|| {
            let preferred = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            preferred.map(preferred_of).unwrap_or_default()
        })
    }

    /// The language with this tag; the region is ignored (`ko-KR` is `ko`).
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().trim();
        [Self::English, Self::Korean].into_iter().find(|one| primary.eq_ignore_ascii_case(one.tag()))
    }

    /// Its tag, for the `lang` attribute.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its name in the language itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// The words on fans' pages.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &Words::ENGLISH,
            Self::Korean => &Words::KOREAN,
        }
    }

    /// The words on operators' pages.
    pub(super) fn operator_words(self) -> &'static OperatorWords {
        match self {
            Self::English => &OperatorWords::ENGLISH,
            Self::Korean => &OperatorWords::KOREAN,
        }
    }

    /// The words about sales.
    pub(super) fn sale_words(self) -> &'static SaleWords {
        match self {
            Self::English => &SaleWords::ENGLISH,
            Self::Korean => &SaleWords::KOREAN,
        }
    }
}

/// The best known language of an `Accept-Language` header (RFC 9110, section 12.5.4): the one with the
/// highest weight, or the first of several.
fn preferred_of(accepted: &str) -> Language {
    let mut best = (0.0, Language::default());
    for range in accepted.split(',') {
        let mut parts = range.split(';');
        let language = parts.next().and_then(Language::from_tag);
        let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
        let weight = weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        if let Some(language) = language.filter(|_| weight > best.0) {
            best = (weight, language);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_best_known_language_is_used() {
        for (accepted, language) in [
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Language::Korean),
            ("en-GB,ko;q=0.9", Language::English),
            ("fr,de;q=0.9,ko;q=0.2", Language::Korean),
            ("en;q=0.3, KO;q=0.4", Language::Korean),
            ("ko;q=0, fr", Language::English),
            ("fr", Language::English),
            ("", Language::English),
            ("ko;q=x,,;;", Language::English),
        ] {
            assert_eq!(preferred_of(accepted), language, "{accepted}");
        }
    }

    #[test]
    fn the_visitor_s_choice_overrides_the_browser() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "ko".parse().unwrap());
        assert_eq!(Language::of(&headers, false), Language::Korean);
        headers.insert("cookie", "onsale_language=en".parse().unwrap());
        assert_eq!(Language::of(&headers, false), Language::English);
        headers.insert("cookie", "onsale_language=tlh".parse().unwrap());
        assert_eq!(Language::of(&headers, false), Language::Korean, "an unknown language is ignored");
        headers.insert("cookie", "onsale_language=en; onsale_language=en".parse().unwrap());
        assert_eq!(Language::of(&headers, false), Language::Korean, "a doubled cookie is ignored");
    }
}
