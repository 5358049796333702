//! Requests of any content: forms, queries, JSON bodies, and the headers for language, origin and key. Their
//! readers are private, so the requests go through the router.

use std::cell::Cell;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::rig::{Rig, check, header_text, header_value};

/// Forms that answer without a sign-in.
const FORMS: [&str; 7] =
    ["/line", "/line/leave", "/enter", "/language", "/checkout/pay", "/wallet/charge", "/operator/sign-in"];
const FORM: &str = "application/x-www-form-urlencoded";

/// A request of a browser that has been here before.
fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::COOKIE, "onsale_visit=before")
}

fn encoded(text: &str) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("four bits");
    text.bytes().flat_map(|byte| ['%', digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A path that every browser takes for one of this site.
fn is_strictly_own(location: &str) -> bool {
    let mut bytes = location.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && location.bytes().all(|byte| byte.is_ascii_graphic())
}

#[test]
fn a_form_of_any_bytes_causes_no_error_and_redirects_to_no_other_site() {
    let rig = Rig::open();
    let body = prop_oneof![
        vec(any::<u8>(), 0..100),
        "((name|form|code|token|lang|back|amount|seat|key)=[ -~]{0,12}&?){0,4}".prop_map(String::into_bytes),
        "((name|form|code|token|lang|back|amount)=(%[0-9A-Fa-f]{0,2}){0,6}&?){0,3}"
            .prop_map(String::into_bytes),
    ];
    let content_type = prop_oneof![3 => Just(Some(HeaderValue::from_static(FORM))), 1 => proptest::option::of(header_value())];
    check(300, &(0..FORMS.len(), body, content_type), |(form, body, content_type)| {
        let mut request = request(Method::POST, FORMS[form]).header("sec-fetch-site", "same-origin");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let reply = rig.send(request.body(Body::from(body)).unwrap());
        prop_assert!(reply.status.as_u16() < 500, "{}: {}", FORMS[form], reply.status);
        prop_assert!(reply.location.is_none_or(|location| is_strictly_own(&location)));
        Ok(())
    });
    rig.end();
}

#[test]
fn a_choice_of_language_goes_back_to_this_site_only() {
    let rig = Rig::open();
    let back = prop_oneof![
        "[/\\\\]{0,3}[a-z.:@?#]{0,9}",
        "\\PC{0,12}",
        "/[ -~]{0,9}",
        "(https?|javascript):[/a-z]{0,9}"
    ];
    check(300, &(back, "(ko|en|ko-KR|xx|)"), |(back, language)| {
        let form = format!("lang={language}&back={}", encoded(&back));
        let request = request(Method::POST, "/language").header("sec-fetch-site", "same-origin");
        let reply = rig.send(request.header(header::CONTENT_TYPE, FORM).body(Body::from(form)).unwrap());
        prop_assert_eq!(reply.status, StatusCode::SEE_OTHER);
        let wanted = if is_strictly_own(&back) && !back.contains('\\') { back } else { "/".to_owned() };
        prop_assert_eq!(reply.location, Some(wanted));
        Ok(())
    });
    rig.end();
}

#[test]
fn only_a_form_of_this_site_is_accepted() {
    let rig = Rig::open();
    let site =
        prop_oneof![header_text("(same-origin|none|same-site|cross-site|Same-Origin|)"), header_value()];
    let origin = prop_oneof![
        header_text("(https?://)?(tickets.example|evil.example|null)(:80|.evil|/)?"),
        header_value(),
    ];
    let headers = (proptest::option::of(site), proptest::option::of(origin));
    check(400, &headers, |(site, origin)| {
        let mut request = request(Method::POST, "/language").header(header::HOST, "tickets.example");
        for (name, value) in [("sec-fetch-site", &site), ("origin", &origin)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.header(header::CONTENT_TYPE, FORM).body(Body::from("lang=ko&back=/")).unwrap();
        let is_from_here = match (&site, &origin) {
            (Some(site), _) => site == "same-origin" || site == "none",
            (None, Some(origin)) => origin
                .to_str()
                .is_ok_and(|origin| origin.split_once("://").is_some_and(|it| it.1 == "tickets.example")),
            (None, None) => false,
        };
        let wanted = if is_from_here { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        prop_assert_eq!(rig.send(request).status, wanted, "{:?} {:?}", site, origin);
        Ok(())
    });
    rig.end();
}

/// By RFC 9110, section 12.5.4, for well-formed ranges: the highest weight above zero; of equals, the first.
fn preferred(ranges: &[(String, Option<u16>)]) -> &'static str {
    let mut best = ("en", 0);
    for (tag, thousandths) in ranges {
        let weight = thousandths.unwrap_or(1_000);
        let language = match tag.to_lowercase().split('-').next() {
            Some("ko") => "ko",
            Some("en") => "en",
            _ => continue,
        };
        if weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

fn language_of(rig: &Rig, accepted: HeaderValue) -> Option<String> {
    let request = request(Method::GET, "/").header(header::ACCEPT_LANGUAGE, accepted);
    let reply = rig.send(request.body(Body::empty()).expect("a request"));
    let tag = reply.text.split_once("<html lang=\"")?.1.split('"').next()?.to_owned();
    (reply.status == StatusCode::OK).then_some(tag)
}

#[test]
fn a_page_is_in_the_language_with_the_highest_weight() {
    let rig = Rig::open();
    let tag = "(ko|en|KO|ko-KR|en-US|fr|fr-CA|kok|eng|\\*)";
    let ranges = vec((tag, proptest::option::of(0..=1_000_u16), "[ ]?", "[ ]?"), 0..6);
    check(300, &ranges, |ranges| {
        let written: Vec<String> = ranges
            .iter()
            .map(|(tag, thousandths, before, after)| match thousandths {
                None => format!("{before}{tag}{after}"),
                Some(1_000) => format!("{before}{tag};{after}q=1"),
                Some(weight) => format!("{before}{tag};{after}q=0.{weight:03}"),
            })
            .collect();
        let wanted =
            preferred(&ranges.into_iter().map(|(tag, weight, ..)| (tag, weight)).collect::<Vec<_>>());
        let header = HeaderValue::from_str(&written.join(",")).unwrap();
        let spoken = language_of(&rig, header);
        prop_assert_eq!(spoken.as_deref(), Some(wanted), "{:?}", written);
        Ok(())
    });
    rig.end();
}

#[test]
fn a_page_is_shown_with_any_query_and_headers() {
    let rig = Rig::open();
    let language = prop_oneof![header_value(), header_text("((ko|en)?(;q=)?[0-9.,;e-]{0,5}){0,4}")];
    let query = prop_oneof!["[!-~]{0,20}", "((said|seat|part|lang|token)=[a-z0-9%+-]{0,9}&?){0,3}"];
    let cookie = prop_oneof![
        header_value(),
        header_text("(onsale_(user|ticket|language|ahead)=[0-9a-z.%-]{0,9};? ?){0,3}")
    ];
    check(300, &(language, query, cookie), |(language, query, cookie)| {
        let path = format!("/?{}", query.replace('#', ""));
        // Nobody can tell which of two is the visitor's.
        let is_doubled = [&b"onsale_user="[..], b"onsale_ticket="].iter().any(|name| {
            let pairs = cookie.as_bytes().split(|byte| *byte == b';');
            pairs.filter(|pair| pair.trim_ascii().starts_with(name)).count() > 1
        });
        let Ok(request) = request(Method::GET, &path)
            .header(header::ACCEPT_LANGUAGE, language)
            .header(header::COOKIE, cookie)
            .body(Body::empty())
        else {
            return Ok(());
        };
        let reply = rig.send(request);
        prop_assert_eq!(reply.status, if is_doubled { StatusCode::BAD_REQUEST } else { StatusCode::OK });
        prop_assert!(reply.text.contains("<html lang=\"en\"") || reply.text.contains("<html lang=\"ko\""));
        Ok(())
    });
    rig.end();
}

/// The field of a body that is an object with this one field, given once.
fn strict_object(body: &[u8], field: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let object = value.as_object()?;
    let is_single = std::str::from_utf8(body).ok()?.matches(&format!("\"{field}\"")).count() <= 1;
    (object.len() == 1 && object.contains_key(field) && is_single).then(|| value[field].clone())
}

/// Bodies of one field, bodies that are close to that, and bytes.
fn json_body(field: &'static str, values: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let pattern = |text: &str| proptest::string::string_regex(text).expect("a pattern");
    let honest = pattern(&format!("[ \\n]?\\{{\"{field}\" ?: ?({values}) ?\\}}"));
    let pair = format!("\"({field}|{field}s|x)\" ?: ?({values})");
    let odd = pattern(&format!("[ \\[]?\\{{({pair},?){{0,2}}\\}}[ \\]x]?"));
    prop_oneof![
        2 => honest.prop_map(String::into_bytes),
        2 => odd.prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..60),
    ]
}

#[test]
fn only_a_strict_object_creates_a_user() {
    let rig = Rig::open();
    let values = "\"[a-zA-Z é]{0,12}\"|null|1|\\[\\]|\"\\\\\\\\u0041\"";
    let made = Cell::new(0_u32);
    check(600, &json_body("name", values), |body| {
        let request = request(Method::POST, "/v1/users").header(header::CONTENT_TYPE, "application/json");
        let reply = rig.send(request.body(Body::from(body.clone())).unwrap());
        prop_assert!(reply.status.as_u16() < 500, "{}", reply.status);
        if reply.status.is_success() {
            let name = strict_object(&body, "name");
            let name = name.as_ref().and_then(Value::as_str);
            prop_assert!(name.is_some(), "{:?}", String::from_utf8_lossy(&body));
            let user: Value = serde_json::from_str(&reply.text).expect("JSON");
            prop_assert_eq!(user["name"].as_str().map(str::trim), name.map(str::trim));
            made.set(made.get() + 1);
        }
        Ok(())
    });
    assert!(made.get() > 20, "{made:?} cases were honest: too few");
    rig.end();
}

#[test]
fn only_a_strict_object_charges_a_wallet() {
    let rig = Rig::open();
    let token = format!("Bearer {}", rig.user());
    let values =
        "[1-9][0-9]{0,3}|[1-9]00|-?[0-9]{1,4}|[0-9]{17,20}|[0-9]{1,3}\\.[0-9]|1e[0-9]|\"5\"|null|true";
    let charged = Cell::new(0_u32);
    check(600, &json_body("amount", values), |body| {
        let request = request(Method::PATCH, "/v1/charges")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, &token);
        let reply = rig.send(request.body(Body::from(body.clone())).unwrap());
        prop_assert!(reply.status.as_u16() < 500, "{}", reply.status);
        if reply.status.is_success() {
            let amount = strict_object(&body, "amount").and_then(|amount| amount.as_i64());
            prop_assert!(amount.is_some_and(|amount| amount > 0), "{:?}", String::from_utf8_lossy(&body));
            charged.set(charged.get() + 1);
        }
        Ok(())
    });
    assert!(charged.get() > 20, "{charged:?} cases were honest: too few");
    rig.end();
}

#[test]
fn a_key_is_one_header_of_visible_characters() {
    let rig = Rig::open();
    let token = format!("Bearer {}", rig.user());
    let key = prop_oneof![
        header_value(),
        header_text("[!-~]{0,20}"),
        header_text("[!-~]{250,260}"),
        header_text("[ -~]{0,5}")
    ];
    check(400, &vec(key, 0..3), |keys| {
        let mut request = request(Method::PATCH, "/v1/charges")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, &token);
        for key in &keys {
            request = request.header("idempotency-key", key);
        }
        let reply = rig.send(request.body(Body::from("{\"amount\":1}")).unwrap());
        let is_visible = |key: &HeaderValue| key.as_bytes().iter().all(u8::is_ascii_graphic);
        let is_key = |key: &HeaderValue| (1..=255).contains(&key.len()) && is_visible(key);
        let is_good = keys.is_empty() || keys.len() == 1 && is_key(&keys[0]);
        let wanted = if is_good { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        prop_assert_eq!(reply.status, wanted, "{:?}", keys);
        Ok(())
    });
    rig.end();
}
