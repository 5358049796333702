//! Reads the ticket of a queue token.

use onsale_app::tokens::Ticket;

use crate::error::HttpError;
use crate::site::Site;

/// The ticket of a queue token of this line.
///
/// # Errors
/// The token is not accepted; the line does not answer.
pub(crate) async fn read_ticket(token: &str, site: &Site) -> Result<Ticket, HttpError> {
    let ticket = site.app.keys.read_queue(token, site.app.now())?;
    site.app.check_ticket(&ticket).await?;
    Ok(ticket)
}
