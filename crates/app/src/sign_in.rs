//! Signing a browser in: by a user token, or by a code that counts once.

use onsale_booking::ids::UserId;
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome, Refusal};
use uuid::Uuid;

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::tokens::Role;
use crate::visits::SENT_AGAIN_WITHIN;

impl App {
    /// Whom a code or a user token would sign in. Asking does not use a code up.
    pub fn user_of_code(&self, text: &str) -> Option<UserId> {
        let now = self.now();
        if let Some(code) = self.keys.read_sign_in_code(text, now) {
            return Some(UserId(code.user));
        }
        self.fan_of_token(text).map(UserId)
    }

    /// The user of a fan's token. An operator's is for operators' pages, whose cookie is bound more tightly.
    fn fan_of_token(&self, text: &str) -> Option<Uuid> {
        let token = self.keys.read_user(text, self.now()).ok()?;
        (token.role == Role::User).then_some(token.user)
    }

    /// Signs the browser `by` in and returns its user token; `None` if the code is not valid any more. A code
    /// is used up, whichever browser comes first; pressed twice, that one gets its token again.
    ///
    /// # Errors
    /// The store is busy; the outcome is unknown.
    pub async fn sign_in(&self, text: &str, by: Uuid) -> Result<Option<String>, AppError> {
        let now = self.now();
        let Some(code) = self.keys.read_sign_in_code(text, now) else {
            let is_valid = self.fan_of_token(text).is_some();
            let renewed = self.keys.renew_user(text, now);
            return Ok(is_valid.then(|| renewed.unwrap_or_else(|| text.to_owned())));
        };
        let Some(key) = RequestKey::new(&code.hash) else { return Ok(None) };
        match self.submit(Command::UseCode { user: UserId(code.user), by, code: key }).await {
            Ok(Outcome::SignedIn { user, at }) => {
                let is_again = self.now().duration_since(at) < SENT_AGAIN_WITHIN;
                Ok(is_again.then(|| self.keys.sign_user(user.0, Role::User, self.now())))
            }
            Ok(other) => Err(mismatched(&other)),
            Err(AppError::Refused(Refusal::IdempotencyKeyReused)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
