//! The forms for a new sale, and for changing one.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use onsale_app::error::AppError;
use onsale_app::sales::OrderChoice;
use onsale_booking::Refusal;
use onsale_booking::ids::SaleId;
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::sale::Sale;
use uuid::Uuid;

use super::super::form::Form;
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::SignedIn;
use super::fields::{Difference, bad_time};
use super::sale_fields::{SaleFields, SaleForm, Terms};
use super::shown_sale::ShownSale;
use super::steered::{Steered, cockpit_of, home_of};
use crate::site::{Shared, Site};

#[derive(Template)]
#[template(path = "operator/sale_form.html")]
struct SaleFormPage<'a> {
    f: PageLayout<'a>,
    title: &'static str,
    action: String,
    /// A new sale's identity: sent twice, the form makes one sale. Empty for a change.
    id: String,
    /// The sale that is changed as the page shows it, and its concerts.
    seen: (String, String),
    is_new: bool,
    /// Whether times and order can be set: the main sale has none.
    has_times: bool,
    /// Why the form was not accepted, if no field is wrong.
    alert: Option<&'static str>,
    /// What has changed since the page of the form was shown.
    differences: Vec<Difference>,
    fields: SaleFields,
    concerts: Vec<Choice>,
    times_hint: String,
}

/// A concert that the sale may sell.
struct Choice {
    id: Uuid,
    name: String,
    date: String,
    is_chosen: bool,
}

/// What the form is for, and what it carries.
enum Carries<'a> {
    /// A new sale's identity.
    New(String),
    /// The sale that is changed, as a page showed it: its two fields.
    Change(&'a Sale, (String, String)),
}

/// Why the form is shown again, if no field is wrong.
#[derive(Default)]
struct Why {
    alert: Option<&'static str>,
    differences: Vec<Difference>,
}

impl From<Option<&'static str>> for Why {
    fn from(alert: Option<&'static str>) -> Self {
        Self { alert, ..Self::default() }
    }
}

/// The empty form.
pub(super) async fn empty(State(site): State<Shared>, signed_in: SignedIn) -> Response {
    let id = Uuid::now_v7().to_string();
    form_page(&site, &signed_in, Carries::New(id), SaleFields::empty(), Why::default())
}

/// Makes the sale of this form, or shows the form again.
pub(super) async fn create(
    State(site): State<Shared>,
    signed_in: SignedIn,
    Form(form): Form<SaleForm>,
) -> Result<Response, PageError> {
    let (o, s) = (signed_in.language.operator_words(), signed_in.language.sale_words());
    let mut fields = SaleFields::of_form(&form);
    let again = |fields, id: String, alert: Option<&'static str>| {
        Ok(form_page(&site, &signed_in, Carries::New(id), fields, alert.into()))
    };
    let new_id = || Uuid::now_v7().to_string();
    let Some(id) = Uuid::parse_str(&form.id).ok().filter(|id| id.get_version_num() == 7) else {
        return again(fields, new_id(), Some(o.form_incomplete));
    };
    let zone = &site.app.config.time_zone;
    let Some(terms) = fields.read(zone, &bad_time(&signed_in), (o, s), None) else {
        return again(fields, form.id, None);
    };
    let order = order_of(&fields);
    let new = new_sale(SaleId(id), terms, &fields, &signed_in);
    match site.app.create_sale(new, order).await {
        // The form may have been sent twice.
        Ok(_) | Err(AppError::Refused(Refusal::SaleExists { is_same: true })) => {
            Ok(see_other_with(&cockpit_of(SaleId(id)), &NoticeCode::new("sale_made")))
        }
        Err(AppError::Refused(Refusal::SaleExists { is_same: false })) => {
            again(fields, new_id(), Some(s.sale_exists))
        }
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => {
            let alert = (!fields.refuse(field, (o, s))).then_some(s.bad_concerts);
            again(fields, form.id, alert)
        }
        Err(AppError::Unavailable) => again(fields, form.id, Some(o.notice_unavailable)),
        Err(error) => Err(error.into()),
    }
}

/// The form with a sale's terms.
pub(super) async fn filled(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
) -> Result<Response, PageError> {
    let sale = site.app.current_sale(steered.sale.id).await?;
    let shown = ShownSale::of(&site, &sale);
    let carries = Carries::Change(&sale, shown.written());
    Ok(form_page(&site, &signed_in, carries, shown.fields, Why::default()))
}

/// Changes a sale as this form says, or shows the form again with what was typed. Nothing is done if the sale
/// has been changed since the page was shown.
pub(super) async fn change(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    Form(form): Form<SaleForm>,
) -> Result<Response, PageError> {
    let (o, s) = (signed_in.language.operator_words(), signed_in.language.sale_words());
    let sale = site.app.current_sale(steered.sale.id).await?;
    let mut fields = SaleFields::of_form(&form);
    let Some(shown) = ShownSale::read(&form.seen, &form.seen_concerts) else {
        let carries = Carries::Change(&sale, ShownSale::of(&site, &sale).written());
        return Ok(form_page(&site, &signed_in, carries, fields, Some(o.form_incomplete).into()));
    };
    let again = |fields, alert: Option<&'static str>| {
        let carries = Carries::Change(&sale, (form.seen, form.seen_concerts));
        Ok(form_page(&site, &signed_in, carries, fields, alert.into()))
    };
    let zone = &site.app.config.time_zone;
    let Some(terms) = fields.read(zone, &bad_time(&signed_in), (o, s), Some(&sale)) else {
        return again(fields, None);
    };
    let (changes, order) = changes(&site, &sale, terms, &fields);
    match site.app.change_sale(sale.id, changes, order, Some(shown.seen()), signed_in.user).await {
        Ok(_) => Ok(see_other_with(&home_of(&sale), &NoticeCode::new("sale_changed"))),
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => {
            let alert = (!fields.refuse(field, (o, s))).then_some(s.bad_concerts);
            again(fields, alert)
        }
        Err(AppError::Refused(Refusal::SaleChanged)) => {
            changed_meanwhile(&site, &signed_in, sale.id, &shown, fields).await
        }
        Err(AppError::Unavailable) => again(fields, Some(o.notice_unavailable)),
        Err(error) => Err(error.into()),
    }
}

