//! Notices: the result of a form, shown once, on the page to which the browser is redirected.
//!
//! A short-lived cookie carries the notice from the form to the page, and the page that shows it deletes the
//! cookie. An address carries none: a reload would show it again, and a link could show it to anybody.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use jiff::SignedDuration;
use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::ids::SeatNo;
use onsale_booking::policy::{CAPACITY_MAX, CHARGE_MAX};
use onsale_line::Capacity;

use super::format::fill;
use super::language::Language;
use super::page::see_other;
use super::words::{OperatorWords, Words};
use crate::cookies;
use crate::currency::Currency;
use crate::numbers::number;
use crate::site::{Shared, Site};

/// How long a notice waits for its page. A browser follows a redirect at once.
const MAX_AGE: SignedDuration = SignedDuration::from_secs(60);

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

    /// A notice on a fan's page that names no seat and no amount; `None` if the code is not on the list.
    pub(super) fn for_fans(code: &str, language: Language) -> Option<Self> {
        let (tone, sentence) = sentence(code, language.words())?;
        Some(Self { tone, text: sentence.to_owned() })
    }

    /// A notice on an operators' page; `None` if the code is not on the list.
    pub(super) fn for_operators(code: &str, language: Language) -> Option<Self> {
        let o = language.operator_words();
        let (tone, sentence) = operator_sentence(code, o)?;
        let limits: [(_, &dyn Display); 2] =
            [("capacity", &number(Capacity::MAX.get())), ("rate", &number(u32::MAX))];
        Some(Self { tone, text: fill(sentence, &limits) })
    }
}

/// Names a notice: a code of the lists below, and the seat that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoticeCode {
    code: String,
    seat: Option<SeatNo>,
}

impl NoticeCode {
    pub(super) fn new(code: &str) -> Self {
        Self { code: code.to_owned(), seat: None }
    }

    /// The same notice about a seat.
    pub(super) fn about(self, seat: SeatNo) -> Self {
        Self { seat: Some(seat), ..self }
    }

    /// The notice for an error; `None` if no form can cause the error.
    pub(super) fn of(error: &AppError) -> Option<Self> {
        let (code, seat) = match error {
            AppError::Refused(Refusal::Invalid { field, .. }) => (*field, None),
            AppError::Refused(refusal) => (refusal.code(), seat_of(refusal)),
            AppError::Unavailable => ("unavailable", None),
            AppError::Unknown => ("unknown", None),
            AppError::UnknownTicket | AppError::TooEarly { .. } => return None,
        };
        // Codes without a sentence cannot be shown.
        sentence(code, Language::default().words())?;
        Some(Self { code: code.to_owned(), seat })
    }

    /// The cookie that carries the notice to the page at `location`; `None` for a path that a cookie cannot
    /// hold.
    fn cookie(&self, location: &str) -> Option<HeaderValue> {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(is_plain) {
            return None;
        }
        let seat = self.seat.map(|seat| format!(".{seat}")).unwrap_or_default();
        let cookie =
            cookies::set(cookies::NOTICE, format!("{}{seat}@{path}", self.code), "/", MAX_AGE).to_string();
        HeaderValue::try_from(cookie).ok()
    }

    /// Reads the cookie's value on the page at `path`. A notice for another page is left for that page.
    fn read(value: &str, path: &str) -> Option<Self> {
        let (notice, wanted) = value.split_once('@')?;
        if wanted != path {
            return None;
        }
        let (code, seat) = match notice.split_once('.') {
            Some((code, seat)) => (code, Some(seat.parse().ok()?)),
            None => (notice, None),
        };
        let has_seat = seat.is_none_or(|seat| (1..=CAPACITY_MAX).contains(&seat));
        has_seat.then(|| Self { code: code.to_owned(), seat })
    }

