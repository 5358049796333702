//! The fields of the form for a sale: as they are sent, as the page shows them, and what they mean.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use onsale_booking::access::{Access, GroupName};
use onsale_booking::ids::ConcertId;
use onsale_booking::name;
use onsale_booking::policy::SEATS_PER_PERSON_MAX;
use onsale_booking::sale::Sale;
use onsale_line::Capacity;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::format::isolated;
use super::super::words::{OperatorWords, SaleWords};
use super::fields::{Difference, Field, field_time, read_time, with_most};
use crate::numbers::read_whole;

/// The form as browsers send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SaleForm {
    pub(super) id: String,
    /// The sale as the page showed it.
    pub(super) seen: String,
    pub(super) seen_concerts: String,
    name: String,
    listed: String,
    order: String,
    lobby_at: String,
    opens_at: String,
    closes_at: String,
    beacon_source: String,
    access: String,
    group: String,
    seats_per_person: String,
    capacity: String,
    rate_per_minute: String,
    paused: String,
    concert: Vec<Uuid>,
}

/// The fields as the page shows them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SaleFields {
    pub(super) name: Field,
    pub(super) lobby_at: Field,
    pub(super) opens_at: Field,
    pub(super) closes_at: Field,
    pub(super) beacon_source: Field,
    pub(super) group: Field,
    pub(super) seats_per_person: Field,
    #[serde(skip)]
    pub(super) capacity: Field,
    #[serde(skip)]
    pub(super) rate_per_minute: Field,
    pub(super) access: String,
    pub(super) listed: bool,
    pub(super) is_draw: bool,
    #[serde(skip)]
    pub(super) paused: bool,
    #[serde(skip)]
    pub(super) concerts: Vec<Uuid>,
}

/// What the fields say.
pub(super) struct Terms {
    pub(super) name: String,
    pub(super) lobby_at: Option<Timestamp>,
    pub(super) opens_at: Option<Timestamp>,
    pub(super) closes_at: Option<Timestamp>,
    pub(super) beacon_source: Option<String>,
    pub(super) access: Access,
    pub(super) seats_per_person: Option<u32>,
    pub(super) capacity: Option<u32>,
    pub(super) rate_per_minute: Option<u32>,
    pub(super) concerts: Vec<ConcertId>,
}

/// A time of a sale as its field shows it: browsers take no finer one than milliseconds.
fn shown(zone: &TimeZone, time: Option<Timestamp>) -> String {
    let time = time.and_then(|time| Timestamp::from_millisecond(time.as_millisecond()).ok());
    time.map(|time| field_time(zone, time)).unwrap_or_default()
}

impl SaleFields {
    /// Of a form for a new sale.
    pub(super) fn empty() -> Self {
        Self { listed: true, access: "everyone".to_owned(), ..Self::default() }
    }

    /// Of a sale, whose members are these.
    pub(super) fn of_sale(zone: &TimeZone, sale: &Sale, members: &[ConcertId]) -> Self {
        let at = sale.times;
        let (access, group) = match &sale.access {
            Access::Everyone => ("everyone", ""),
            Access::Code => ("code", ""),
            Access::Group(group) => ("group", group.as_str()),
        };
        let source = sale.draw().and_then(|draw| draw.beacon_source.clone());
        Self {
            name: Field::of(sale.name.as_str()),
            lobby_at: Field::of(shown(zone, at.lobby_at)),
            opens_at: Field::of(shown(zone, at.opens_at)),
            closes_at: Field::of(shown(zone, at.closes_at)),
            beacon_source: Field::of(source.unwrap_or_default()),
            group: Field::of(group),
            seats_per_person: Field::of(
                sale.seats_per_person.map(|limit| limit.to_string()).unwrap_or_default(),
            ),
            access: access.to_owned(),
            listed: sale.listed,
            is_draw: sale.draw().is_some(),
            concerts: members.iter().map(|concert| concert.0).collect(),
            ..Self::default()
        }
    }

    /// Of a form that was sent.
    pub(super) fn of_form(form: &SaleForm) -> Self {
        let field = |text: &String| Field::of(text.as_str());
        Self {
            name: field(&form.name),
            lobby_at: field(&form.lobby_at),
            opens_at: field(&form.opens_at),
            closes_at: field(&form.closes_at),
            beacon_source: field(&form.beacon_source),
            group: field(&form.group),
            seats_per_person: field(&form.seats_per_person),
            capacity: field(&form.capacity),
            rate_per_minute: field(&form.rate_per_minute),
            access: form.access.clone(),
            listed: !form.listed.is_empty(),
            is_draw: form.order == "draw",
            paused: !form.paused.is_empty(),
            concerts: form.concert.clone(),
        }
    }

