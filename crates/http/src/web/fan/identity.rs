//! Who a browser is recognised as, and what they have there.

use onsale_app::error::AppError;
use onsale_booking::ids::UserId;
use onsale_line::NumberState;

use super::super::format::{Times, fill, isolated};
use super::super::language::Language;
use crate::numbers::number;
use crate::site::Shared;

/// Sentences for somebody whom their browser is about to forget: their name, their place and their seats.
pub(super) async fn facts(site: &Shared, language: Language, user: UserId) -> Result<Vec<String>, AppError> {
    let (person, held) = (site.app.person(user).await?, site.app.live_holds(user).await?);
    let (w, times) = (language.words(), Times::of(site, language));
    let name = person.user.map(|user| user.name).filter(|name| !name.is_empty());
    let mut facts = vec![match name {
        Some(name) => fill(w.enter_now, &[("name", &isolated(&name))]),
        None => w.enter_now_nameless.to_owned(),
    }];
    let places = person.place.into_iter().chain(person.other_places);
    facts.extend(places.filter_map(|line| match line.state {
        NumberState::Inside { until } => Some(fill(w.enter_now_inside, &[("time", &times.clock(until))])),
        NumberState::Ended | NumberState::Unknown => None,
        _ => Some(fill(w.enter_now_in_line, &[("n", &number(line.number))])),
    }));
    facts.extend(match held.len() {
        0 => None,
        1 => Some(w.enter_now_seats_one.to_owned()),
        n => Some(fill(w.enter_now_seats, &[("n", &n)])),
    });
    Ok(facts)
}