    fn in_currency(&self, currency: Currency, language: Language) -> Option<Notice> {
        let (tone, sentence) = sentence(&self.code, language.words())?;
        let seat = self.seat.map(|seat| seat.to_string()).unwrap_or_default();
        let (least, most) = (currency.amount(1), currency.amount(CHARGE_MAX.0));
        let values: [(_, &dyn Display); 4] =
            [("seat", &seat), ("least", &least), ("most", &most), ("example", &currency.example())];
        Some(Notice { tone, text: fill(sentence, &values) })
    }
}

/// Redirects to `location` after a form; the page there shows the notice.
pub(super) fn see_other_with(location: &str, notice: &NoticeCode) -> Response {
    let mut response = see_other(location);
    response.headers_mut().extend(notice.cookie(location).map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// The notice that the browser brings to a page, if there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingNotice(Option<Pending>);

#[derive(Debug, Clone)]
struct Pending {
    notice: NoticeCode,
    /// Shared between the page and the middleware.
    is_shown: Arc<AtomicBool>,
}

impl PendingNotice {
    /// The notice of this request's cookie, if the answer is a page that somebody will see.
    pub(super) fn of(request: &Request, is_https: bool) -> Self {
        let headers = request.headers();
        let is_visit = request.method() == Method::GET && is_navigation(headers);
        let cookie = cookies::find(headers, is_https, cookies::NOTICE).ok().flatten();
        let notice = cookie.filter(|_| is_visit).and_then(|it| NoticeCode::read(it, request.uri().path()));
        Self(notice.map(|notice| Pending { notice, is_shown: Arc::default() }))
    }

    /// The notice on a fan's page.
    pub(super) fn for_fans(&self, site: &Site, language: Language) -> Option<Notice> {
        self.0.as_ref()?.shown(|notice| notice.in_currency(site.currency, language))
    }

    /// The notice on an operators' page.
    pub(super) fn for_operators(&self, language: Language) -> Option<Notice> {
        self.0.as_ref()?.shown(|notice| Notice::for_operators(&notice.code, language))
    }

    /// Whether it is a notice with this code.
    pub(super) fn has(&self, code: &str) -> bool {
        self.0.as_ref().is_some_and(|pending| pending.notice.code == code)
    }

    /// The seat of a notice with this code.
    pub(super) fn seat_of(&self, code: &str) -> Option<SeatNo> {
        self.0.as_ref().filter(|pending| pending.notice.code == code)?.notice.seat
    }

    /// Deletes the cookie if the page has shown the notice. If the page redirects, the notice goes with it;
    /// an error page leaves it for the page that follows.
    pub(super) fn settle(&self, response: &mut Response) {
        let Some(pending) = &self.0 else { return };
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let cookie = match location {
            Some(location) if response.status().is_redirection() => pending.notice.cookie(location),
            _ if response.status().is_success() && pending.is_shown.load(Ordering::Relaxed) => {
                HeaderValue::try_from(cookies::expire(cookies::NOTICE, "/").to_string()).ok()
            }
            _ => None,
        };
        response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    }
}

impl Pending {
    fn shown(&self, notice: impl FnOnce(&NoticeCode) -> Option<Notice>) -> Option<Notice> {
        self.is_shown.store(true, Ordering::Relaxed);
        notice(&self.notice)
    }
}

impl FromRequestParts<Shared> for PendingNotice {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        // The middleware has read it.
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Whether a browser shows the answer to somebody. What it loads ahead of time may never be shown, and a
/// script's request is no page.
fn is_navigation(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(word))
    };
    let is_early = ["sec-purpose", "purpose", "x-moz"].into_iter().any(|name| says(name, "prefetch"));
    !is_early && (!headers.contains_key("sec-fetch-dest") || says("sec-fetch-dest", "document"))
}

/// The notices on operators' pages.
fn operator_sentence(code: &str, o: &'static OperatorWords) -> Option<(Tone, &'static str)> {
    Some(match code {
        "dials_set" => (Tone::Good, o.notice_dials_set),
        "opened" => (Tone::Good, o.notice_opened),
        "opened_ahead" => (Tone::Good, o.notice_opened_ahead),
        "opened_closed" => (Tone::Good, o.notice_opened_closed),
        "sale_made" => (Tone::Good, o.notice_sale_made),
        "sale_changed" => (Tone::Good, o.notice_sale_changed),
        "beacon_set" => (Tone::Good, o.notice_beacon_set),
        "dials_refused" => (Tone::Bad, o.notice_dials_refused),
        "dials_changed" => (Tone::Bad, o.notice_dials_changed),
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
        "paid" => (Tone::Good, w.notice_paid),
        "signed_out" => (Tone::Good, w.notice_signed_out),
        "left" => (Tone::Good, w.notice_left),
        "seat_held" => (Tone::Bad, w.notice_seat_held),
        "seat_sold" => (Tone::Bad, w.notice_seat_sold),
        "seat_unavailable" => (Tone::Bad, w.notice_seat_unavailable),
        "seat_not_held" | "not_holder" => (Tone::Bad, w.notice_seat_not_held),
        "hold_expired" => (Tone::Bad, w.notice_hold_expired),
        "hold_limit" => (Tone::Bad, w.notice_hold_limit),
        "seat_limit" => (Tone::Bad, w.notice_seat_limit),
        "other_sale" => (Tone::Bad, w.notice_other_sale),
        "group_required" => (Tone::Bad, w.notice_group_required),
        "code_invalid" => (Tone::Bad, w.notice_code_invalid),
        "code_used_up" => (Tone::Bad, w.notice_code_used_up),
        "join_early" => (Tone::Bad, w.notice_join_early),
        "join_over" => (Tone::Bad, w.notice_join_over),
        "sale_not_open" => (Tone::Bad, w.notice_sale_not_open),
        "sale_closed" => (Tone::Bad, w.notice_sale_closed),
        "sale_over" => (Tone::Bad, w.notice_sale_over),
        "no_place" => (Tone::Bad, w.notice_no_place),
        "no_user" => (Tone::Bad, w.notice_no_user),
        "holds_changed" => (Tone::Bad, w.notice_holds_changed),
        "place_changed" => (Tone::Bad, w.notice_place_changed),
        "balance_changed" => (Tone::Bad, w.notice_balance_changed),
        "user_changed" => (Tone::Bad, w.notice_user_changed),
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

/// The seat that a refusal is about.
fn seat_of(refusal: &Refusal) -> Option<SeatNo> {
    match *refusal {
        Refusal::SeatHeld { seat_no }
        | Refusal::SeatUnavailable { seat_no }
        | Refusal::SeatSold { seat_no }
        | Refusal::NotHolder { seat_no }
        | Refusal::SeatNotHeld { seat_no }
        | Refusal::HoldExpired { seat_no, .. } => Some(seat_no),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::http::header::COOKIE;
    use onsale_booking::money::Money;

    use super::*;

    /// The value of the cookie that carries a notice to this location.
    fn carried(notice: &NoticeCode, location: &str) -> String {
        let cookie = notice.cookie(location).expect("a plain path");
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"), "{cookie}");
        cookie.split(['=', ';']).nth(1).unwrap().to_owned()
    }

    fn pending(method: Method, path: &str, headers: &[(&str, &str)]) -> PendingNotice {
        let request =
            Request::builder().method(method).uri(path).header(COOKIE, "onsale_notice=charged@/wallet");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        PendingNotice::of(&request.body(Body::empty()).unwrap(), false)
    }

    #[test]
    fn every_refusal_of_a_form_has_a_notice() {
        let refusals = [
            Refusal::SeatHeld { seat_no: 7 },
            Refusal::SeatSold { seat_no: 7 },
            Refusal::SeatUnavailable { seat_no: 7 },
            Refusal::SeatNotHeld { seat_no: 7 },
            Refusal::HoldLimit { limit: 4 },
            Refusal::PassEnded,
            Refusal::NotAdmitted,
            Refusal::HoldsChanged,
            Refusal::PlaceChanged,
            Refusal::BalanceChanged { balance: Money(1) },
        ];
        for refusal in refusals {
            let code = NoticeCode::of(&refusal.clone().into()).expect("it has a notice");
            let value = carried(&code, "/sale/7?part=2");
            assert_eq!(NoticeCode::read(&value, "/sale/7"), Some(code.clone()));
            for language in [Language::English, Language::Korean] {
                let notice = code.in_currency(Currency::WON, language).expect("it is on the list");
                assert_eq!(notice.tone, Tone::Bad);
                assert_eq!(notice.text.contains('7'), value.contains(".7@"), "{notice:?}");
            }
        }
    }

    #[test]
    fn a_refused_amount_is_answered_with_an_example() {
        let euro = Currency::new("EUR").unwrap();
        let notice =
            NoticeCode::new("amount").in_currency(euro, Language::English).expect("it is on the list");
        assert_eq!(notice.text, "Please enter an amount from €0.01 to €10,000,000.00. For example: 12.50");
    }

    #[test]
    fn a_cookie_cannot_show_any_other_text() {
        let planted = NoticeCode::read("send your money to.7@/wallet", "/wallet").expect("it can be read");
        assert_eq!(planted.in_currency(Currency::WON, Language::English), None);
        assert_eq!(Notice::for_operators(&planted.code, Language::English), None);
        for seat in ["0", "50001", "4294967296", "-1", "x", "", "1.2"] {
            assert_eq!(NoticeCode::read(&format!("seat_held.{seat}@/"), "/"), None, "{seat}");
        }
        for location in ["/a;Path=/b", "/a b", "/\"", "/a,b", "//x\r\n", "wallet", ""] {
            assert_eq!(NoticeCode::new("left").cookie(location), None, "{location}");
        }
    }

    #[test]
    fn a_notice_is_for_one_page_and_for_somebody_who_sees_it() {
        let language = Language::English;
        let is_there = |pending: PendingNotice| pending.0.is_some();
        assert!(is_there(pending(Method::GET, "/wallet?x=1", &[])));
        assert!(is_there(pending(Method::GET, "/wallet", &[("sec-fetch-dest", "document")])));
        assert!(!is_there(pending(Method::GET, "/line", &[])), "another tab reloads another page");
        assert!(!is_there(pending(Method::HEAD, "/wallet", &[])));
        assert!(!is_there(pending(Method::POST, "/wallet", &[])));
        for (name, value) in [
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("sec-fetch-dest", "empty"),
        ] {
            assert!(!is_there(pending(Method::GET, "/wallet", &[(name, value)])), "{name}: {value}");
        }
        let shown = pending(Method::GET, "/wallet", &[]);
        assert_eq!(shown.for_operators(language), None, "a fan's notice says nothing to operators");
    }

    #[test]
    fn the_page_that_shows_a_notice_deletes_it_and_a_redirect_hands_it_on() {
        let answer = |pending: &PendingNotice, status, location: Option<&str>| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response.headers_mut().extend(location.map(|it| (LOCATION, HeaderValue::from_str(it).unwrap())));
            pending.settle(&mut response);
            let cookie = response.headers().get(SET_COOKIE);
            cookie.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        };
        let unseen = pending(Method::GET, "/wallet", &[]);
        assert_eq!(answer(&unseen, StatusCode::OK, None), None);
        let to_line = answer(&unseen, StatusCode::SEE_OTHER, Some("/line?x"));
        assert_eq!(to_line.as_deref(), Some("onsale_notice=charged@/line"));
        unseen.for_operators(Language::English);
        assert_eq!(
            answer(&unseen, StatusCode::SERVICE_UNAVAILABLE, None),
            None,
            "it was not shown after all"
        );
        assert_eq!(answer(&unseen, StatusCode::OK, None).as_deref(), Some("onsale_notice="));
        assert_eq!(answer(&PendingNotice::default(), StatusCode::OK, None), None);
    }

    /// A reload would show it again, and a link could show it to anybody.
    #[test]
    fn no_address_carries_a_notice() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web"))];
        let query = ["notice", "="].concat();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let found = [format!("?{query}"), format!("&{query}")].iter().any(|it| text.contains(it));
                assert!(!found, "{}", path.display());
            }
        }
    }
}
