//! User and queue tokens: signed, read and told apart.
//!
//! Tokens are JWTs signed with HS256; no other algorithm is ever accepted, whatever a header says. `now` is an argument and
//! there is no leeway: a token is expired when `now >= exp`. A token's text never reaches an error or a log.
//!
//! Reading is the hot path of every status poll, so the claims are parsed once into the typed struct that is wanted,
//! and the key is prepared once (docs/adr/0008-reading-tokens.md). Tests hold both directions against `jsonwebtoken`.

mod claims;
mod own;
mod secret;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

pub use self::secret::Secret;
use claims::{Audience, QUEUE_AUDIENCE, Seconds, USER_AUDIENCE};

/// How long a user token lives.
pub const USER_TOKEN_SECONDS: i64 = 30 * 24 * 3600;
/// How long a queue token lives.
pub const QUEUE_TOKEN_SECONDS: i64 = 24 * 3600;
/// The longest token that is looked at; an honest one is a tenth of it.
pub const TOKEN_BYTES_MAX: usize = 4096;

/// `{"typ":"JWT","alg":"HS256"}`: the header of every token signed here, so that the usual one is compared, not parsed.
const OWN_HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// HMAC-SHA256 gives as many.
const SIGNATURE_BYTES: usize = 32;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys tickets.
    User,
    /// Opens concerts and steers the line.
    Operator,
}

/// Who sent a request, as their user token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserToken {
    /// The person.
    pub user: Uuid,
    /// What they may do.
    pub role: Role,
}

/// A place in the waiting line, as a queue token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose place it is.
    pub user: Uuid,
    /// The line it is a place in.
    pub line: Uuid,
    /// Which run of the line gave the number out.
    pub epoch: u32,
    /// The place: the order in which requests were taken, from 1.
    pub number: u64,
}

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no bearer token.
    #[error("a bearer token is needed")]
    Missing,
    /// Not a token signed here, or not one that says what it must.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// A user token where a queue token belongs, or the reverse.
    #[error("the token is of the other kind")]
    Kind,
}

impl TokenError {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Invalid, Self::Expired, Self::Kind];

    /// The stable code that clients get.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Invalid => "token_invalid",
            Self::Expired => "token_expired",
            Self::Kind => "token_kind",
        }
    }
}

/// The key that signs and reads tokens.
pub struct TokenKeys {
    /// HMAC-SHA256 with the key already taken in; cloned for each token.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeys([hidden])")
    }
}

impl TokenKeys {
    /// Keys made of the configured secret.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    pub fn new(secret: &Secret) -> Self {
        Self { mac: Hmac::new_from_slice(secret.expose()).expect("HMAC takes a key of any length") }
    }

    /// A user token that lives 30 days.
    pub fn sign_user(&self, user: Uuid, role: Role, now: Timestamp) -> String {
        self.sign(&UserClaimsOut {
            sub: user,
            aud: USER_AUDIENCE,
            role,
            exp: now.as_second() + USER_TOKEN_SECONDS,
        })
    }

    /// A queue token that lives 24 hours.
    pub fn sign_queue(&self, ticket: &Ticket, jti: Uuid, now: Timestamp) -> String {
        self.sign(&QueueClaimsOut {
            sub: ticket.user,
            aud: QUEUE_AUDIENCE,
            line: ticket.line,
            epoch: ticket.epoch,
            number: ticket.number,
            jti,
            iat: now.as_second(),
            exp: now.as_second() + QUEUE_TOKEN_SECONDS,
        })
    }

    /// Who a user token stands for.
    ///
    /// # Errors
    /// Invalid, of the other kind, or expired at `now`.
    pub fn read_user(&self, token: &str, now: Timestamp) -> Result<UserToken, TokenError> {
        let claims: UserClaims = read_claims(self.verify(token)?, |_| None)?;
        check_window(claims.exp, claims.nbf, now)?;
        Ok(UserToken { user: claims.sub, role: claims.role.unwrap_or(Role::User) })
    }

    /// The place in the line that a queue token stands for.
    ///
    /// # Errors
    /// Invalid, of the other kind, or expired at `now`.
    pub fn read_queue(&self, token: &str, now: Timestamp) -> Result<Ticket, TokenError> {
        let claims: QueueClaims = read_claims(self.verify(token)?, own::queue_claims)?;
        if claims.number == 0 {
            return Err(TokenError::Invalid);
        }
        check_window(claims.exp, claims.nbf, now)?;
        Ok(Ticket { user: claims.sub, line: claims.line, epoch: claims.epoch, number: claims.number })
    }

    fn sign<C: Serialize>(&self, claims: &C) -> String {
        let claims = serde_json::to_vec(claims).expect("plain claims serialise");
        let message = format!("{OWN_HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.mac.clone().chain_update(&message).finalize().into_bytes();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a token that was signed with this key, still encoded.
    fn verify<'t>(&self, token: &'t str) -> Result<&'t str, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let mut given = [0; SIGNATURE_BYTES];
        if URL_SAFE_NO_PAD.decode_slice(signature, &mut given) != Ok(SIGNATURE_BYTES) {
            return Err(TokenError::Invalid);
        }
        // Compares in constant time.
        self.mac.clone().chain_update(message).verify_slice(&given).map_err(|_| TokenError::Invalid)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Invalid)?;
        if claims.contains('.') {
            return Err(TokenError::Invalid);
        }
        if header != OWN_HEADER {
            check_foreign_header(header)?;
        }
        Ok(claims)
    }
}

