//! Nothing that lets somebody in is ever printed: no token, no secret, however much is logged.

use onsale_testbed::secret::random;
use serde_json::json;

use crate::api::{Api, Outcome, text};
use crate::program::{Folder, Server, serve_args};

/// How every token begins: `{"` in Base64.
const JWT: &str = "eyJ";
const USER: &str = "0199d6a0-0000-7000-8000-000000000001";

#[tokio::test]
async fn a_whole_sale_at_full_volume_logs_no_token_and_no_secret() {
    for secret in [None, Some(random().unwrap())] {
        let folder = Folder::new();
        let mut command = folder.onsale(&serve_args(&["--line-capacity", "1"]));
        command.env("ONSALE_LOG", "trace");
        let mut command_of_operator = folder.onsale(&["token", "--operator"]);
        if let Some(secret) = &secret {
            command.env("ONSALE_TOKEN_SECRET", secret);
            command_of_operator.env("ONSALE_TOKEN_SECRET", secret);
        }
        let server = Server::start(command);
        let operator = crate::program::Process::start(command_of_operator).finish();
        let operator = operator.stdout.trim_end().to_owned();
        let mut secrets = sell(&Api::new(&server.base), &operator).await;
        let mut command = folder.onsale(&["token", "--user", USER, "--code"]);
        if let Some(secret) = &secret {
            command.env("ONSALE_TOKEN_SECRET", secret);
        }
        let code = crate::program::Process::start(command).finish().stdout.trim_end().to_owned();
        secrets.extend(sign_in(&server.base, &code).await);
        secrets.push(operator);
        let made = std::fs::read_to_string(folder.data().join("token-secret"));
        secrets.push(secret.unwrap_or_else(|| made.expect("a secret was made")));
        let finished = server.stop();
        let output = finished.stdout + finished.stderr.as_str();
        assert!(output.contains("\"message\":\"stopped\""), "{output}");
        assert!(!output.contains(JWT), "a token of some kind: {output}");
        for secret in secrets {
            // Of a token, its signature alone would be bad enough; of a bad header, any part of it.
            for part in [secret.as_str(), secret.rsplit('.').next().unwrap()] {
                assert!(!output.contains(part), "{part} is in: {output}");
            }
        }
    }
}

/// Opens a personal link as a browser does, and as old ones were written. Gives all that must not be printed.
async fn sign_in(base: &str, code: &str) -> Vec<String> {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let browser = browser.expect("a client");
    let cookie = |answer: &reqwest::Response| {
        let given = answer.headers().get("set-cookie").expect("a cookie").to_str().expect("ASCII").to_owned();
        given.split(';').next().expect("a pair").to_owned()
    };
    let page = browser.get(format!("{base}/enter?token={code}&code={code}")).send().await.expect("an answer");
    let visit = cookie(&page);
    let mut given = vec![visit.clone()];
    let wrong = format!("{code}0");
    for (form, leads_to) in [(code, "/line"), (&wrong, "/enter")] {
        let sent = browser.post(format!("{base}/enter")).header("cookie", &visit).header("origin", base);
        let sent = sent.header("content-type", "application/x-www-form-urlencoded");
        let answer = sent.body(format!("code={form}")).send().await.expect("an answer");
        assert_eq!(answer.headers().get("location").map(|it| it.to_str().expect("ASCII")), Some(leads_to));
        if form == code {
            given.push(cookie(&answer));
        }
    }
    let values = given.iter().map(|pair| pair.split_once('=').expect("a pair").1.to_owned());
    values.chain([code.to_owned(), wrong.clone()]).collect()
}

/// Everything that one can do with a token, right and wrong. Gives all that must not be printed.
async fn sell(api: &Api, operator: &str) -> Vec<String> {
    let concert = api.open_concert(operator, 3, 100).await;
    let (alice, bob) = (api.sign_up("alice").await, api.sign_up("bob").await);
    let (ticket, _) = api.enter(&alice).await;
    let waiting = api.ask("POST", "/v1/enqueues").token(&bob).send().await.yes();
    let waiting = text(&waiting["token"]);
    let seat = format!("/v1/concerts/{concert}/seats/1");
    api.get("/v1/enqueues", &ticket).await;
    api.get("/v1/dates", &ticket).await;
    api.get(&format!("/v1/concerts/{concert}/seats"), &ticket).await;
    api.ask("POST", &format!("{seat}/reservations")).token(&ticket).send().await.yes();
    let charge = json!({ "amount": 500 });
    api.ask("PATCH", "/v1/charges").token(&alice).key(Some("once")).json(&charge).send().await.yes();
    api.ask("POST", &format!("{seat}/payments")).token(&ticket).send().await.yes();

    let forged = format!("{}.{}", ticket.rsplit_once('.').expect("a JWT").0, "Zm9yZ2VkLWJ1dC1zZWNyZXQ");
    let garbage = "garbage-that-might-be-a-password".to_owned();
    for (method, path, token) in [
        ("POST", format!("{seat}/reservations"), &ticket),
        ("POST", format!("{seat}/reservations"), &waiting),
        ("GET", "/v1/charges".to_owned(), &ticket),
        ("GET", "/v1/enqueues".to_owned(), &alice),
        ("GET", "/v1/enqueues".to_owned(), &forged),
        ("GET", "/v1/line".to_owned(), &alice),
        ("GET", "/v1/charges".to_owned(), &garbage),
        ("PUT", "/v1/charges".to_owned(), &alice),
        ("GET", "/nowhere".to_owned(), &alice),
    ] {
        let outcome = api.ask(method, &path).token(token).send().await;
        assert!(matches!(outcome, Outcome::No(400..500, _)), "{method} {path}: {outcome:?}");
    }
    api.ask("DELETE", "/v1/enqueues").token(&waiting).send().await.yes();
    vec![alice, bob, ticket, waiting, forged, garbage]
}

/// Positive control: the one token that is printed, for the walk through the demo, is found.
#[test]
fn a_token_that_is_printed_is_found() {
    let folder = Folder::new();
    let mut server = folder.serve(&["--demo"]);
    assert!(server.process.wait_for_line(&["USER_TOKEN="]).contains(JWT));
}
