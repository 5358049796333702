//! `onsale verify-draw`: computes a published draw again.
//!
//! It shares no code with the server's draw, and does it another way: it keeps every hash whole and sorts.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use clap::Args;
use hyper::{Method, Uri};
use sha2::{Digest, Sha256};

use crate::client::{Call, Client, Reply};
use crate::history::sale::Fairness;

/// A document takes some 9 KB at most: a beacon has up to 4,096 bytes.
const DOCUMENT_BYTES_MAX: u64 = 1024 * 1024;
/// More people than any lobby has, and what the memory of a small machine can sort.
const LOBBY_TAIL_MAX: u64 = 20_000_000;
const PATIENCE: Duration = Duration::from_secs(30);
/// How many numbers at the front are printed.
const FIRST: usize = 10;

/// Compute a published draw again: exit 1 if what was published does not fit, 2 if nothing could be checked
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The sale's fairness document: a file, or http(s)://SITE/v1/sales/ID/fairness; the sale's own address
    /// will do
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// Also say where this number came; it is on the ticket
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    number: Option<u64>,
}

/// A draw that could be computed again.
#[derive(Debug)]
pub struct Verified {
    /// What to print.
    pub text: String,
    /// Whether everything that was published fits together.
    pub holds: bool,
}

/// Why nothing could be checked.
#[derive(Debug)]
pub struct Unchecked(String);

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the document and checks it.
///
/// # Errors
/// [`Unchecked`] if the document cannot be read, or holds no draw that has been published.
pub fn verify(options: &Options) -> Result<Verified, Unchecked> {
    let Options { source, number } = options;
    let is_url = source.starts_with("http://") || source.starts_with("https://");
    let document = if is_url { fetch(source) } else { read(source) };
    let document = document.map_err(|reason| Unchecked(format!("{source}: {reason}")))?;
    let fairness: Fairness = serde_json::from_slice(&document)
        .map_err(|error| Unchecked(format!("{source}: not a fairness document: {error}")))?;
    check(&fairness, *number).map_err(|reason| Unchecked(format!("{source}: {reason}")))
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let mut document = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(DOCUMENT_BYTES_MAX).read_to_end(&mut document).map_err(|error| error.to_string())?;
    Ok(document)
}

fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let url: Uri = url.parse().map_err(|error| format!("{error}"))?;
    let client = Client::new(std::slice::from_ref(&url), 1, PATIENCE)?;
    let path = document_path(url.path());
    let call = Call { method: Method::GET, path: &path, token: None, key: None, body: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let reply = runtime.map_err(|error| error.to_string())?.block_on(client.send(call, || ()));
    match reply {
        Reply::Answer(answer) if answer.status == 200 => Ok(answer.body.to_vec()),
        Reply::Answer(answer) => Err(format!("{path} answered {}", answer.status)),
        Reply::Lost(_) => Err("the connection broke before the answer was complete".to_owned()),
        Reply::NotSent(error) => Err(error.to_string()),
    }
}

/// The path of the fairness document of the sale that a path names, be it the API's or a page's. Any other
/// path stays as it is.
fn document_path(path: &str) -> String {
    let Some((before, rest)) = path.split_once("/sales/") else { return path.to_owned() };
    let sale = rest.split('/').next().unwrap_or_default();
    format!("{}/v1/sales/{sale}/fairness", before.strip_suffix("/v1").unwrap_or(before))
}

fn check(fairness: &Fairness, number: Option<u64>) -> Result<Verified, String> {
    if fairness.order != "draw" {
        return Err(format!(
            "the order is {:?}, so there was no draw: people come in the order in which they joined",
            fairness.order
        ));
    }
    let published = fairness.published()?;
    if let (Some(number), Some(tail)) = (number, fairness.tail)
        && number > tail.max(published.lobby_tail)
    {
        return Err(format!("number {number} has not been given out; the last one is {tail}"));
    }
    Ok(compute(&published, number))
}

