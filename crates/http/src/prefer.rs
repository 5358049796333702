//! The preference `wait` of a request (RFC 7240): for how long its answer may be held.

use std::time::Duration;

use axum::http::HeaderMap;
use onsale_app::held_polls::WAIT_MAX;

/// The name of the header.
pub(crate) const PREFER: &str = "prefer";
/// The header that says which preference an answer follows.
pub(crate) const PREFERENCE_APPLIED: &str = "preference-applied";

/// For how long an answer was held. An extension of the response: nobody worked on it for that time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldFor(pub(crate) Duration);

/// For how long an answer may be held, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    /// At most [`WAIT_MAX`].
    pub(crate) long: Duration,
    /// The parameter `phase`: what the line did as of the last status that the client has seen.
    pub(crate) phase: Option<String>,
}

/// The preference `wait`, in whole seconds. `None` if there is none, or none that can be understood: a
/// preference is never an error.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Wait> {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    // Of several with the same name, the first counts.
    let mut parts = values.flat_map(|value| value.split(',')).find_map(wait_of)?;
    let value = parts.next().unwrap_or_default();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return None;
    }
    let long = value.parse().map_or(WAIT_MAX, Duration::from_secs).min(WAIT_MAX);
    let phase = parts.find_map(|parameter| value_of(parameter, "phase")).map(str::to_owned);
    (!long.is_zero()).then_some(Wait { long, phase })
}

/// The value of one preference and then its parameters, if its name is `wait`.
fn wait_of(preference: &str) -> Option<impl Iterator<Item = &str>> {
    let mut parts = preference.split(';');
    let value = value_of(parts.next()?, "wait")?;
    Some(std::iter::once(value).chain(parts))
}

/// The value of a part with this name, without its quotes.
fn value_of<'a>(part: &'a str, wanted: &str) -> Option<&'a str> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    if !name.trim().eq_ignore_ascii_case(wanted) {
        return None;
    }
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn assert_wait(values: &[&str], seconds: Option<u64>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        assert_eq!(wait(&headers).map(|wait| wait.long.as_secs()), seconds, "{values:?}");
    }

    #[test]
    fn it_may_say_which_phase_is_known() {
        for (value, phase) in [
            ("wait=20", None),
            ("wait=20; phase=paused", Some("paused")),
            ("wait=20;a=b; Phase = \"open\"", Some("open")),
            ("a=b;phase=open, wait=20", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(PREFER, HeaderValue::from_static(value));
            assert_eq!(wait(&headers).unwrap().phase.as_deref(), phase, "{value}");
        }
    }

    #[test]
    fn the_wait_is_1_to_25_s() {
        assert_wait(&[], None);
        assert_wait(&["wait=0"], None);
        assert_wait(&["wait=1"], Some(1));
        assert_wait(&["wait=025"], Some(25));
        assert_wait(&["wait=26"], Some(25));
        assert_wait(&["wait=99999999999999999999999"], Some(25));
    }

    #[test]
    fn it_may_be_written_as_rfc_7240_allows() {
        assert_wait(&["WAIT = 20"], Some(20));
        assert_wait(&["wait=\"20\""], Some(20));
        assert_wait(&["respond-async, wait=20"], Some(20));
        assert_wait(&["return=minimal;foo=\"a\"", "wait=20; bar=\"1\""], Some(20));
        assert_wait(&["wait=20, wait=5"], Some(20));
    }

    #[test]
    fn what_cannot_be_understood_is_ignored() {
        for value in
            ["", "wait", "wait=", "wait=+5", "wait=-5", "wait=5s", "wait=1.5", "wait=\"\"", "waits=5"]
        {
            assert_wait(&[value], None);
        }
        assert_wait(&["wait=five, wait=5"], None);
        assert_wait(&["w\u{e4}it=5"], None);
    }
}
