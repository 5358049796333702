//! Holding a history against what must never happen. A request whose outcome is not known counts both ways: it may have
//! taken what it asked for, and it is no proof of having got it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::fan::PRICE;
use crate::history::{Deed, End, Event, Micros, SECOND, Told, money, number, time};

/// How much later an instance may know of a call.
const NEWS: Micros = 3 * SECOND / 2;

/// Everything that is wrong with a history and with what is there after it.
pub(crate) fn breaches(
    history: &[Event],
    ends: &[(usize, End)],
    capacity: u32,
    (began, ended): (Micros, Micros),
) -> Vec<String> {
    let mut history = history.to_vec();
    history.sort_by_key(|event| event.sent);
    let mut breaches = seats(&history);
    breaches.extend(sales(&history, ends));
    breaches.extend(balances(&history, ends));
    breaches.extend(holds(&history, ends));
    breaches.extend(keys(&history));
    breaches.extend(numbers(&history));
    breaches.extend(places(&history));
    breaches.extend(order_of_calls(&history, (began, ended)));
    let inside = most_at_once(&stays(&history));
    if inside > capacity as usize {
        breaches.push(format!("{inside} people were inside at once, {capacity} may be"));
    }
    breaches
}

/// The requests of one fan, in the order in which they were sent.
fn by_fan(history: &[Event]) -> BTreeMap<usize, Vec<&Event>> {
    let mut fans: BTreeMap<usize, Vec<&Event>> = BTreeMap::new();
    for event in history {
        fans.entry(event.who).or_default().push(event);
    }
    fans
}

/// Whether this may have ended a place, and every hold that came with it.
fn may_end_place(event: &Event) -> bool {
    let is_end = matches!(event.deed, Deed::Pay(_) | Deed::Leave);
    is_end && matches!(event.told, Told::Yes(_) | Told::Unknown(_))
}

/// When a hold of `seat` may have ended before its deadline.
fn may_end_hold(event: &Event, seat: u32) -> bool {
    may_end_place(event)
        || (event.deed == Deed::Release(seat) && matches!(event.told, Told::Yes(_) | Told::Unknown(_)))
}

/// At every instant one person at most has a seat.
fn seats(history: &[Event]) -> Vec<String> {
    let mut had: BTreeMap<u32, Vec<(Micros, Micros, usize)>> = BTreeMap::new();
    for (who, events) in by_fan(history) {
        for (place, event) in events.iter().enumerate() {
            let Told::Yes(answer) = &event.told else { continue };
            match event.deed {
                Deed::Hold(seat) => {
                    let from = time(&answer["reservedAt"]);
                    // What was sent before the hold may have been carried out after it.
                    let earlier = events[..place].iter().filter(|it| it.answered > from);
                    let later = earlier.chain(&events[place + 1..]).filter(|it| may_end_hold(it, seat));
                    let end = later.map(|it| it.sent).min().unwrap_or(Micros::MAX);
                    let until = time(&answer["deadline"]).min(end);
                    if from < until {
                        had.entry(seat).or_default().push((from, until, who));
                    }
                }
                Deed::Pay(seat) => {
                    let from = time(&answer["createdAt"]);
                    had.entry(seat).or_default().push((from, Micros::MAX, who));
                }
                _ => {}
            }
        }
    }
    let mut breaches = Vec::new();
    for (seat, mut times) in had {
        times.sort_unstable();
        let mut last: Option<(Micros, usize)> = None;
        for (from, until, who) in times {
            if let Some((end, other)) = last.filter(|(end, other)| *end > from && *other != who) {
                breaches.push(format!("seat {seat}: fan {who} from {from}, fan {other} until {end}"));
            }
            if last.is_none_or(|(end, _)| end < until) {
                last = Some((until, who));
            }
        }
    }
    breaches
}

/// No seat has two owners, and whoever was told that they have paid owns the seat in the end.
fn sales(history: &[Event], ends: &[(usize, End)]) -> Vec<String> {
    let mut owners: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    let mut breaches = Vec::new();
    for (who, end) in ends {
        let once: BTreeSet<_> = end.owned.iter().collect();
        if once.len() < end.owned.len() {
            breaches.push(format!("fan {who} has two bills of one seat"));
        }
        for seat in once {
            owners.entry(*seat).or_default().insert(*who);
        }
    }
    for event in history {
        if let (Deed::Pay(seat), Told::Yes(_)) = (event.deed, &event.told)
            && !ends.iter().any(|(who, end)| *who == event.who && end.owned.contains(&seat))
        {
            breaches.push(format!("fan {} was told that seat {seat} is paid, and has no bill", event.who));
            owners.entry(seat).or_default().insert(event.who);
        }
    }
    let twice = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    breaches.extend(twice.map(|(seat, owners)| format!("seat {seat} was sold to {owners:?}")));
    breaches
}

/// One intent: all requests with one key, or one without.
struct Movement {
    amount: i64,
    sent: Micros,
    /// When somebody first knew that it was done.
    known: Option<Micros>,
}