impl Fairness {
    /// The draw, read from what was published of it.
    pub(crate) fn published(&self) -> Result<Published, String> {
        let (Some(seed), Some(lobby_tail)) = (&self.seed, self.lobby_tail) else {
            return Err("the draw has not been published yet: there is no seed before the opening".to_owned());
        };
        let seed: [u8; 32] = field("seed", seed)?;
        let commitment: [u8; 32] = field("commitment", self.commitment.as_deref().unwrap_or_default())?;
        let beacon = bytes(self.beacon.as_deref().unwrap_or_default())
            .ok_or("beacon must be bytes in hexadecimal digits")?;
        if lobby_tail > LOBBY_TAIL_MAX {
            return Err(format!("lobbyTail is {lobby_tail}, more than {LOBBY_TAIL_MAX}"));
        }
        Ok(Published { seed, commitment, beacon, lobby_tail, tail: self.tail })
    }
}

fn field(name: &str, text: &str) -> Result<[u8; 32], String> {
    let value = bytes(text).and_then(|bytes| bytes.try_into().ok());
    value.ok_or_else(|| format!("{name} must be 64 hexadecimal digits"))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the document says, read.
pub(crate) struct Published {
    seed: [u8; 32],
    commitment: [u8; 32],
    beacon: Vec<u8>,
    pub(crate) lobby_tail: u64,
    tail: Option<u64>,
}

impl Published {
    /// Whether the seed is the one that was committed to.
    pub(crate) fn is_committed(&self) -> bool {
        Sha256::digest(self.seed)[..] == self.commitment
    }

    /// The numbers of the lobby in the order in which the draw puts them.
    pub(crate) fn order(&self) -> Vec<u64> {
        drawn(&self.seed, &self.beacon, self.lobby_tail)
    }
}

fn compute(published: &Published, number: Option<u64>) -> Verified {
    let Published { seed, commitment, beacon, lobby_tail, tail } = published;
    let is_committed = published.is_committed();
    let hash: [u8; 32] = Sha256::digest(seed).into();
    let mut lines = Vec::new();
    lines.push(if is_committed {
        format!("The commitment holds: it is the SHA-256 of the seed, {}. Compare it with the one you saved before the opening.", hex(&hash))
    } else {
        format!(
            "THE COMMITMENT DOES NOT HOLD: it is {}, the SHA-256 of the seed {}.",
            hex(commitment),
            hex(&hash)
        )
    });
    let is_whole = tail.is_none_or(|tail| tail >= *lobby_tail);
    if !is_whole {
        lines.push(format!("THE LOBBY CANNOT BE RIGHT: lobbyTail is {lobby_tail}, and tail is lower."));
    }
    lines.push(match beacon.len() {
        0 => "Without a beacon: the operator could have known the seed.".to_owned(),
        length => format!("With a beacon of {length} bytes: {}.", hex(beacon)),
    });
    lines.push(format!("Numbers drawn: {lobby_tail}."));
    let order = published.order();
    let first: Vec<_> = order.iter().take(FIRST).map(ToString::to_string).collect();
    lines.push(format!("The first: {}", first.join(" ")));
    if let Some(number) = number {
        let place = order.iter().zip(1_u64..).find(|(drawn, _)| **drawn == number);
        lines.push(match place {
            Some((_, place)) => format!("Number {number} came to place {place}."),
            None => format!("Number {number} joined after the lobby: its place is {number}."),
        });
    }
    Verified { text: lines.join("\n") + "\n", holds: is_committed && is_whole }
}

/// The numbers 1 to `lobby_tail` in the order in which a draw puts them.
fn drawn(seed: &[u8; 32], beacon: &[u8], lobby_tail: u64) -> Vec<u64> {
    let mut message = [&seed[..], beacon, &[0; 8]].concat();
    let number_at = message.len() - 8;
    let mut hashes: Vec<([u8; 32], u64)> = Vec::new();
    for number in 1..=lobby_tail {
        message[number_at..].copy_from_slice(&number.to_be_bytes());
        hashes.push((Sha256::digest(&message).into(), number));
    }
    hashes.sort_unstable();
    hashes.into_iter().map(|(_, number)| number).collect()
}

#[cfg(test)]
mod tests;
