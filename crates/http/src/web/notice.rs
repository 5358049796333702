//! What came of a form, said on the page that the browser was sent to next.

use std::fmt::Display;

use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::ids::SeatNo;
use serde::Deserialize;

use super::format::fill;
use super::language::Language;
use super::words::Words;
use crate::numbers::number;

/// In a page's address: only what is on the list is ever said, so that a link cannot put words into the
/// page's mouth.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NoticeQuery {
    /// A code of the list below.
    said: Option<String>,
    /// The seat that it is about.
    seat: Option<SeatNo>,
}

/// Whether it is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// It worked.
    Good,
    /// It did not.
    Bad,
}

/// A sentence above the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Notice {
    /// How it looks.
    pub(super) fn class(&self) -> &'static str {
        match self.tone {
            Tone::Good => "notice-good",
            Tone::Bad => "notice-bad",
        }
    }
}

impl NoticeQuery {
    /// The notice in words, if there is one.
    pub(super) fn notice(&self, language: Language) -> Option<Notice> {
        let (tone, sentence) = sentence(self.said.as_deref()?, language.words())?;
        let seat = self.seat.map(number).unwrap_or_default();
        Some(Notice { tone, text: fill(sentence, &[("seat", &seat as &dyn Display)]) })
    }
}

/// The list of notices: what a form has done, and the codes of what was refused.
fn sentence(code: &str, w: &'static Words) -> Option<(Tone, &'static str)> {
    Some(match code {
        "charged" => (Tone::Good, w.said_charged),
        "given_back" => (Tone::Good, w.said_given_back),
        "left" => (Tone::Good, w.said_left),
        "seat_held" => (Tone::Bad, w.said_seat_held),
        "seat_sold" => (Tone::Bad, w.said_seat_sold),
        "seat_not_held" | "not_holder" => (Tone::Bad, w.said_seat_not_held),
        "hold_expired" => (Tone::Bad, w.said_hold_expired),
        "hold_limit" => (Tone::Bad, w.said_hold_limit),
        "sale_not_open" => (Tone::Bad, w.said_sale_not_open),
        "sale_closed" => (Tone::Bad, w.said_sale_closed),
        "insufficient_balance" => (Tone::Bad, w.said_insufficient_balance),
        "balance_limit" => (Tone::Bad, w.said_balance_limit),
        "not_admitted" => (Tone::Bad, w.said_not_admitted),
        "pass_ended" => (Tone::Bad, w.said_pass_ended),
        "no_seat" => (Tone::Bad, w.said_no_seat),
        "amount" => (Tone::Bad, w.said_amount),
        "name" => (Tone::Bad, w.said_name),
        "token" => (Tone::Bad, w.said_token),
        "idempotency_key_reused" => (Tone::Bad, w.said_form_again),
        "unavailable" => (Tone::Bad, w.sorry_busy_text),
        "unknown" => (Tone::Bad, w.sorry_unknown_text),
        _ => return None,
    })
}

/// The query that shows why a form was refused: `said=seat_held&seat=7`; `None` for what no form can cause.
pub(super) fn notice_query(error: &AppError) -> Option<String> {
    let (code, seat) = match error {
        AppError::Refused(Refusal::Invalid { field, .. }) => (*field, None),
        AppError::Refused(refusal) => (refusal.code(), seat_of(refusal)),
        AppError::Unavailable => ("unavailable", None),
        AppError::Unknown => ("unknown", None),
        AppError::UnknownTicket | AppError::TooEarly { .. } => return None,
    };
    // A code without words is not for a form's page.
    sentence(code, Language::default().words())?;
    Some(match seat {
        Some(seat) => format!("said={code}&seat={seat}"),
        None => format!("said={code}"),
    })
}

/// The seat that a refusal is about.
fn seat_of(refusal: &Refusal) -> Option<SeatNo> {
    match *refusal {
        Refusal::SeatHeld { seat_no }
        | Refusal::SeatSold { seat_no }
        | Refusal::NotHolder { seat_no }
        | Refusal::SeatNotHeld { seat_no }
        | Refusal::HoldExpired { seat_no, .. } => Some(seat_no),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_that_an_address_can_name_is_said_in_words() {
        let refusals = [
            Refusal::SeatHeld { seat_no: 7 },
            Refusal::SeatSold { seat_no: 7 },
            Refusal::SeatNotHeld { seat_no: 7 },
            Refusal::HoldLimit { limit: 4 },
            Refusal::PassEnded,
            Refusal::NotAdmitted,
        ];
        for refusal in refusals {
            let query = notice_query(&refusal.clone().into()).expect("it can be said");
            let said: NoticeQuery = serde_html_form::from_str(&query).unwrap();
            for language in [Language::English, Language::Korean] {
                let notice = said.notice(language).expect("it is on the list");
                assert_eq!(notice.tone, Tone::Bad);
                assert_eq!(notice.text.contains('7'), query.contains("seat=7"), "{notice:?}");
            }
        }
    }

    #[test]
    fn an_address_cannot_say_what_is_not_on_the_list() {
        let said: NoticeQuery = serde_html_form::from_str("said=send+your+money+to&seat=7").unwrap();
        assert_eq!(said.notice(Language::English), None);
    }
}
