//! A network that fails on command, in front of a server that echoes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use onsale_testbed::balancer::Balancer;
use onsale_testbed::proxy::Proxy;

const SOON: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn what_is_sent_comes_back() {
    let proxy = Proxy::start(echo(b"")).unwrap();
    let mut client = connect(proxy.addr());
    assert_eq!(ask(&mut client, "one"), "one");
    assert_eq!(ask(&mut client, "two"), "two");
}

#[test]
fn the_end_of_what_is_sent_comes_through() {
    let proxy = Proxy::start(echo(b"")).unwrap();
    let mut client = connect(proxy.addr());
    let long = vec![7; 3_000_000];
    let mut its_end = client.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        its_end.write_all(&long).unwrap();
        its_end.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    sender.join().unwrap();
    assert_eq!(answer, vec![7; 3_000_000]);
}

#[test]
fn cut_drops_and_refuses_until_healed() {
    let mut proxy = Proxy::start(echo(b"")).unwrap();
    let mut client = connect(proxy.addr());
    assert_eq!(ask(&mut client, "one"), "one");
    proxy.cut();
    assert!(matches!(client.read(&mut [0; 1]), Ok(0) | Err(_)), "the connection is closed");
    let refused = TcpStream::connect(proxy.addr()).map(drop).map_err(|error| error.kind());
    assert_eq!(refused, Err(ErrorKind::ConnectionRefused));
    proxy.heal().unwrap();
    assert_eq!(ask(&mut connect(proxy.addr()), "two"), "two");
}

#[test]
fn stalled_bytes_arrive_after_healing() {
    let mut proxy = Proxy::start(echo(b"")).unwrap();
    let mut old = connect(proxy.addr());
    assert_eq!(ask(&mut old, "one"), "one");
    proxy.stall().unwrap();
    let mut new = connect(proxy.addr());
    for client in [&mut old, &mut new] {
        client.write_all(b"two").unwrap();
        assert!(is_silent(client), "nothing comes back");
    }
    proxy.heal().unwrap();
    for client in [&mut old, &mut new] {
        assert_eq!(hear(client, 3), "two");
    }
}

#[test]
fn what_was_stalled_is_lost_by_a_cut() {
    let mut proxy = Proxy::start(echo(b"")).unwrap();
    let mut client = connect(proxy.addr());
    assert_eq!(ask(&mut client, "one"), "one");
    proxy.stall().unwrap();
    client.write_all(b"two").unwrap();
    proxy.cut();
    proxy.heal().unwrap();
    assert!(matches!(client.read(&mut [0; 1]), Ok(0) | Err(_)), "the connection is closed");
}

#[test]
fn muted_it_forwards_and_drops_the_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut proxy = Proxy::start(listener.local_addr().unwrap()).unwrap();
    let mut client = connect(proxy.addr());
    let (mut server, _) = listener.accept().unwrap();
    proxy.mute().unwrap();
    client.write_all(b"one").unwrap();
    assert_eq!(hear(&mut server, 3), "one");
    server.write_all(b"two").unwrap();
    assert!(is_silent(&mut client), "the answer is dropped");
    proxy.cut();
    assert!(matches!(client.read(&mut [0; 1]), Ok(0) | Err(_)), "the connection is closed");
}

#[test]
fn a_delay_counts_in_each_direction_but_does_not_add_up() {
    let proxy = Proxy::start(echo(b"")).unwrap();
    let mut client = connect(proxy.addr());
    assert_eq!(ask(&mut client, "warm"), "warm");
    proxy.delay(SOON);
    let start = Instant::now();
    for piece in [b"a", b"b", b"c", b"d"] {
        client.write_all(piece).unwrap();
        // Apart, so that each piece travels alone.
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(hear(&mut client, 4), "abcd");
    let took = start.elapsed();
    assert!(took >= SOON * 2 && took < SOON * 4, "{took:?}");
}

#[test]
fn dropping_a_proxy_closes_its_connections_and_port() {
    let proxy = Proxy::start(echo(b"")).unwrap();
    let address = proxy.addr();
    let mut client = connect(address);
    assert_eq!(ask(&mut client, "one"), "one");
    drop(proxy);
    assert!(matches!(client.read(&mut [0; 1]), Ok(0) | Err(_)), "the connection is closed");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_balancer_takes_turns_and_passes_over_who_refuses() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstreams = vec![echo(b"A"), gone, echo(b"B")];
    let balancer = Balancer::start("127.0.0.1:0".parse().unwrap(), upstreams).unwrap();
    let heard: String = (0..6).map(|_| hear(&mut connect(balancer.addr()), 1)).collect();
    assert_eq!(heard, "ABBABB");
    let taken = Balancer::start(balancer.addr(), Vec::new()).map(drop).unwrap_err();
    assert!(taken.contains("cannot listen on"), "{taken}");
}

/// A server that greets, then sends back what it gets. It lives as long as the tests.
fn echo(greeting: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let _ = (&connection).write_all(greeting);
                let _ = std::io::copy(&mut &connection, &mut &connection);
            });
        }
    });
    address
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

fn ask(client: &mut TcpStream, words: &str) -> String {
    client.write_all(words.as_bytes()).unwrap();
    hear(client, words.len())
}

fn hear(client: &mut TcpStream, length: usize) -> String {
    let mut heard = vec![0; length];
    client.read_exact(&mut heard).unwrap();
    String::from_utf8(heard).unwrap()
}

fn is_silent(client: &mut TcpStream) -> bool {
    client.set_read_timeout(Some(SOON)).unwrap();
    let heard = client.read(&mut [0; 1]);
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    matches!(heard, Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}