#[derive(Serialize)]
struct UserClaimsOut {
    sub: Uuid,
    aud: &'static str,
    role: Role,
    exp: i64,
}

#[derive(Serialize)]
struct QueueClaimsOut {
    sub: Uuid,
    aud: &'static str,
    line: Uuid,
    epoch: u32,
    number: u64,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Claims as they come in: what is not named here may be there and is ignored, since others sign too.
trait Claims: DeserializeOwned {
    fn is_addressed(&self) -> bool;
    fn is_other_kind(audience: Audience) -> bool;
}

#[derive(Deserialize)]
struct UserClaims {
    sub: Uuid,
    aud: Audience,
    role: Option<Role>,
    exp: Seconds,
    nbf: Option<Seconds>,
}

#[derive(Deserialize)]
struct QueueClaims {
    sub: Uuid,
    aud: Audience,
    line: Uuid,
    epoch: u32,
    number: u64,
    #[serde(rename = "jti")]
    _jti: Uuid,
    #[serde(rename = "iat")]
    _iat: Seconds,
    exp: Seconds,
    nbf: Option<Seconds>,
}

/// Of a header that somebody else wrote, what must be asked.
#[derive(Deserialize)]
struct ForeignHeader {
    alg: String,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct AnyClaims {
    aud: Audience,
}

impl Claims for UserClaims {
    fn is_addressed(&self) -> bool {
        self.aud.user
    }

    fn is_other_kind(audience: Audience) -> bool {
        audience.queue && !audience.user
    }
}

impl Claims for QueueClaims {
    fn is_addressed(&self) -> bool {
        self.aud.queue
    }

    fn is_other_kind(audience: Audience) -> bool {
        audience.user && !audience.queue
    }
}

/// Reads claims that have been verified; `own` knows the form in which they are written here.
fn read_claims<C: Claims>(encoded: &str, own: fn(&[u8]) -> Option<C>) -> Result<C, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Invalid)?;
    if let Some(claims) = own(&json) {
        return Ok(claims);
    }
    match serde_json::from_slice::<C>(&json) {
        Ok(claims) if claims.is_addressed() => Ok(claims),
        _ => Err(refusal_of::<C>(&json)),
    }
}

fn refusal_of<C: Claims>(json: &[u8]) -> TokenError {
    match serde_json::from_slice::<AnyClaims>(json) {
        Ok(claims) if C::is_other_kind(claims.aud) => TokenError::Kind,
        _ => TokenError::Invalid,
    }
}

/// A header that an identity provider of the organisation wrote: the algorithm is pinned, and an extension that must be
/// understood is not.
fn check_foreign_header(encoded: &str) -> Result<(), TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Invalid)?;
    match serde_json::from_slice::<ForeignHeader>(&json) {
        Ok(header) if header.alg == "HS256" && header.crit.is_none() => Ok(()),
        _ => Err(TokenError::Invalid),
    }
}

fn check_window(exp: Seconds, nbf: Option<Seconds>, now: Timestamp) -> Result<(), TokenError> {
    let now = now.as_second();
    if nbf.is_some_and(|nbf| now < nbf.0) {
        return Err(TokenError::Invalid);
    }
    if now >= exp.0 {
        return Err(TokenError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
