//! Joining a sale's line.

use std::sync::Arc;
use std::time::Duration;

use onsale_booking::access::Access;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::refusal::Missing;
use onsale_booking::sale::Sale;
use onsale_booking::{Command, Outcome, Refusal};
use tokio::time::timeout;

use crate::app::App;
use crate::error::{AppError, mismatched};
use crate::line_status::LineStatus;
use crate::sales::access_code;
use crate::tokens::Ticket;

/// How long a join waits for the store to say what the sale asks for.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// Who wants to join which line.
#[derive(Debug, Clone, Copy)]
pub struct JoinRequest<'a> {
    /// Who.
    pub user: UserId,
    /// The groups that their token names.
    pub groups: &'a [String],
    /// The sale; `None` for the main one.
    pub sale: Option<SaleId>,
    /// The access code they have entered.
    pub code: Option<&'a str>,
}

impl JoinRequest<'_> {
    /// Joins the main sale's line, without groups or a code.
    pub fn to_main(user: UserId) -> Self {
        Self { user, groups: &[], sale: None, code: None }
    }
}

impl App {
    /// Gives a user a place in a sale's line, or finds the one they have there. Returns its ticket and
    /// status. Of a sale by access code, a use of the code is bound to them first.
    ///
    /// # Errors
    /// There is no such sale; `GroupRequired`, `SaleNotOpen`, `SaleClosed`, `CodeInvalid`, `CodeUsedUp`; the
    /// line or the store does not answer.
    pub async fn join(&self, request: JoinRequest<'_>) -> Result<(Ticket, LineStatus), AppError> {
        let sale = request.sale.unwrap_or_else(|| self.main_sale());
        let known = self.sale_to_join(sale).await?;
        known.check_join(request.groups, self.now())?;
        if known.access == Access::Code {
            self.redeem_code(sale, request.user, request.code).await?;
        }
        self.admissions.find(sale).await?.join(request.user).await
    }

    /// The sale as it is now: what it asks for may have changed at another instance a moment ago. While the
    /// store does not answer, joins go on by what this instance knows, as the line itself does.
    async fn sale_to_join(&self, sale: SaleId) -> Result<Arc<Sale>, AppError> {
        match timeout(READ_WITHIN, self.store.sales.current(sale)).await {
            Ok(Ok(current)) => Ok(current.ok_or(Refusal::NotFound(Missing::Sale))?),
            Ok(Err(_)) | Err(_) => self.store.sales.get(sale).ok_or(AppError::Unavailable),
        }
    }

    /// Binds a use of an access code to a person, unless they have redeemed one or stand in line already.
    async fn redeem_code(&self, sale: SaleId, user: UserId, code: Option<&str>) -> Result<(), AppError> {
        let has_place = async || {
            Ok::<_, AppError>(self.admissions.find(sale).await?.state_of_user(user).await?.is_some())
        };
        if self.store.reads.has_redeemed(sale, user).await? || has_place().await? {
            return Ok(());
        }
        let code = code.and_then(|text| access_code::hash(sale, text)).ok_or(Refusal::CodeInvalid)?;
        match self.submit(Command::RedeemCode { user, sale, code }).await? {
            Outcome::CodeRedeemed { .. } => Ok(()),
            other => Err(mismatched(&other)),
        }
    }
}
