//! What came of a form, said on the page that the browser was sent to next.

use std::fmt::Display;

use onsale_booking::Refusal;
use onsale_booking::ids::SeatNo;
use serde::Deserialize;

use super::format::{fill, number};
use super::language::Language;
use crate::api::error::ApiError;

/// In a page's address: only what is on the list is ever said, so that a link cannot put words into the page's mouth.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
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

impl Said {
    /// In words, if there is anything to say.
    pub(super) fn notice(&self, language: Language) -> Option<Notice> {
        let w = language.words();
        let (tone, sentence) = match self.said.as_deref()? {
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
            "form_again" => (Tone::Bad, w.said_form_again),
            "unavailable" => (Tone::Bad, w.sorry_busy_text),
            "unknown" => (Tone::Bad, w.sorry_unknown_text),
            _ => return None,
        };
        let seat = self.seat.map(number).unwrap_or_default();
        Some(Notice { tone, text: fill(sentence, &[("seat", &seat as &dyn Display)]) })
    }
}

/// The part of an address that says why something was refused: `said=seat_held&seat=7`.
pub(super) fn said_of(error: &ApiError) -> Option<String> {
    let (code, seat) = match error {
        ApiError::Refused(refusal) => match *refusal {
            Refusal::SeatHeld { seat_no } => ("seat_held", Some(seat_no)),
            Refusal::SeatSold { seat_no } => ("seat_sold", Some(seat_no)),
            Refusal::NotHolder { seat_no } | Refusal::SeatNotHeld { seat_no } => {
                ("seat_not_held", Some(seat_no))
            }
            Refusal::HoldExpired { seat_no, .. } => ("hold_expired", Some(seat_no)),
            Refusal::HoldLimit { .. } => ("hold_limit", None),
            Refusal::SaleNotOpen { .. } => ("sale_not_open", None),
            Refusal::SaleClosed { .. } => ("sale_closed", None),
            Refusal::InsufficientBalance { .. } => ("insufficient_balance", None),
            Refusal::BalanceLimit { .. } => ("balance_limit", None),
            Refusal::NotAdmitted => ("not_admitted", None),
            Refusal::PassEnded => ("pass_ended", None),
            Refusal::IdempotencyKeyReused => ("form_again", None),
            Refusal::Invalid { field: "amount", .. } => ("amount", None),
            Refusal::Invalid { field: "name", .. } => ("name", None),
            _ => return None,
        },
        ApiError::Unavailable => ("unavailable", None),
        ApiError::Unknown => ("unknown", None),
        _ => return None,
    };
    Some(match seat {
        Some(seat) => format!("said={code}&seat={seat}"),
        None => format!("said={code}"),
    })
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
            let query = said_of(&refusal.clone().into()).expect("it can be said");
            let said: Said = serde_html_form::from_str(&query).unwrap();
            for language in [Language::English, Language::Korean] {
                let notice = said.notice(language).expect("it is on the list");
                assert_eq!(notice.tone, Tone::Bad);
                assert_eq!(notice.text.contains('7'), query.contains("seat=7"), "{notice:?}");
            }
        }
    }

    #[test]
    fn an_address_cannot_say_what_is_not_on_the_list() {
        let said: Said = serde_html_form::from_str("said=send+your+money+to&seat=7").unwrap();
        assert_eq!(said.notice(Language::English), None);
    }
}