/// The form for a sale that has changed since its page was shown: what was typed onto the sale as it is now.
async fn changed_meanwhile(
    site: &Shared,
    signed_in: &SignedIn,
    sale: SaleId,
    shown: &ShownSale,
    typed: SaleFields,
) -> Result<Response, PageError> {
    let words = (signed_in.language.operator_words(), signed_in.language.sale_words());
    let sale = site.app.current_sale(sale).await?;
    let now = ShownSale::of(site, &sale);
    let differences = shown.differences(&now, site, words);
    let fields = typed.onto(&shown.fields, &now.fields);
    let s = words.1;
    let why = Why { alert: Some(s.sale_changed_since), differences };
    Ok(form_page(site, signed_in, Carries::Change(&sale, now.written()), fields, why))
}

fn order_of(fields: &SaleFields) -> OrderChoice {
    if fields.is_draw { OrderChoice::Draw } else { OrderChoice::Arrival }
}

fn new_sale(id: SaleId, terms: Terms, fields: &SaleFields, signed_in: &SignedIn) -> NewSale {
    NewSale {
        id,
        name: terms.name,
        listed: fields.listed,
        order: NewOrder::Arrival,
        beacon_source: terms.beacon_source,
        lobby_at: terms.lobby_at,
        opens_at: terms.opens_at,
        closes_at: terms.closes_at,
        seats_per_person: terms.seats_per_person,
        access: terms.access,
        concerts: terms.concerts,
        dials: NewDials {
            capacity: terms.capacity,
            rate_per_minute: terms.rate_per_minute,
            paused: Some(fields.paused),
        },
        created_by: Some(signed_in.user),
    }
}

/// What differs from the sale.
fn changes(
    site: &Site,
    sale: &Sale,
    terms: Terms,
    fields: &SaleFields,
) -> (SaleChanges, Option<OrderChoice>) {
    fn differs<T: PartialEq>(new: T, old: &T) -> Option<T> {
        (new != *old).then_some(new)
    }
    let members: BTreeSet<_> = site.app.members_of(sale.id).into_iter().collect();
    let source = sale.draw().and_then(|draw| draw.beacon_source.clone());
    let is_draw = sale.draw().is_some();
    let changes = SaleChanges {
        name: differs(terms.name, &sale.name),
        listed: differs(fields.listed, &sale.listed),
        order: None,
        beacon_source: differs(terms.beacon_source, &source)
            .filter(|source| fields.is_draw || source.is_some()),
        lobby_at: differs(terms.lobby_at, &sale.times.lobby_at).filter(|_| !sale.is_main),
        opens_at: differs(terms.opens_at, &sale.times.opens_at).filter(|_| !sale.is_main),
        closes_at: differs(terms.closes_at, &sale.times.closes_at).filter(|_| !sale.is_main),
        seats_per_person: differs(terms.seats_per_person, &sale.seats_per_person),
        access: differs(terms.access, &sale.access),
        concerts: (terms.concerts.iter().copied().collect::<BTreeSet<_>>() != members)
            .then_some(terms.concerts),
        beacon: None,
    };
    (changes, (fields.is_draw != is_draw && !sale.is_main).then(|| order_of(fields)))
}

fn form_page(
    site: &Shared,
    signed_in: &SignedIn,
    carries: Carries<'_>,
    fields: SaleFields,
    why: Why,
) -> Response {
    let (sale, id, seen) = match carries {
        Carries::New(id) => (None, id, Default::default()),
        Carries::Change(sale, seen) => (Some(sale), String::new(), seen),
    };
    let action = match sale {
        Some(sale) => format!("{}/change", cockpit_of(sale.id)),
        None => "/operator/sales/new".to_owned(),
    };
    let f = PageLayout::for_operators(site, signed_in.language, &action);
    let times = Times::of(site, signed_in.language);
    let choice = |map: &std::sync::Arc<onsale_app::seats::SeatMap>| Choice {
        id: map.concert.id.0,
        name: map.concert.name.clone(),
        date: times.moment(map.concert.event_date),
        is_chosen: fields.concerts.contains(&map.concert.id.0),
    };
    let page = SaleFormPage {
        title: if sale.is_some() { f.s.change_sale } else { f.s.make_sale },
        action: action.clone(),
        id,
        seen,
        is_new: sale.is_none(),
        has_times: sale.is_none_or(|sale| !sale.is_main),
        alert: why.alert,
        differences: why.differences,
        concerts: site.app.concerts().iter().map(choice).collect(),
        times_hint: fill(f.o.times_hint, &[("zone", &f.zone)]),
        fields,
        f,
    };
    Page(page).into_response()
}
