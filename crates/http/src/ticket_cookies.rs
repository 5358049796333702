//! The cookies that hold a browser's places in line: one for the main sale, and one for each other sale.

use axum::http::HeaderMap;
use onsale_booking::ids::SaleId;
use uuid::Uuid;

use crate::cookies::{self, DoubledCookie, TICKET};

/// The most sales besides the main one whose places a browser keeps: each token has some 400 bytes, and every
/// request sends them all. Of a place whose cookie is gone, the line knows the person.
pub(crate) const OTHERS_MAX: usize = 6;

/// The name of the cookie with a sale's place; `None` is the main sale.
pub(crate) fn name(sale: Option<SaleId>) -> String {
    of_sale(TICKET, sale)
}

/// The name of a cookie of which each sale has its own.
pub(crate) fn of_sale(name: &str, sale: Option<SaleId>) -> String {
    match sale {
        Some(sale) => format!("{name}_{}", sale.0.simple()),
        None => name.to_owned(),
    }
}

/// The main sale's value, and those of other sales.
type OfSales = (Option<String>, Vec<(SaleId, String)>);

/// The values of a cookie of which each sale has its own: the main sale's, and those of the other sales, the
/// oldest first.
///
/// # Errors
/// One of them is there twice.
pub(crate) fn of_sales(headers: &HeaderMap, is_https: bool, name: &str) -> Result<OfSales, DoubledCookie> {
    let main = cookies::find(headers, is_https, name)?.map(str::to_owned);
    let others = cookies::find_all(headers, is_https, &format!("{name}_"))?;
    let others = others.into_iter().filter_map(|(sale, value)| Some((sale_of(sale)?, value.to_owned())));
    Ok((main, others.collect()))
}

/// The queue token in the cookie of the sale that a query names with `saleId`, or else of the main sale.
///
/// # Errors
/// There are two cookies of this name.
pub(crate) fn named_by<'h>(
    headers: &'h HeaderMap,
    is_https: bool,
    query: Option<&str>,
    main_sale: SaleId,
) -> Result<Option<&'h str>, DoubledCookie> {
    let named = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("saleId="));
    let sale = named.and_then(|id| Uuid::try_parse(id).ok()).map(SaleId).filter(|sale| *sale != main_sale);
    cookies::find(headers, is_https, &name(sale))
}

/// Reads a sale as the name of a cookie has it, in this form only.
fn sale_of(text: &str) -> Option<SaleId> {
    let sale = SaleId(Uuid::try_parse(text).ok()?);
    (sale.0.simple().to_string() == text).then_some(sale)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;

    use super::*;

    const MAIN: SaleId = SaleId(Uuid::from_u128(1));
    const PRESALE: SaleId = SaleId(Uuid::from_u128(0xA7));

    fn headers(cookies: &str) -> HeaderMap {
        [(COOKIE, HeaderValue::from_str(cookies).unwrap())].into_iter().collect()
    }

    #[test]
    fn each_sale_has_a_cookie_of_its_own() {
        let presale = "onsale_ticket_000000000000000000000000000000a7";
        assert_eq!((name(None).as_str(), name(Some(PRESALE)).as_str()), ("onsale_ticket", presale));
        let headers = headers(&format!("{presale}=p; onsale_ticket=m; onsale_ticket_A7=x; onsale_ticket_=y"));
        let found = of_sales(&headers, false, TICKET);
        assert_eq!(found, Ok((Some("m".to_owned()), vec![(PRESALE, "p".to_owned())])));
    }

    #[test]
    fn a_request_names_the_sale_whose_cookie_counts() {
        let headers = headers(&format!("{}=p; onsale_ticket=m", name(Some(PRESALE))));
        let found = |query: Option<String>| named_by(&headers, false, query.as_deref(), MAIN).unwrap();
        assert_eq!(found(None), Some("m"));
        assert_eq!(found(Some("from=1".to_owned())), Some("m"));
        assert_eq!(found(Some(format!("saleId={}", MAIN.0))), Some("m"));
        assert_eq!(found(Some(format!("from=1&saleId={}", PRESALE.0))), Some("p"));
        assert_eq!(found(Some(format!("saleId={}", Uuid::from_u128(9)))), None);
    }
}
