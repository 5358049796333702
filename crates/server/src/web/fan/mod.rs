//! What fans see.

mod checkout;
mod dates;
mod line;
mod seats;
mod session;
mod tickets;
mod wallet;

use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::door::Sorry;
use super::notice::said_of;
use super::see_other;
use crate::api::error::ApiError;
use crate::app::Shared;

pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![
        ("/", get(dates::page)),
        ("/line", get(line::page).post(line::join)),
        ("/line/leave", post(line::leave)),
        ("/enter", get(session::invitation).post(session::enter)),
        ("/language", post(session::choose_language)),
        ("/sale/{id}", get(seats::page)),
        ("/sale/{id}/hold", post(seats::hold)),
        ("/checkout", get(checkout::page)),
        ("/checkout/give-back", post(checkout::give_back)),
        ("/checkout/pay", post(checkout::pay)),
        ("/wallet", get(wallet::page)),
        ("/wallet/charge", post(wallet::charge)),
        ("/tickets", get(tickets::page)),
        ("/tickets/{bill}", get(tickets::receipt)),
    ]
}

/// Goes back to the page of the form that was refused, where `query` holds what was chosen, and says why; what no form can
/// come to is an error page.
fn refused(page: &str, query: &str, error: ApiError) -> Result<Response, Sorry> {
    match said_of(&error) {
        Some(said) if query.is_empty() => Ok(see_other(&format!("{page}?{said}"))),
        Some(said) => Ok(see_other(&format!("{page}?{said}&{query}"))),
        None => Err(error.into()),
    }
}