fn movements(events: &[&Event]) -> Vec<Movement> {
    let mut movements: BTreeMap<String, Movement> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        let amount = match event.deed {
            Deed::Charge(amount) => amount,
            Deed::Pay(_) => -PRICE,
            _ => continue,
        };
        let known = match &event.told {
            Told::Yes(_) => Some(event.answered),
            Told::Unknown(_) => None,
            _ => continue,
        };
        let name = event.key.clone().unwrap_or_else(|| format!("{place}"));
        let movement = movements.entry(name).or_insert(Movement { amount, sent: event.sent, known });
        movement.known = movement.known.into_iter().chain(known).min();
    }
    movements.into_values().collect()
}

/// A balance is what was charged less what was paid, at every look.
fn balances(history: &[Event], ends: &[(usize, End)]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (who, events) in by_fan(history) {
        let movements = movements(&events);
        // What may have happened by `answered`, and what must have happened by `sent`.
        let bounds = |sent: Micros, answered: Micros| {
            let (mut least, mut most) = (0, 0);
            for it in movements.iter().filter(|it| it.sent < answered) {
                let is_certain = it.known.is_some_and(|known| known < sent);
                least += if is_certain { it.amount } else { it.amount.min(0) };
                most += if is_certain { it.amount } else { it.amount.max(0) };
            }
            (least.max(0), most)
        };
        let mut look = |sent, answered, balance: i64| {
            let (least, most) = bounds(sent, answered);
            if !(least..=most).contains(&balance) {
                breaches.push(format!("fan {who} has {balance}, which must be {least} to {most}"));
            }
        };
        for event in &events {
            if let (Deed::Balance, Told::Yes(answer)) = (event.deed, &event.told) {
                look(event.sent, event.answered, money(&answer["amount"]));
            }
        }
        if let Some((_, end)) = ends.iter().find(|(fan, _)| *fan == who) {
            look(end.at, end.at, end.balance);
        }
    }
    breaches
}

/// A hold that cannot have ended is there in the end.
fn holds(history: &[Event], ends: &[(usize, End)]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (who, events) in by_fan(history) {
        let Some((_, end)) = ends.iter().find(|(fan, _)| *fan == who) else { continue };
        for (place, event) in events.iter().enumerate() {
            let (Deed::Hold(seat), Told::Yes(answer)) = (event.deed, &event.told) else { continue };
            let from = time(&answer["reservedAt"]);
            let others =
                events.iter().enumerate().filter(|(other, it)| *other != place && it.answered > from);
            let may_be_over = others.map(|(_, it)| it).any(|it| may_end_hold(it, seat));
            let is_live = time(&answer["deadline"]) > end.at + 10 * SECOND;
            if is_live && !may_be_over && !end.held.iter().any(|(held, _)| *held == seat) {
                breaches.push(format!("fan {who} has lost the hold of seat {seat}"));
            }
        }
    }
    breaches
}

/// What has a key has one effect, and the same answer whenever it is sent again.
fn keys(history: &[Event]) -> Vec<String> {
    let mut told: HashMap<(usize, &str), &Event> = HashMap::new();
    let mut breaches = Vec::new();
    for event in history {
        let Some(key) = &event.key else { continue };
        match (&event.told, told.get(&(event.who, key.as_str()))) {
            (Told::Yes(_), None) => _ = told.insert((event.who, key), event),
            (Told::Yes(_) | Told::No(..), Some(first)) if event.told != first.told => {
                breaches.push(format!("key {key}: {:?}, then {:?}", first.told, event.told));
            }
            _ => {}
        }
    }
    breaches
}

/// Numbers follow the order of joins that did not overlap, and none has two people.
fn numbers(history: &[Event]) -> Vec<String> {
    let mut joins: Vec<(Micros, Micros, u64, usize)> = Vec::new();
    let mut known: HashMap<u64, usize> = HashMap::new();
    let mut breaches = Vec::new();
    for event in history {
        let (Deed::Join, Told::Yes(answer)) = (event.deed, &event.told) else { continue };
        let given = number(&answer["number"]);
        match known.insert(given, event.who) {
            // A join whose answer was lost may have given the number before.
            None => joins.push((event.sent, event.answered, given, event.who)),
            Some(other) if other != event.who => {
                breaches.push(format!("number {given} has fan {other} and fan {}", event.who));
            }
            Some(_) => {}
        }
    }
    let lost = |who: usize, sent: Micros| {
        let open = |it: &&Event| it.who == who && it.deed == Deed::Join && it.told.is_trouble();
        history.iter().rev().filter(|it| it.sent < sent).find(|it| it.who == who).as_ref().is_some_and(open)
    };
    let mut by_answer = joins.clone();
    by_answer.sort_unstable_by_key(|(_, answered, ..)| *answered);
    let (mut highest, mut before) = ((0, 0), by_answer.into_iter().peekable());
    for (sent, _, given, who) in joins {
        while let Some((_, _, earlier, other)) = before.next_if(|(_, answered, ..)| *answered < sent) {
            highest = highest.max((earlier, other));
        }
        if given < highest.0 && !lost(who, sent) {
            breaches.push(format!("fan {who} got number {given} after fan {} had {}", highest.1, highest.0));
        }
    }
    breaches
}

