//! Signing and reading user and queue tokens.
//!
//! Tokens are JWTs signed with HS256; no other algorithm is accepted, whatever the header says. `now` is an
//! argument and there is no leeway: a token is expired when `now >= exp`. A token's text never appears in an
//! error or a log.
//!
//! Every status poll reads a token, so claims are parsed once, into the struct that is needed, and the key is
//! prepared once (docs/adr/0008-reading-tokens.md). Tests compare signing and reading with `jsonwebtoken`.

mod canonical;
mod claims;
mod code;
mod sealed_seed;
mod secret;
mod stamp;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use onsale_booking::ids::{PassKey, SaleId};
use onsale_line::NUMBER_MAX;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

pub use self::code::{SIGN_IN_CODE_SECONDS, SignInCode};
pub use self::secret::{Secret, WeakSecret};
pub use self::stamp::{Purpose, Stamp};
use claims::{Audience, Groups, QUEUE_AUDIENCE, Seconds, USER_AUDIENCE};

/// How long a user token is valid.
pub const USER_TOKEN_SECONDS: i64 = 30 * 24 * 3600;
/// How long a queue token is valid.
pub const QUEUE_TOKEN_SECONDS: i64 = 24 * 3600;
/// How old a user token gets before it is renewed: people who come back within 30 days, to the hour, stay
/// who they are.
pub const USER_TOKEN_RENEWED_AFTER_SECONDS: i64 = 3600;
/// The longest token that is read; tokens signed here are a tenth of it.
pub const TOKEN_BYTES_MAX: usize = 4096;

/// The most groups of a user token that are read.
pub const GROUPS_MAX: usize = 100;

/// `{"typ":"JWT","alg":"HS256"}`, the header of every token signed here. It is compared, not parsed.
const OWN_HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// The `iss` of user tokens signed here.
const ISSUER: &str = "onsale";

/// The length of an HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys tickets.
    User,
    /// Opens concerts and sets the dials.
    Operator,
}

/// The content of a user token: who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserToken {
    /// The person.
    pub user: Uuid,
    /// What they may do.
    pub role: Role,
    /// The groups they are a member of, at most [`GROUPS_MAX`].
    pub groups: Vec<String>,
}

/// The content of a queue token: a place in the waiting line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The person whose place it is.
    pub user: Uuid,
    /// The sale in whose line it is.
    pub sale: SaleId,
    /// The epoch in which the number was given out.
    pub epoch: u32,
    /// The number: the order in which joins were accepted, from 1.
    pub number: u64,
    /// Whether the answer that carried this ticket said `admitted`. Then no instance may say `waiting`.
    pub admitted: bool,
}

impl Ticket {
    /// The place: the sale and the number in its line. The pass that it may lead to has the same key.
    pub fn key(&self) -> PassKey {
        PassKey { sale: self.sale, number: self.number }
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no bearer token.
    #[error("a bearer token is needed")]
    Missing,
    /// It has a wrong signature, or its claims are missing, malformed or out of range.
    #[error("the token is not valid")]
    Invalid,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It is a user token where a queue token is needed, or the reverse.
    #[error("the token is of the other kind")]
    Kind,
}

impl TokenError {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Invalid, Self::Expired, Self::Kind];

    /// The stable code in problem documents.
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
#[derive(Clone)]
pub struct TokenKeys {
    /// HMAC-SHA256 with the key already processed; cloned for each token.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeys([hidden])")
    }
}

impl TokenKeys {
    /// The keys for this secret.
    ///
    /// # Panics
    /// Never: HMAC accepts a key of any length.
    pub fn new(secret: &Secret) -> Self {
        Self { mac: Hmac::new_from_slice(secret.expose()).expect("HMAC accepts a key of any length") }
    }

    /// A user token without groups, valid for 30 days.
    pub fn sign_user(&self, user: Uuid, role: Role, now: Timestamp) -> String {
        self.sign_user_token(&UserToken { user, role, groups: Vec::new() }, now)
    }

    /// A user token, valid for 30 days.
    pub fn sign_user_token(&self, token: &UserToken, now: Timestamp) -> String {
        self.sign(&UserClaimsOut {
            sub: token.user,
            aud: USER_AUDIENCE,
            iss: ISSUER,
            role: token.role,
            groups: &token.groups,
            exp: now.as_second() + USER_TOKEN_SECONDS,
        })
    }

    /// A queue token, valid for 24 hours.
    pub fn sign_queue(&self, ticket: &Ticket, jti: Uuid, now: Timestamp) -> String {
        self.sign(&QueueClaimsOut {
            sub: ticket.user,
            aud: QUEUE_AUDIENCE,
            line: ticket.sale.0,
            epoch: ticket.epoch,
            number: ticket.number,
            admitted: ticket.admitted,
            jti,
            iat: now.as_second(),
            exp: now.as_second() + QUEUE_TOKEN_SECONDS,
        })
    }

    /// Reads a user token.
    ///
    /// # Errors
    /// The token is invalid, of the other kind, or expired at `now`.
    pub fn read_user(&self, token: &str, now: Timestamp) -> Result<UserToken, TokenError> {
        let claims: UserClaims = read_claims(self.verify(token)?, |_| None)?;
        check_window(claims.exp, claims.nbf, now)?;
        Ok(UserToken {
            user: claims.sub,
            role: claims.role.unwrap_or(Role::User),
            groups: claims.groups.unwrap_or_default().0,
        })
    }

