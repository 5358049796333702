//! The JSON API: its routes and the OpenAPI document made from them.

mod charges;
mod concerts;
mod dates;
mod document;
mod enqueues;
mod events;
mod extract;
mod fast_path;
mod health;
mod line;
mod mine;
pub mod model;
mod payments;
mod reservations;
mod sales;
mod seat_events;
mod seats;
mod users;

use axum::routing::MethodRouter;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

pub(crate) use self::fast_path::fast_path;
use crate::site::Shared;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "onsale", description = "A self-hosted ticket on-sale server: waiting line, seat holds, wallet and \
        payment. Join the line of a sale with a user token, poll as often as `pollAfterMs` says, and use the queue token \
        for everything after that."),
    tags(
        (name = "users", description = "Creating users"),
        (name = "sales", description = "What people queue for. Needs no token"),
        (name = "line", description = "The waiting line"),
        (name = "concerts", description = "What is on sale. Needs an admitted queue token"),
        (name = "seats", description = "Holding, releasing and paying. Needs an admitted queue token"),
        (name = "wallet", description = "Money, tickets and bills. Needs a user token"),
        (name = "operators", description = "Running a sale. Needs an operator token"),
        (name = "watching", description = "Health and metrics"),
    )
)]
struct Document;

/// Routes under `/v1` that also exist without a version.
fn routes_with_alias() -> Vec<UtoipaMethodRouter<Shared>> {
    vec![
        routes!(enqueues::join, enqueues::poll, enqueues::leave),
        routes!(events::follow),
        routes!(concerts::list, concerts::create),
        routes!(seats::list),
        routes!(seat_events::follow),
        routes!(reservations::hold, reservations::release),
        routes!(reservations::hold_several),
        routes!(payments::pay),
        routes!(payments::pay_several),
        routes!(charges::balance, charges::charge),
    ]
}

/// Routes with one path only.
fn other_routes() -> Vec<UtoipaMethodRouter<Shared>> {
    vec![
        routes!(users::create),
        routes!(dates::list),
        routes!(dates::seats),
        routes!(mine::reservations),
        routes!(mine::bills),
        routes!(sales::list, sales::create),
        routes!(sales::show, sales::change),
        routes!(sales::add_codes),
        routes!(sales::fairness),
        routes!(line::show, line::set_dials),
        routes!(line::show_of_sale, line::set_dials_of_sale),
        routes!(health::live),
        routes!(health::ready),
        routes!(health::metrics),
    ]
}

/// Every path with its methods, including the paths without a version. Each is a route of its own, because
/// nesting would rewrite the path of every request.
pub(crate) fn routes() -> impl Iterator<Item = (String, MethodRouter<Shared>)> {
    let documented = routes_with_alias().into_iter().chain(other_routes()).flat_map(with_path);
    let aliases = routes_with_alias().into_iter().flat_map(with_path).filter_map(|(path, methods)| {
        let path = path.strip_prefix("/v1")?.to_owned();
        Some((path, methods))
    });
    documented.chain(aliases)
}

fn with_path(
    (_, paths, methods): UtoipaMethodRouter<Shared>,
) -> impl Iterator<Item = (String, MethodRouter<Shared>)> {
    paths.paths.into_keys().map(move |path| (path, methods.clone()))
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    let empty = OpenApiRouter::with_openapi(Document::openapi());
    let documented = routes_with_alias().into_iter().chain(other_routes()).fold(empty, OpenApiRouter::routes);
    let mut document = documented.into_openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    let components = document.components.get_or_insert_default();
    for (name, about) in [
        (
            "userToken",
            "Identifies a user. From `POST /v1/users`, or signed by an identity provider that shares the secret.",
        ),
        ("queueToken", "Identifies a place in line. From `POST /v1/enqueues`."),
        ("operatorToken", "A user token with role operator. From `onsale token --operator`."),
        ("metricsToken", "The text of the setting `metrics_token`."),
    ] {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = SecurityScheme::Http(scheme.description(Some(about)).build());
        components.add_security_scheme(name, scheme);
    }
    document::complete(document)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use onsale_booking::policy::{CAPACITY_MAX, CHARGE_MAX, PRICE_MAX};
    use onsale_line::Capacity;
    use serde_json::Value;

    use crate::problem::codes;

    fn document() -> Value {
        serde_json::to_value(super::document()).unwrap()
    }

    #[test]
    fn the_schema_of_a_problem_lists_every_code() {
        let document = document();
        let listed = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
        assert_eq!(listed, Value::from(codes().collect::<Vec<_>>()));
    }

    #[test]
    fn the_schemas_have_the_bounds_of_the_rules() {
        let document = document();
        let maximum = |schema: &str, field: &str| {
            document["components"]["schemas"][schema]["properties"][field]["maximum"].as_i64()
        };
        assert_eq!(maximum("LinePatch", "capacity"), Some(Capacity::MAX.get().into()));
        assert_eq!(maximum("NewConcertBody", "capacity"), Some(CAPACITY_MAX.into()));
        assert_eq!(maximum("NewConcertBody", "price"), Some(PRICE_MAX.0));
        assert_eq!(maximum("ChargeBody", "amount"), Some(CHARGE_MAX.0));
    }

    #[test]
    fn operations_name_only_codes_that_exist() {
        let known: BTreeSet<_> = codes().collect();
        let document = document();
        let operations = document["paths"].as_object().unwrap().values().flat_map(|path| {
            path.as_object().unwrap().values().filter_map(|operation| operation["responses"].as_object())
        });
        let refusals = operations.flatten().filter(|(status, _)| status.starts_with(['4', '5']));
        let mut named = BTreeSet::new();
        for (_, response) in refusals {
            let text = response["description"].as_str().unwrap();
            named.extend(text.split('`').skip(1).step_by(2).map(str::to_owned));
        }
        named.remove("token_*");
        assert!(named.len() > 10, "{named:?}");
        let unknown: Vec<_> = named.iter().filter(|code| !known.contains(code.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
