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

use super::notice::notice_query;
use super::page::see_other;
use super::page_error::PageError;
use onsale_app::error::AppError;

use crate::site::Shared;

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
        ("/checkout/give-back", post(checkout::release)),
        ("/checkout/pay", post(checkout::pay)),
        ("/wallet", get(wallet::page)),
        ("/wallet/charge", post(wallet::charge)),
        ("/tickets", get(tickets::page)),
        ("/tickets/{bill}", get(tickets::receipt)),
    ]
}

/// Sends the browser back to the page of a refused form with the reason; `query` keeps what was chosen there.
/// Errors that no form can cause become an error page.
fn refused(page: &str, query: &str, error: AppError) -> Result<Response, PageError> {
    match notice_query(&error) {
        Some(said) if query.is_empty() => Ok(see_other(&format!("{page}?{said}"))),
        Some(said) => Ok(see_other(&format!("{page}?{said}&{query}"))),
        None => Err(error.into()),
    }
}
