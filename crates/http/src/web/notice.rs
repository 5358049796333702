//! Notices: the result of a form, shown on the page to which the browser is redirected.

use std::fmt::Display;

use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::ids::SeatNo;
use onsale_booking::policy::CHARGE_MAX;
use serde::Deserialize;

use super::format::fill;
use super::language::Language;
use super::words::{OperatorWords, Words};
use crate::currency::Currency;
use crate::site::Site;

/// Names a notice in a page's address. Only notices from the lists below are shown, so that a link cannot
/// make a page show any other text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NoticeQuery {
    /// A code of the lists below.
    #[serde(rename = "notice")]
    code: Option<String>,
    /// The seat that it is about comes first; seats that were chosen may follow.
    seat: Vec<SeatNo>,
}

/// Whether a form worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// The form had its effect.
    Good,
    /// The form was refused.
    Bad,
}

/// A sentence above the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Notice {
    /// Its CSS class.
    pub(super) fn class(&self) -> &'static str {
        match self.tone {
            Tone::Good => "notice-good",
            Tone::Bad => "notice-bad",
        }
    }
}

impl NoticeQuery {
    /// The notice that dials were not set.
    pub(super) fn dials_refused() -> Self {
        Self { code: Some("dials_refused".to_owned()), seat: Vec::new() }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.code.is_none()
    }

    /// The notice on a fan's page, if there is one.
    pub(super) fn for_fans(&self, site: &Site, language: Language) -> Option<Notice> {
        self.in_currency(site.currency, language)
    }

    fn in_currency(&self, currency: Currency, language: Language) -> Option<Notice> {
        let (tone, sentence) = sentence(self.code.as_deref()?, language.words())?;
        let seat = self.seat.first().map(SeatNo::to_string).unwrap_or_default();
        let (least, most) = (currency.amount(1), currency.amount(CHARGE_MAX.0));
        let values: [(_, &dyn Display); 4] =
            [("seat", &seat), ("least", &least), ("most", &most), ("example", &currency.example())];
        Some(Notice { tone, text: fill(sentence, &values) })
    }

    /// The notice on an operators' page, if there is one.
    pub(super) fn for_operators(&self, language: Language) -> Option<Notice> {
        let (tone, sentence) = operator_sentence(self.code.as_deref()?, language.operator_words())?;
        Some(Notice { tone, text: sentence.to_owned() })
    }
}

/// The notices on operators' pages.
fn operator_sentence(code: &str, o: &'static OperatorWords) -> Option<(Tone, &'static str)> {
    Some(match code {
        "dials_set" => (Tone::Good, o.notice_dials_set),
        "opened" => (Tone::Good, o.notice_opened),
        "opened_ahead" => (Tone::Good, o.notice_opened_ahead),
        "opened_closed" => (Tone::Good, o.notice_opened_closed),
        "dials_refused" => (Tone::Bad, o.notice_dials_refused),
        "unavailable" => (Tone::Bad, o.notice_unavailable),
        "token" => (Tone::Bad, o.notice_token),
        _ => return None,
    })
}

/// The notices on fans' pages: results of forms, and codes of refusals.
fn sentence(code: &str, w: &'static Words) -> Option<(Tone, &'static str)> {
    Some(match code {
        "charged" => (Tone::Good, w.notice_charged),
        "released" => (Tone::Good, w.notice_released),
        "left" => (Tone::Good, w.notice_left),
        "seat_held" => (Tone::Bad, w.notice_seat_held),
        "seat_sold" => (Tone::Bad, w.notice_seat_sold),
        "seat_not_held" | "not_holder" => (Tone::Bad, w.notice_seat_not_held),
        "hold_expired" => (Tone::Bad, w.notice_hold_expired),
        "hold_limit" => (Tone::Bad, w.notice_hold_limit),
        "sale_not_open" => (Tone::Bad, w.notice_sale_not_open),
        "sale_closed" => (Tone::Bad, w.notice_sale_closed),
        "insufficient_balance" => (Tone::Bad, w.notice_insufficient_balance),
        "balance_limit" => (Tone::Bad, w.notice_balance_limit),
        "not_admitted" => (Tone::Bad, w.notice_not_admitted),
        "pass_ended" => (Tone::Bad, w.notice_pass_ended),
        "no_seat" => (Tone::Bad, w.notice_no_seat),
        "amount" => (Tone::Bad, w.notice_amount),
        "name" => (Tone::Bad, w.notice_name),
        "token" => (Tone::Bad, w.notice_token),
        "form_over" => (Tone::Bad, w.notice_form_over),
        "idempotency_key_reused" => (Tone::Bad, w.notice_form_again),
        "unavailable" => (Tone::Bad, w.error_busy_text),
        "unknown" => (Tone::Bad, w.error_unknown_text),
        _ => return None,
    })
}

/// The query of the notice for an error, like `notice=seat_held&seat=7`; `None` if no form can cause the
/// error.
pub(super) fn notice_query(error: &AppError) -> Option<String> {
    let (code, seat) = match error {
        AppError::Refused(Refusal::Invalid { field, .. }) => (*field, None),
        AppError::Refused(refusal) => (refusal.code(), seat_of(refusal)),
        AppError::Unavailable => ("unavailable", None),
        AppError::Unknown => ("unknown", None),
        AppError::UnknownTicket | AppError::TooEarly { .. } => return None,
    };
    // Codes without a sentence cannot be shown.
    sentence(code, Language::default().words())?;
    Some(match seat {
        Some(seat) => format!("notice={code}&seat={seat}"),
        None => format!("notice={code}"),
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
    fn every_refusal_of_a_form_has_a_notice() {
        let refusals = [
            Refusal::SeatHeld { seat_no: 7 },
            Refusal::SeatSold { seat_no: 7 },
            Refusal::SeatNotHeld { seat_no: 7 },
            Refusal::HoldLimit { limit: 4 },
            Refusal::PassEnded,
            Refusal::NotAdmitted,
        ];
        for refusal in refusals {
            let query = notice_query(&refusal.clone().into()).expect("it has a notice");
            let parsed: NoticeQuery = serde_html_form::from_str(&query).unwrap();
            for language in [Language::English, Language::Korean] {
                let notice = parsed.in_currency(Currency::WON, language).expect("it is on the list");
                assert_eq!(notice.tone, Tone::Bad);
                assert_eq!(notice.text.contains('7'), query.contains("seat=7"), "{notice:?}");
            }
        }
    }

    #[test]
    fn a_refused_amount_is_answered_with_an_example() {
        let query: NoticeQuery = serde_html_form::from_str("notice=amount").unwrap();
        let euro = Currency::new("EUR").unwrap();
        let notice = query.in_currency(euro, Language::English).expect("it is on the list");
        assert_eq!(notice.text, "Please enter an amount from €0.01 to €10,000,000.00. For example: 12.50");
    }

    #[test]
    fn an_address_cannot_show_any_other_text() {
        let query: NoticeQuery = serde_html_form::from_str("notice=send+your+money+to&seat=7").unwrap();
        assert_eq!(query.in_currency(Currency::WON, Language::English), None);
        assert_eq!(query.for_operators(Language::English), None);
    }
}
