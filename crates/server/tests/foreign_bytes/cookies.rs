//! Cookies: the lines that a browser sends, and the ones that we set.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::readers::cookies::{self, DoubledCookie};
use crate::rig::{check, header_text, header_value};

const NAMES: [&str; 5] =
    [cookies::USER, cookies::TICKET, cookies::OPERATOR, cookies::LANGUAGE, cookies::AHEAD];

/// The only pair of that name, byte by byte. A value with bytes outside ASCII does not count.
fn strictly_found(lines: &[HeaderValue], name: &'static str) -> Result<Option<Vec<u8>>, DoubledCookie> {
    let pairs = lines.iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let pairs = pairs.map(<[u8]>::trim_ascii);
    let values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    match values.collect::<Vec<_>>()[..] {
        [value] if value.is_ascii() => Ok(Some(value.to_vec())),
        [] | [_] => Ok(None),
        _ => Err(DoubledCookie(name.to_owned())),
    }
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
            let found = cookies::find(&headers, false, name);
            let found = found.map(|value| value.map(|value| value.as_bytes().to_vec()));
            prop_assert_eq!(found, strictly_found(&lines, name));
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
        let is_doubled = !matches!(strictly_found(&others, name), Ok(None));
        for line in others {
            headers.append(COOKIE, line);
        }
        let found = cookies::find(&headers, false, name);
        prop_assert!(found == Ok(Some(value.as_str())) || is_doubled, "{:?}", found);
        Ok(())
    });
}