/// Nobody loses their place: a ticket keeps its number, and is over only when it was ended or was let in.
fn places(history: &[Event]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (who, events) in by_fan(history) {
        let mut kept: Option<u64> = None;
        let mut may_be_over = true;
        for event in events {
            if may_end_place(event) {
                may_be_over = true;
            }
            match (event.deed, &event.told) {
                (Deed::Join, Told::Yes(joined)) => {
                    let given = number(&joined["number"]);
                    if !may_be_over && kept.is_some_and(|kept| kept != given) {
                        breaches.push(format!("fan {who} had number {kept:?} and now has {given}"));
                    }
                    may_be_over = kept.is_some_and(|kept| kept == given) && may_be_over;
                    may_be_over |= joined["status"] == "admitted";
                    kept = Some(given);
                }
                (Deed::Poll, Told::Yes(status)) => {
                    if Some(number(&status["number"])) != event.number {
                        breaches.push(format!("fan {who} asked about {:?}: {status}", event.number));
                    }
                    if status["status"] == "ended" && !may_be_over {
                        breaches
                            .push(format!("fan {who} waited with number {kept:?} and was told: {status}"));
                    }
                    // From here on time may end it.
                    may_be_over |= status["status"] == "admitted";
                }
                (Deed::Poll, Told::No(status, code)) if *status != 429 => {
                    breaches.push(format!("fan {who} by number {kept:?}: {status} {code}"));
                }
                _ => {}
            }
        }
    }
    breaches
}

/// From when to when people were certainly inside.
fn stays(history: &[Event]) -> Vec<(Micros, Micros)> {
    let mut stays = Vec::new();
    for events in by_fan(history).into_values() {
        let mut inside: BTreeMap<u64, (Micros, Micros)> = BTreeMap::new();
        for event in events {
            if may_end_place(event)
                && let Some(stay) = event.number.and_then(|number| inside.get_mut(&number))
            {
                stay.1 = stay.1.min(event.sent);
            }
            let (Deed::Join | Deed::Poll, Told::Yes(status)) = (event.deed, &event.told) else { continue };
            if status["status"] == "admitted" {
                let stay = (event.answered, time(&status["admittedUntil"]));
                inside.entry(number(&status["number"])).or_insert(stay);
            }
        }
        stays.extend(inside.into_values());
    }
    stays
}

/// How many of these times overlap at most.
pub(crate) fn most_at_once(times: &[(Micros, Micros)]) -> usize {
    let real = times.iter().filter(|(from, until)| from < until);
    let mut edges: Vec<(Micros, i8)> = real.flat_map(|(from, until)| [(*from, 1), (*until, -1)]).collect();
    edges.sort_unstable();
    let (mut inside, mut most) = (0_usize, 0);
    for (_, step) in edges {
        inside = inside.saturating_add_signed(step.into());
        most = most.max(inside);
    }
    most
}

/// Of two who are there throughout, the lower number is called no later than the higher. A call that the fault has lost
/// is made again, so that two are only compared on one side of it.
fn order_of_calls(history: &[Event], (began, ended): (Micros, Micros)) -> Vec<String> {
    // By whose answer everybody heard that they are in.
    let mut admitted: BTreeMap<u64, &Event> = BTreeMap::new();
    let status = |event: &Event| match (&event.told, event.deed) {
        (Told::Yes(status), Deed::Join | Deed::Poll) => Some((
            number(&status["number"]),
            status["status"].as_str().unwrap_or_default().to_owned(),
            status["pollAfterMs"].as_i64().unwrap_or(0),
        )),
        _ => None,
    };
    for event in history {
        if let Some((number, told, _)) = status(event)
            && told == "admitted"
        {
            admitted.entry(number).or_insert(event);
        }
    }
    let mut breaches = Vec::new();
    // Until when somebody who waits counts as present without another sign.
    let mut due: HashMap<u64, Option<Micros>> = HashMap::new();
    for event in history {
        let Some((number, told, poll_after_ms)) = status(event) else { continue };
        if told != "waiting" {
            continue;
        }
        let promised = event.answered + poll_after_ms * 1_500 + SECOND;
        let was_there = due.get(&number).is_none_or(|due| due.is_some_and(|due| event.sent <= due));
        due.insert(number, was_there.then_some(promised));
        let is_between = |entry: &Event| entry.sent < ended && event.sent > began;
        let mut higher = admitted.range(number + 1..);
        let overtaken = higher.find(|(_, entry)| entry.answered + NEWS < event.sent && !is_between(entry));
        if let Some((other, entry)) = overtaken.filter(|_| was_there) {
            breaches.push(format!(
                "number {number} waits at {}, number {other} was in at {}",
                event.sent, entry.answered
            ));
        }
    }
    breaches
}

#[cfg(test)]
mod tests;
