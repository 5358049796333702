//! Strangers who join through the pages. One visit of a browser makes at most one user.
//!
//! docs/adr/0020-one-user-per-visit.md says what each part keeps away, session fixation above all.

use jiff::SignedDuration;
use onsale_booking::ids::UserId;
use onsale_booking::request::RequestKey;
use onsale_booking::{Command, Outcome, Refusal};

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::tokens::Stamp;

/// How old a form may be when it is sent.
pub const FORM_AGE_MAX: SignedDuration = SignedDuration::from_hours(12);
/// How old a visit may be when its form is sent.
pub const VISIT_AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// How long the same form may be sent again: the presses of one impatient person.
pub const SENT_AGAIN_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// What became of a form for joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// The visit's user, who was registered by this very form.
    User(UserId),
    /// The form or its visit is too old, or the visit has registered its user by another form or earlier.
    Over,
}

impl App {
    /// Registers the user of a visit under this name. Sent again at once, the same form gets the same user;
    /// any other request with that visit gets nobody.
    ///
    /// # Errors
    /// An invalid name; the store is busy; the outcome is unknown.
    pub async fn register_visitor(
        &self,
        visit: &Stamp,
        form: &Stamp,
        name: String,
    ) -> Result<Registration, AppError> {
        let now = self.now();
        if !visit.is_younger_than(VISIT_AGE_MAX, now) || !form.is_younger_than(FORM_AGE_MAX, now) {
            return Ok(Registration::Over);
        }
        let (user, key) = (UserId(self.keys.user_of_visit(visit)), RequestKey::new(&form.id.to_string()));
        match self.submit(Command::Register { user, name, key }).await {
            Ok(Outcome::Registered(user)) => {
                // The time of the first press, by the store's clock.
                let is_again = self.now().duration_since(user.created_at) < SENT_AGAIN_WITHIN;
                Ok(if is_again { Registration::User(user.id) } else { Registration::Over })
            }
            Ok(other) => Err(mismatched(&other)),
            Err(AppError::Refused(Refusal::AlreadyRegistered)) => Ok(Registration::Over),
            Err(error) => Err(error),
        }
    }
}