    /// A new user token for the person of this one, if it is valid and older than an hour.
    ///
    /// Only tokens of fans that were signed here are renewed. How long another issuer's token lasts is that
    /// issuer's decision. An operator's token must be printed again, so that nobody can keep a copied one
    /// alive for ever.
    pub fn renew_user(&self, token: &str, now: Timestamp) -> Option<String> {
        let read = self.read_user(token, now).ok()?;
        let claims: RenewedClaims = read_claims(self.verify(token).ok()?, |_| None).ok()?;
        let age = USER_TOKEN_SECONDS - (claims.exp.0 - now.as_second());
        let is_due =
            claims.iss == ISSUER && read.role == Role::User && age >= USER_TOKEN_RENEWED_AFTER_SECONDS;
        is_due.then(|| self.sign_user_token(&read, now))
    }

    /// Reads a queue token.
    ///
    /// # Errors
    /// The token is invalid, of the other kind, or expired at `now`.
    pub fn read_queue(&self, token: &str, now: Timestamp) -> Result<Ticket, TokenError> {
        let claims: QueueClaims = read_claims(self.verify(token)?, canonical::queue_claims)?;
        if !(1..=NUMBER_MAX).contains(&claims.number) {
            return Err(TokenError::Invalid);
        }
        check_window(claims.exp, claims.nbf, now)?;
        let QueueClaims { sub, line, epoch, number, admitted, .. } = claims;
        Ok(Ticket { user: sub, sale: SaleId(line), epoch, number, admitted })
    }

    fn sign<C: Serialize>(&self, claims: &C) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are plain JSON");
        // Every join signs a token. Base64 takes four bytes for three, so this is room for all of it.
        let mut token = String::with_capacity(OWN_HEADER.len() + 2 * (claims.len() + SIGNATURE_BYTES));
        token.push_str(OWN_HEADER);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.mac.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Checks signature and header, and returns the claims, still encoded.
    fn verify<'t>(&self, token: &'t str) -> Result<&'t str, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let mut given = [0; SIGNATURE_BYTES];
        if URL_SAFE_NO_PAD.decode_slice(signature, &mut given) != Ok(SIGNATURE_BYTES) {
            return Err(TokenError::Invalid);
        }
        // This compares in constant time.
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
struct UserClaimsOut<'a> {
    sub: Uuid,
    aud: &'static str,
    iss: &'static str,
    role: Role,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    groups: &'a [String],
    exp: i64,
}

#[derive(Serialize)]
struct QueueClaimsOut {
    sub: Uuid,
    aud: &'static str,
    line: Uuid,
    epoch: u32,
    number: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admitted: bool,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Claims of a token that is read. Other claims are ignored: identity providers add their own.
trait Claims: DeserializeOwned {
    /// Whether the audience is that of this kind.
    fn has_audience(&self) -> bool;
    /// Whether the audience is that of the other kind only.
    fn is_other_kind(audience: Audience) -> bool;
}

#[derive(Deserialize)]
struct UserClaims {
    sub: Uuid,
    aud: Audience,
    role: Option<Role>,
    groups: Option<Groups>,
    exp: Seconds,
    nbf: Option<Seconds>,
}

/// What decides whether a user token is renewed.
#[derive(Deserialize)]
struct RenewedClaims {
    aud: Audience,
    iss: String,
    exp: Seconds,
}

#[derive(Deserialize)]
struct QueueClaims {
    sub: Uuid,
    aud: Audience,
    line: Uuid,
    epoch: u32,
    number: u64,
    #[serde(default)]
    admitted: bool,
    #[serde(rename = "jti")]
    _jti: Uuid,
    #[serde(rename = "iat")]
    _iat: Seconds,
    exp: Seconds,
    nbf: Option<Seconds>,
}

/// The parts of another signer's header that must be checked.
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
    fn has_audience(&self) -> bool {
        self.aud.user
    }

    fn is_other_kind(audience: Audience) -> bool {
        audience.queue && !audience.user
    }
}

impl Claims for RenewedClaims {
    fn has_audience(&self) -> bool {
        self.aud.user
    }

    fn is_other_kind(audience: Audience) -> bool {
        UserClaims::is_other_kind(audience)
    }
}

impl Claims for QueueClaims {
    fn has_audience(&self) -> bool {
        self.aud.queue
    }

    fn is_other_kind(audience: Audience) -> bool {
        audience.user && !audience.queue
    }
}

/// Reads verified claims; `fast` reads the exact form in which they are written here.
fn read_claims<C: Claims>(encoded: &str, fast: fn(&[u8]) -> Option<C>) -> Result<C, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Invalid)?;
    if let Some(claims) = fast(&json) {
        return Ok(claims);
    }
    match serde_json::from_slice::<C>(&json) {
        Ok(claims) if claims.has_audience() => Ok(claims),
        _ => Err(claims_error::<C>(&json)),
    }
}

fn claims_error<C: Claims>(json: &[u8]) -> TokenError {
    match serde_json::from_slice::<AnyClaims>(json) {
        Ok(claims) if C::is_other_kind(claims.aud) => TokenError::Kind,
        _ => TokenError::Invalid,
    }
}

/// Checks the header of a token that an identity provider signed: the algorithm must be HS256, and critical
/// extensions are not supported.
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
pub(crate) mod testing;
#[cfg(test)]
mod tests;