    /// What was typed where the page `showed` something else, and for the rest the sale as it is `now`.
    pub(super) fn onto(self, showed: &Self, now: &Self) -> Self {
        fn newer<T: PartialEq + Clone>(sent: T, shown: &T, now: &T) -> T {
            if sent == *shown { now.clone() } else { sent }
        }
        let field =
            |sent: Field, shown: &Field, now: &Field| Field::of(newer(sent.text, &shown.text, &now.text));
        let was: BTreeSet<_> = showed.concerts.iter().collect();
        let chosen: BTreeSet<_> = self.concerts.iter().collect();
        let kept = now.concerts.iter().filter(|id| chosen.contains(id) || !was.contains(id));
        let added = self.concerts.iter().filter(|id| !was.contains(id));
        Self {
            concerts: kept.chain(added).copied().collect(),
            name: field(self.name, &showed.name, &now.name),
            lobby_at: field(self.lobby_at, &showed.lobby_at, &now.lobby_at),
            opens_at: field(self.opens_at, &showed.opens_at, &now.opens_at),
            closes_at: field(self.closes_at, &showed.closes_at, &now.closes_at),
            beacon_source: field(self.beacon_source, &showed.beacon_source, &now.beacon_source),
            group: field(self.group, &showed.group, &now.group),
            seats_per_person: field(self.seats_per_person, &showed.seats_per_person, &now.seats_per_person),
            access: newer(self.access, &showed.access, &now.access),
            listed: newer(self.listed, &showed.listed, &now.listed),
            is_draw: newer(self.is_draw, &showed.is_draw, &now.is_draw),
            ..Self::default()
        }
    }

    /// What is another in `now`, as the form's fields have it; concerts apart.
    pub(super) fn differences(
        &self,
        now: &Self,
        words: (&'static OperatorWords, &'static SaleWords),
    ) -> Vec<Difference> {
        let all = self.terms(words).into_iter().zip(now.terms(words));
        let differing = all.filter(|((_, before), (_, after))| before != after);
        differing.map(|((name, before), (_, after))| Difference { name, before, after }).collect()
    }

    /// The names of the terms and how a sentence says them.
    fn terms(&self, (o, s): (&'static OperatorWords, &'static SaleWords)) -> [(&'static str, String); 9] {
        let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        let time = |field: &Field| or_none(field.text.replace('T', " "));
        let typed = |text: &str| if text.is_empty() { String::new() } else { isolated(text) };
        let access = match self.access.as_str() {
            "code" => s.by_code.to_owned(),
            "group" => format!("{} {}", s.by_group, typed(&self.group.text)),
            _ => s.everyone.to_owned(),
        };
        [
            (o.name, typed(&self.name.text)),
            (s.listed, if self.listed { s.yes } else { s.no }.to_owned()),
            (s.opens, time(&self.opens_at)),
            (s.lobby_at, time(&self.lobby_at)),
            (s.closes, time(&self.closes_at)),
            (s.order, if self.is_draw { s.by_draw } else { s.by_arrival }.to_owned()),
            (s.beacon_source, or_none(typed(&self.beacon_source.text))),
            (s.access, access),
            (s.limit, or_none(self.seats_per_person.text.clone())),
        ]
    }

    /// Reads the fields, and adds an error to every one that cannot be read. The rules check the values.
    /// `before` is the sale that is changed: a time that is shown as it was stays as it was.
    pub(super) fn read(
        &mut self,
        zone: &TimeZone,
        bad_time: &str,
        (o, s): (&OperatorWords, &SaleWords),
        before: Option<&Sale>,
    ) -> Option<Terms> {
        let name = name::accept(&self.name.text).ok();
        if name.is_none() {
            o.bad_name.clone_into(&mut self.name.error);
        }
        let was = before.map(|sale| sale.times).unwrap_or_default();
        let lobby_at = time(zone, &mut self.lobby_at, was.lobby_at, bad_time);
        let opens_at = time(zone, &mut self.opens_at, was.opens_at, bad_time);
        let closes_at = time(zone, &mut self.closes_at, was.closes_at, bad_time);
        let seats_per_person = whole(&mut self.seats_per_person, s.bad_limit, SEATS_PER_PERSON_MAX);
        let capacity = whole(&mut self.capacity, s.bad_dial, Capacity::MAX.get());
        let rate_per_minute = whole(&mut self.rate_per_minute, s.bad_dial, u32::MAX);
        let access = self.read_access(before, s);
        let source = self.beacon_source.text.trim();
        let had_source = before.and_then(Sale::draw).and_then(|draw| draw.beacon_source.as_deref());
        // One that the draw had goes with the draw. A new one without a draw is for the rules to refuse.
        let is_meant = !source.is_empty() && (self.is_draw || had_source != Some(source));
        Some(Terms {
            name: name?,
            lobby_at: lobby_at?,
            opens_at: opens_at?,
            closes_at: closes_at?,
            beacon_source: is_meant.then(|| source.to_owned()),
            access: access?,
            seats_per_person: seats_per_person?,
            capacity: capacity?,
            rate_per_minute: rate_per_minute?,
            concerts: self.concerts.iter().copied().map(ConcertId).collect(),
        })
    }

    /// Who may join. A group that is typed where none is asked for would be lost: that is an error, unless
    /// it is the one that the sale had.
    fn read_access(&mut self, before: Option<&Sale>, s: &SaleWords) -> Option<Access> {
        let group = self.group.text.trim();
        let had =
            matches!(before.map(|sale| &sale.access), Some(Access::Group(had)) if had.as_str() == group);
        let without_group = |access| if group.is_empty() || had { Ok(access) } else { Err(s.needless_group) };
        let access = match self.access.as_str() {
            "code" => without_group(Access::Code),
            "group" => GroupName::new(group).map(Access::Group).ok_or(s.bad_group),
            _ => without_group(Access::Everyone),
        };
        access.map_err(|error| error.clone_into(&mut self.group.error)).ok()
    }

    /// Whether a field is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.all().iter().any(|(_, field)| field.is_wrong())
    }

