//! A throwaway Redis.

use std::process::{Command, Stdio};
use std::time::Duration;

use onsale_testbed::redis::{Options, Redis};

const APPEND_ONLY: Options = Options { append_only: true, certificate: None, is_node: false };
const IN_MEMORY: Options = Options { append_only: false, certificate: None, is_node: false };

#[test]
fn it_answers_and_takes_commands() {
    let redis = Redis::start(&IN_MEMORY).unwrap();
    assert_eq!(ask(&redis, &["PING"]), "PONG");
    assert_eq!(ask(&redis, &["CONFIG", "GET", "save"]), "save");
}

#[test]
fn in_memory_it_begins_empty_after_a_restart() {
    let mut redis = Redis::start(&IN_MEMORY).unwrap();
    ask(&redis, &["SET", "number", "7"]);
    let url = redis.url();
    redis.kill().unwrap();
    assert!(
        Command::new("redis-cli").args(["-u", &url, "PING"]).output().is_ok_and(|it| !it.status.success())
    );
    redis.restart().unwrap();
    assert_eq!((redis.url(), ask(&redis, &["EXISTS", "number"])), (url, "0".to_owned()));
    ask(&redis, &["SET", "number", "7"]);
    redis.stop().unwrap();
    redis.restart().unwrap();
    assert_eq!(ask(&redis, &["EXISTS", "number"]), "0");
}

#[test]
fn append_only_it_keeps_what_it_answered() {
    let mut redis = Redis::start(&APPEND_ONLY).unwrap();
    ask(&redis, &["SET", "number", "7"]);
    redis.kill().unwrap();
    redis.restart().unwrap();
    assert_eq!(ask(&redis, &["GET", "number"]), "7");
}

#[test]
fn a_snapshot_takes_it_back_in_time() {
    for options in [APPEND_ONLY, IN_MEMORY] {
        let mut redis = Redis::start(&options).unwrap();
        ask(&redis, &["SET", "number", "7"]);
        let snapshot = redis.snapshot().unwrap();
        ask(&redis, &["SET", "number", "8"]);
        for _ in 0..2 {
            redis.restart_from(&snapshot).unwrap();
            assert_eq!(ask(&redis, &["GET", "number"]), "7", "{options:?}");
            ask(&redis, &["SET", "number", "9"]);
        }
        redis.restart().unwrap();
        let kept = if options.append_only { "9" } else { "" };
        assert_eq!(ask(&redis, &["GET", "number"]), kept, "{options:?}");
    }
}

#[test]
fn frozen_it_is_silent_and_thawed_it_goes_on() {
    let redis = Redis::start(&IN_MEMORY).unwrap();
    redis.freeze().unwrap();
    let url = redis.url();
    let mut asking =
        Command::new("redis-cli").args(["-u", &url, "PING"]).stdout(Stdio::null()).spawn().unwrap();
    // Time for an answer that must not come.
    std::thread::sleep(Duration::from_millis(300));
    assert!(asking.try_wait().unwrap().is_none(), "it answers though frozen");
    redis.thaw().unwrap();
    assert!(asking.wait().unwrap().success());
}

fn ask(redis: &Redis, command: &[&str]) -> String {
    let answer = Command::new("redis-cli").args(["-u", &redis.url()]).args(command).output();
    let answer = answer.expect("redis-cli runs");
    assert!(answer.status.success(), "{answer:?}");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}
