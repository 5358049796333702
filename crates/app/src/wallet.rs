//! Users and their wallets.

use onsale_booking::ids::{MovementId, UserId};
use onsale_booking::money::Money;
use onsale_booking::request::RequestKey;
use onsale_booking::user::User;
use onsale_booking::{Command, Outcome};
use uuid::Uuid;

use crate::app::App;
use crate::error::{AppError, mismatched};

impl App {
    /// Creates a user with this name.
    ///
    /// # Errors
    /// An invalid name; the store is busy; the outcome is unknown.
    pub async fn register(&self, name: String) -> Result<User, AppError> {
        match self.submit(Command::Register { user: UserId(Uuid::now_v7()), name, key: None }).await? {
            Outcome::Registered(user) => Ok(user),
            other => Err(mismatched(&other)),
        }
    }

    /// A user's balance; zero for a user who never charged their wallet.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn balance(&self, user: UserId) -> Result<Money, AppError> {
        Ok(self.store.reads.balance(user).await?)
    }

    /// Charges a wallet and returns its balance. With a key, a repeated request charges only once. A form
    /// charges only a wallet with the balance that its page showed.
    ///
    /// # Errors
    /// A refusal; the store is busy; the outcome is unknown.
    pub async fn charge(
        &self,
        user: UserId,
        amount: Money,
        key: Option<RequestKey>,
        seen: Option<Money>,
    ) -> Result<Money, AppError> {
        let movement = MovementId(Uuid::now_v7());
        match self.submit(Command::Charge { user, amount, movement, key, seen }).await? {
            Outcome::Charged { balance, .. } => Ok(balance),
            other => Err(mismatched(&other)),
        }
    }
}
