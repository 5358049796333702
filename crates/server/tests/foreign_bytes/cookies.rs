//! Cookies: the lines that a browser sends, and the ones that we set.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::readers::cookies;
use crate::rig::{check, header_text, header_value};

const NAMES: [&str; 5] =
    [cookies::USER, cookies::TICKET, cookies::OPERATOR, cookies::LANGUAGE, cookies::AHEAD];

/// The first pair of that name, byte by byte. A line with bytes outside ASCII does not count.
fn strictly_found(lines: &[HeaderValue], name: &str) -> Option<Vec<u8>> {
    let is_text = |line: &&HeaderValue| line.as_bytes().iter().all(u8::is_ascii);
    let lines = lines.iter().filter(is_text);
    let mut pairs =
        lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let value = pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    Some(value.to_vec())
}

fn lines() -> impl Strategy<Value = Vec<HeaderValue>> {
    let close = header_text("( ?(onsale_(user|ticket|operator)|user)? ?=?[a-z=., \"]{0,5};?){0,5}");
    vec(prop_oneof![header_value(), close], 0..4)
}

#[test]
fn a_cookie_is_found_where_a_strict_reader_finds_it() {
    check(2_000, &lines(), |lines| {
        let mut headers = HeaderMap::new();
        for line in &lines {
            headers.append(COOKIE, line.clone());
        }
        for name in NAMES {
            let found = cookies::find(&headers, name).map(|value| value.as_bytes().to_vec());
            prop_assert_eq!(&found, &strictly_found(&lines, name));
            prop_assert!(found.is_none_or(|value| !value.contains(&b';')));
        }
        Ok(())
    });
}

#[test]
fn a_cookie_that_we_set_is_found_again() {
    let values = (0..NAMES.len(), "[A-Za-z0-9_.-]{1,300}", lines());
    check(1_000, &values, |(name, value, others)| {
        let name = NAMES[name];
        let given = cookies::set(name, value.clone(), "/", SignedDuration::from_secs(60)).to_string();
        let pair = given.split(';').next().unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap());
        for line in others {
            headers.append(COOKIE, line);
        }
        prop_assert_eq!(cookies::find(&headers, name), Some(value.as_str()));
        Ok(())
    });
}
