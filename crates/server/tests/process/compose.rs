//! `compose.yaml` as shipped: it holds no secret, asks for each one, and opens nothing to other machines.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use onsale::settings::{self, LineUrl, StoreUrl};
use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

const SECRETS: [&str; 3] = ["ONSALE_TOKEN_SECRET", "ONSALE_POSTGRES_PASSWORD", "ONSALE_REDIS_PASSWORD"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text() -> String {
    fs::read_to_string(root().join("compose.yaml")).expect("compose.yaml is there")
}

fn service<'a>(file: &'a Yaml<'a>, name: &str) -> &'a Yaml<'a> {
    &file["services"][name]
}

fn environment(service: &Yaml) -> Vec<(String, Option<String>)> {
    let Some(variables) = service.as_mapping_get("environment").and_then(Yaml::as_mapping) else {
        return Vec::new();
    };
    let text = |yaml: &Yaml| yaml.as_str().map(str::to_owned);
    variables.iter().map(|(name, value)| (text(name).expect("a name"), text(value))).collect()
}

fn strings(list: &Yaml) -> Vec<String> {
    list.as_sequence().into_iter().flatten().map(|item| item.as_str().expect("text").to_owned()).collect()
}

/// What `docker compose` puts in place of `${NAME:?message}` and `${NAME:-default}`; the message if a
/// variable is missing.
fn interpolated(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let Some((before, rest)) = text.split_once("${") else { return Ok(text.to_owned()) };
    let (expression, after) = rest.split_once('}').expect("it is closed");
    let (name, otherwise) = expression.split_once(':').expect("it says what to do without a value");
    let value = match (variables.get(name), otherwise.split_at(1)) {
        (Some(value), _) => value.clone(),
        (None, ("-", default)) => default.to_owned(),
        (None, (_, message)) => return Err(message.to_owned()),
    };
    Ok(format!("{before}{value}{}", interpolated(after, variables)?))
}

/// A folder in which `deploy/make-env` has run.
fn prepared() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("deploy")).expect("a folder");
    fs::copy(root().join("deploy/make-env"), folder.path().join("deploy/make-env")).expect("a copy");
    make_env(folder.path());
    folder
}

fn make_env(folder: &Path) {
    let status = Command::new(folder.join("deploy/make-env")).current_dir("/").status().expect("it runs");
    assert!(status.success());
}

