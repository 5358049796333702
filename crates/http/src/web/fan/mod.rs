//! The fans' pages.

mod checkout;
mod dates;
mod enter;
mod fairness;
mod here;
mod identity;
mod join_form;
mod leave;
mod line;
mod parts;
mod place;
mod sales;
mod seat_limit;
mod seats;
mod session;
mod sign_out;
mod tickets;
mod titles;
mod turn;
mod waiting;
mod wallet;

use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::notice::{NoticeCode, see_other_with};
use super::page_error::PageError;
use onsale_app::error::AppError;

use crate::site::Shared;

pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![
        ("/", get(dates::page)),
        ("/line", get(line::page).post(line::join)),
        ("/line/leave", get(leave::page).post(leave::leave)),
        ("/sales/{id}", get(line::page_of_sale).post(line::join_sale)),
        ("/sales/{id}/leave", get(leave::page_of_sale).post(leave::leave_sale)),
        ("/sales/{id}/fairness", get(fairness::page)),
        ("/enter", get(enter::page).post(enter::enter)),
        ("/sign-out", get(sign_out::page).post(sign_out::sign_out)),
        ("/language", post(session::choose_language)),
        ("/sale/{id}", get(seats::page)),
        ("/sale/{id}/hold", post(seats::hold)),
        ("/sale/{id}/parts", get(parts::changes)),
        ("/checkout", get(checkout::page)),
        ("/checkout/release", post(checkout::release)),
        ("/checkout/pay", post(checkout::pay)),
        ("/wallet", get(wallet::page)),
        ("/wallet/charge", post(wallet::charge)),
        ("/tickets", get(tickets::page)),
        ("/tickets/{bill}", get(tickets::receipt)),
    ]
}

/// Redirects to the page of a refused form, which shows a notice of the error; its query may have what the
/// visitor had chosen there. An error that has no notice becomes an error page.
fn refused(page: &str, error: AppError) -> Result<Response, PageError> {
    match NoticeCode::of(&error) {
        Some(notice) => Ok(see_other_with(page, &notice)),
        None => Err(error.into()),
    }
}
