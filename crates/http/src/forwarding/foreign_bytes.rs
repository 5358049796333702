//! Headers of any bytes, from trusted proxies and from anybody.

use axum::http::{HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const PROXIES: &str = "10.0.0.0/8, 2001:db8:ffff::/48";
const NAMES: [&str; 5] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "host"];

fn forwarding(header: &str) -> Forwarding {
    Forwarding {
        public_url: None,
        trusted_proxies: TrustedProxies::new(PROXIES).unwrap(),
        header: ForwardedHeader::new(header).unwrap(),
    }
}

fn value() -> impl Strategy<Value = HeaderValue> {
    let address = "(\"?\\[?(198\\.51\\.100\\.[0-9]{1,3}|10\\.0\\.0\\.[0-9]|2001:db8:[0-9a-f]{0,4}:?:1|::ffff:10\\.0\\.0\\.1)\\]?(:[0-9]{0,6})?\"?|unknown|_x)";
    let pattern = |text: &str| proptest::string::string_regex(text).unwrap();
    prop_oneof![
        vec(any::<u8>(), 0..40),
        pattern(&format!("({address}[ ,]{{0,2}}){{0,4}}")).prop_map(String::into_bytes),
        pattern(&format!("((for|For|by|host|proto)[= ]{{0,2}}({address}|https?|a\\.b)[;, ]{{0,2}}){{0,5}}"))
            .prop_map(String::into_bytes),
        pattern("((https?|HTTPS|gopher|tickets\\.example(:80)?|\"a\")[, ]{0,2}){0,3}")
            .prop_map(String::into_bytes),
    ]
    .prop_filter_map("a header has no control characters", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let lines = vec((proptest::sample::select(&NAMES[..]), value()), 0..5);
    lines.prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    })
}

fn peer(address: &str) -> Peer {
    Peer(address.parse().unwrap())
}

/// Every address that a header contains, however it is written there.
fn addresses(headers: &HeaderMap, name: &str) -> Vec<IpAddr> {
    let mut all = Vec::new();
    for line in headers.get_all(name) {
        let line = String::from_utf8_lossy(line.as_bytes());
        for word in line.split([',', ';', '=', '"', ' ', '\t', '[', ']', '%']) {
            let without_port = word.rsplit_once(':').map_or(word, |(address, _)| address);
            all.extend([word, without_port].iter().filter_map(|text| text.parse::<IpAddr>().ok()));
        }
    }
    all.iter().map(IpAddr::to_canonical).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_a_trusted_peer_changes_anything(headers in headers(), standard in any::<bool>()) {
        let forwarding = forwarding(if standard { "forwarded" } else { "x-forwarded-for" });
        let mut plain = HeaderMap::new();
        for host in headers.get_all(HOST) {
            plain.append(HOST, host.clone());
        }
        let strangers = ["203.0.113.9", "2001:db8::9", "::ffff:203.0.113.9"].map(|text| Some(peer(text)));
        for peer in strangers.into_iter().chain([None]) {
            let arrival = forwarding.arrival(peer, &headers);
            prop_assert_eq!(&arrival, &forwarding.arrival(peer, &plain));
            prop_assert_eq!(arrival.client, peer.map(|Peer(address)| address.to_canonical()));
            prop_assert!(!arrival.is_https() && !forwarding.is_https(peer, &headers));
        }
    }

    #[test]
    fn the_client_is_the_peer_or_stands_in_the_header(headers in headers(), standard in any::<bool>()) {
        let name = if standard { "forwarded" } else { "x-forwarded-for" };
        let forwarding = forwarding(name);
        for text in ["10.0.0.9", "2001:db8:ffff::9", "::ffff:10.0.0.9"] {
            let own = text.parse::<IpAddr>().unwrap().to_canonical();
            let arrival = forwarding.arrival(Some(peer(text)), &headers);
            let client = arrival.client.unwrap();
            prop_assert!(client == own || addresses(&headers, name).contains(&client), "{}", client);
            let claims_https = headers.values().any(|value| {
                value.as_bytes().to_ascii_lowercase().windows(5).any(|part| part == b"https")
            });
            prop_assert!(claims_https || !arrival.is_https());
            prop_assert_eq!(arrival.is_https(), forwarding.is_https(Some(peer(text)), &headers));
            prop_assert!(arrival.base_url().bytes().all(|byte| !byte.is_ascii_control() || byte == b'\t'));
        }
    }

    #[test]
    fn what_the_nearest_proxy_adds_outweighs_what_the_client_sent(
        sent in headers(),
        standard in any::<bool>(),
        on_one_line in any::<bool>(),
    ) {
        let (name, added) =
            if standard { ("forwarded", "for=203.0.113.9") } else { ("x-forwarded-for", "203.0.113.9") };
        let mut headers = sent;
        // Some proxies lengthen the last line, some add one of their own.
        let mut lines: Vec<_> = headers.get_all(name).iter().cloned().collect();
        match lines.pop().filter(|_| on_one_line) {
            Some(last) => {
                let longer = [last.as_bytes(), b", ", added.as_bytes()].concat();
                lines.push(HeaderValue::from_bytes(&longer).unwrap());
            }
            None => lines.extend([HeaderValue::from_static(added)]),
        }
        headers.remove(name);
        for line in lines {
            headers.append(HeaderName::from_static(name), line);
        }
        let client = forwarding(name).arrival(Some(peer("10.0.0.9")), &headers).client;
        prop_assert_eq!(client, Some("203.0.113.9".parse().unwrap()));
    }
}