fn written(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join(".env")).expect("it is written");
    text.lines()
        .map(|line| {
            let (name, value) = line.split_once('=').expect("NAME=value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn it_asks_for_every_secret_and_has_none() {
    let text = text();
    let files = Yaml::load_from_str(&text).unwrap();
    let mut asked = Vec::new();
    for (name, service) in files[0]["services"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let is_secret =
            |name: &str| ["SECRET", "PASSWORD", "TOKEN", "AUTH"].iter().any(|word| name.contains(word));
        for (variable, value) in environment(service) {
            let Some(value) = value.filter(|value| is_secret(&variable) || value.contains("://")) else {
                continue;
            };
            let secret = match value.split_once("://") {
                Some((_, url)) => {
                    url.split_once('@').expect("a URL with a password").0.rsplit_once(':').map(|_| url)
                }
                None => Some(value.as_str()),
            };
            let secret = secret.expect("user:password").split_once("${").expect("no literal").1;
            let (asks_for, _) = secret.split_once(":?").expect("required, without a default");
            asked.push(asks_for.to_owned());
            assert!(SECRETS.contains(&asks_for), "{name}: {variable}");
        }
    }
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked.len(), SECRETS.len(), "{asked:?}");
    // Nor anywhere else: without values for them, nothing is interpolated.
    let none = BTreeMap::new();
    let asking =
        text.lines().filter(|line| SECRETS.iter().any(|secret| line.contains(&format!("${{{secret}"))));
    for line in asking {
        assert_eq!(interpolated(line, &none), Err("run deploy/make-env first".to_owned()), "{line}");
    }
}

#[test]
fn only_the_balancer_is_published_and_only_to_this_machine() {
    let text = text();
    let files = Yaml::load_from_str(&text).unwrap();
    let mut published = Vec::new();
    for (name, service) in files[0]["services"].as_mapping().unwrap() {
        assert!(service.as_mapping_get("network_mode").is_none(), "{name:?}");
        let ports = service.as_mapping_get("ports").map(strings).unwrap_or_default();
        published.extend(ports.into_iter().map(|port| (name.as_str().unwrap(), port)));
    }
    let [("balancer", port)] = published.as_slice() else { panic!("{published:?}") };
    assert_eq!(interpolated(port, &BTreeMap::new()).unwrap(), "127.0.0.1:3000:3000");
}

#[test]
fn the_database_and_redis_ask_for_the_passwords_that_the_instances_have() {
    let folder = prepared();
    let variables = written(folder.path());
    let text = text();
    let files = Yaml::load_from_str(&text).unwrap();
    let filled = |value: &str| interpolated(value, &variables).unwrap();
    let postgres: BTreeMap<_, _> = environment(service(&files[0], "postgres")).into_iter().collect();
    assert_eq!(
        filled(postgres["POSTGRES_PASSWORD"].as_ref().unwrap()),
        variables["ONSALE_POSTGRES_PASSWORD"]
    );
    assert!(!postgres.contains_key("POSTGRES_HOST_AUTH_METHOD"), "the image asks for passwords by itself");
    let redis: Vec<String> =
        strings(&service(&files[0], "redis")["command"]).iter().map(|word| filled(word)).collect();
    let password = redis.iter().skip_while(|word| *word != "--requirepass").nth(1);
    assert_eq!(password, variables.get("ONSALE_REDIS_PASSWORD"));

    let instance = environment(service(&files[0], "onsale"));
    let given = instance.iter().filter_map(|(name, value)| Some((name, filled(value.as_deref()?))));
    let given = given.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let settings = settings::read(&BTreeMap::new(), given, None).unwrap();
    let StoreUrl::Postgres(store) = settings.store else { panic!("{:?}", settings.store) };
    assert_eq!(
        store,
        format!("postgres://onsale:{}@postgres:5432/onsale", variables["ONSALE_POSTGRES_PASSWORD"])
    );
    let LineUrl::Redis(line) = settings.line else { panic!("{:?}", settings.line) };
    assert_eq!(line, format!("redis://:{}@redis:6379/", variables["ONSALE_REDIS_PASSWORD"]));
    assert_eq!(settings.token_secret.unwrap().expose(), variables["ONSALE_TOKEN_SECRET"].as_bytes());
}

#[test]
fn make_env_writes_each_secret_once_for_its_owner_alone() {
    let (folder, other) = (prepared(), prepared());
    let first = written(folder.path());
    assert_eq!(first.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut names = SECRETS;
        names.sort_unstable();
        names
    });
    let mode = fs::metadata(folder.path().join(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let all: std::collections::BTreeSet<String> =
        first.values().cloned().chain(written(other.path()).into_values()).collect();
    assert_eq!(all.len(), 2 * SECRETS.len(), "all differ");
    assert!(all.iter().all(|secret| secret.len() == 64), "{all:?}");
    make_env(folder.path());
    assert_eq!(written(folder.path()), first, "what is there is kept");

    // One line of the operator's own, without its end, and a secret left empty.
    fs::write(folder.path().join(".env"), "ONSALE_TOKEN_SECRET=\nONSALE_PUBLISH=0.0.0.0:80").unwrap();
    make_env(folder.path());
    let completed = written(folder.path());
    assert_eq!((completed["ONSALE_PUBLISH"].as_str(), completed.len()), ("0.0.0.0:80", 4));
    assert!(SECRETS.iter().all(|name| completed[*name].len() == 64), "{completed:?}");
}
