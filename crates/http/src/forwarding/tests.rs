use axum::http::{HeaderName, HeaderValue};

use super::*;

const PROXY: &str = "10.0.0.1";

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = lines.iter().map(|(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

fn forwarding(public_url: Option<&str>, proxies: &str, header: &str) -> Forwarding {
    Forwarding {
        public_url: public_url.map(|url| PublicUrl::new(url).unwrap()),
        trusted_proxies: TrustedProxies::new(proxies).unwrap(),
        header: ForwardedHeader::new(header).unwrap(),
    }
}

fn arrival(forwarding: &Forwarding, peer: &str, lines: &[(&'static str, &str)]) -> Arrival {
    forwarding.arrival(Some(Peer(peer.parse().unwrap())), &headers(lines))
}

#[test]
fn a_trusted_proxy_says_which_scheme_the_client_used() {
    for (header, lines, is_https) in [
        ("x-forwarded-for", &[("x-forwarded-proto", "https")][..], true),
        ("x-forwarded-for", &[("x-forwarded-proto", "HTTPS")], true),
        ("x-forwarded-for", &[("x-forwarded-proto", "https,http")], true),
        ("x-forwarded-for", &[("x-forwarded-proto", "https , http")], true),
        ("x-forwarded-for", &[("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")], true),
        ("x-forwarded-for", &[("x-forwarded-proto", "http")], false),
        ("x-forwarded-for", &[("x-forwarded-proto", "gopher")], false),
        ("x-forwarded-for", &[("x-forwarded-proto", "ht\u{e9}tps")], false),
        ("x-forwarded-for", &[("forwarded", "proto=https")], false),
        ("x-forwarded-for", &[], false),
        ("forwarded", &[("forwarded", "proto=https")], true),
        ("forwarded", &[("forwarded", "For=\"[2001:db8::1]:4711\" ; Proto=\"HTTPS\";by=x")], true),
        ("forwarded", &[("forwarded", "for=192.0.2.7;proto=https, for=10.0.0.2;proto=http")], true),
        ("forwarded", &[("forwarded", "for=192.0.2.7"), ("forwarded", "proto=https")], true),
        ("forwarded", &[("x-forwarded-proto", "https")], false),
        ("forwarded", &[("forwarded", ";=;proto")], false),
    ] {
        let trusting = forwarding(None, PROXY, header);
        assert_eq!(arrival(&trusting, PROXY, lines).is_https(), is_https, "{header}: {lines:?}");
        let peer = Some(Peer(PROXY.parse().unwrap()));
        assert_eq!(trusting.is_https(peer, &headers(lines)), is_https, "{header}: {lines:?}");
        assert!(!arrival(&trusting, "10.0.0.2", lines).is_https(), "anybody could send {lines:?}");
        assert!(!trusting.arrival(None, &headers(lines)).is_https());
        let nobody = forwarding(None, "", header);
        assert!(!arrival(&nobody, PROXY, lines).is_https(), "no proxy is trusted by default");
        for (url, is_https) in [("https://t.example", true), ("http://t.example", false)] {
            let public = forwarding(Some(url), PROXY, header);
            assert_eq!(arrival(&public, PROXY, lines).is_https(), is_https, "the setting decides");
        }
    }
}

#[test]
fn the_client_is_the_rightmost_address_that_is_not_trusted() {
    let proxies = "10.0.0.0/8, 2001:db8:ffff::/48";
    for (peer, forwarded_for, client) in [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711, 10.0.0.2:80", "198.51.100.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:ffff::2", "198.51.100.1, 2001:db8:ffff::1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, _hidden, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1\u{e9}", "10.0.0.1"),
        ("10.0.0.1", "\u{e9}, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", ",, 198.51.100.1 ,", "198.51.100.1"),
    ] {
        let trusting = forwarding(None, proxies, "x-forwarded-for");
        let found = arrival(&trusting, peer, &[("x-forwarded-for", forwarded_for)]).client;
        assert_eq!(found, Some(client.parse().unwrap()), "{peer}: {forwarded_for}");
    }
    let trusting = forwarding(None, proxies, "forwarded");
    let lines =
        [("forwarded", "for=192.0.2.66, for=\"198.51.100.1:80\";proto=https"), ("forwarded", "for=10.0.0.2")];
    assert_eq!(arrival(&trusting, PROXY, &lines).client, Some("198.51.100.1".parse().unwrap()));
}

#[test]
fn the_own_origin_follows_the_public_url() {
    let public = forwarding(Some("https://Tickets.example:443/"), "", "x-forwarded-for");
    let seen = arrival(&public, PROXY, &[("host", "10.0.0.5:3000")]);
    assert_eq!(seen.base_url(), "https://tickets.example");
    for (origin, is_own) in [
        ("https://tickets.example", true),
        ("HTTPS://TICKETS.example", true),
        ("http://tickets.example", false),
        ("https://tickets.example:8443", false),
        ("https://10.0.0.5:3000", false),
        ("https://tickets.example.evil.example", false),
        ("null", false),
        ("", false),
    ] {
        assert_eq!(seen.is_origin(origin), is_own, "{origin}");
    }
}

#[test]
fn without_a_public_url_the_host_is_the_one_that_was_asked_for() {
    let trusting = forwarding(None, PROXY, "x-forwarded-for");
    let direct =
        arrival(&trusting, "203.0.113.9", &[("host", "Tickets.example"), ("x-forwarded-host", "evil")]);
    assert!(direct.is_origin("http://tickets.example") && direct.is_origin("https://tickets.example"));
    assert!(!direct.is_origin("http://evil") && !direct.is_origin("http://"));
    let lines = [
        ("host", "inner:3000"),
        ("x-forwarded-host", "tickets.example, inner"),
        ("x-forwarded-proto", "https"),
    ];
    let proxied = arrival(&trusting, PROXY, &lines);
    assert_eq!(proxied.base_url(), "https://tickets.example");
    assert!(proxied.is_origin("https://tickets.example") && !proxied.is_origin("http://tickets.example"));
    let standard = forwarding(None, PROXY, "forwarded");
    let lines = [("host", "inner:3000"), ("forwarded", "host=\"tickets.example:8443\";proto=https")];
    assert_eq!(arrival(&standard, PROXY, &lines).base_url(), "https://tickets.example:8443");
    assert!(!trusting.arrival(None, &HeaderMap::new()).is_origin("http://"), "no host is nobody's");
}

#[test]
fn a_public_url_has_scheme_and_host_only() {
    for (text, shown) in [
        ("https://tickets.example", "https://tickets.example"),
        ("HTTPS://Tickets.Example/", "https://tickets.example"),
        ("https://tickets.example:8443", "https://tickets.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://xn--9t4b11yi5a.kr", "https://xn--9t4b11yi5a.kr"),
    ] {
        assert_eq!(PublicUrl::new(text).unwrap().to_string(), shown);
    }
    for bad in [
        "",
        "tickets.example",
        "ftp://tickets.example",
        "https://",
        "https:///",
        "https://tickets.example/onsale",
        "https://tickets.example?x",
        "https://tickets.example#x",
        "https://user:pw@tickets.example",
        "https://tickets.example:99999",
        "https://tickets.example:",
        "https://a b",
        "https://한글.kr",
        " https://tickets.example",
    ] {
        assert_eq!(PublicUrl::new(bad), None, "{bad}");
    }
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    let trusts = |text: &str, address: &str| {
        let address: IpAddr = address.parse().unwrap();
        TrustedProxies::new(text).unwrap().contains(address.to_canonical())
    };
    assert!(trusts("10.0.0.0/8,192.0.2.7", "192.0.2.7") && !trusts("10.0.0.0/8,192.0.2.7", "192.0.2.8"));
    assert!(trusts("10.1.2.3/8", "10.9.9.9") && trusts("::1", "::1") && trusts("fd00::/8", "fd00::5"));
    assert!(trusts("127.0.0.1", "::ffff:127.0.0.1") && trusts("::ffff:10.0.0.0/104", "10.1.1.1"));
    assert!(!trusts("", "127.0.0.1") && !trusts(" ", "::1") && !trusts("::/0", "10.0.0.1"));
    for bad in ["10.0.0.0/33", "localhost", "10.0.0.0/8,", "10.0.0.0/8;10.0.0.1", "*", "10.0.0.1:80"] {
        assert_eq!(TrustedProxies::new(bad), None, "{bad}");
    }
    for bad in ["10.010.0.0/16", "10.0.0.0/+8", "10.0.0.0/", "/8", "10.0.0.0/8/8", "10.0.0.0 /8"] {
        assert_eq!(TrustedProxies::new(bad), None, "{bad}");
    }
}