    /// Ids and names of the fields that are wrong.
    pub(super) fn wrong(&self, o: &OperatorWords, s: &SaleWords) -> Vec<(&'static str, &'static str)> {
        let names =
            [o.name, s.opens, s.lobby_at, s.closes, s.beacon_source, s.group, s.limit, o.capacity, o.rate];
        let fields = self.all().into_iter().zip(names);
        fields.filter(|((_, field), _)| field.is_wrong()).map(|((id, _), name)| (id, name)).collect()
    }

    fn all(&self) -> [(&'static str, &Field); 9] {
        [
            ("name", &self.name),
            ("opensAt", &self.opens_at),
            ("lobbyAt", &self.lobby_at),
            ("closesAt", &self.closes_at),
            ("beaconSource", &self.beacon_source),
            ("group", &self.group),
            ("seatsPerPerson", &self.seats_per_person),
            ("capacity", &self.capacity),
            ("ratePerMinute", &self.rate_per_minute),
        ]
    }

    /// Says which field a rule has refused. Returns whether there is such a field.
    pub(super) fn refuse(&mut self, refused: &str, (o, s): (&OperatorWords, &SaleWords)) -> bool {
        let (field, error) = match refused {
            "name" => (&mut self.name, o.bad_name),
            "lobbyAt" => (&mut self.lobby_at, s.bad_lobby),
            "opensAt" => (&mut self.opens_at, s.bad_opens),
            "closesAt" => (&mut self.closes_at, s.bad_closes),
            "beaconSource" => (&mut self.beacon_source, s.bad_beacon_source),
            "seatsPerPerson" => (&mut self.seats_per_person, &*with_most(s.bad_limit, SEATS_PER_PERSON_MAX)),
            "capacity" => (&mut self.capacity, &*with_most(s.bad_dial, Capacity::MAX.get())),
            "order" => (&mut self.opens_at, s.bad_order),
            _ => return false,
        };
        error.clone_into(&mut field.error);
        true
    }
}

/// Reads a time, which may be left out. `None` if it cannot be read.
#[expect(clippy::option_option, reason = "wrong, left out and a value are three things")]
fn time(zone: &TimeZone, field: &mut Field, was: Option<Timestamp>, bad: &str) -> Option<Option<Timestamp>> {
    if field.text.trim().is_empty() {
        return Some(None);
    }
    if was.is_some() && field.text == shown(zone, was) {
        return Some(was);
    }
    let time = read_time(zone, &field.text);
    match time {
        Some(time) => field.text = field_time(zone, time),
        None => bad.clone_into(&mut field.error),
    }
    time.map(Some)
}

/// Reads a whole number of at most `most`, which may be left out. `None` if it cannot be read; the rules
/// check the value.
#[expect(clippy::option_option, reason = "wrong, left out and a value are three things")]
fn whole(field: &mut Field, bad: &str, most: u32) -> Option<Option<u32>> {
    if field.text.trim().is_empty() {
        return Some(None);
    }
    let read = read_whole(&field.text);
    if read.is_none() {
        field.error = with_most(bad, most);
    }
    read.map(Some)
}
