//! Fans of all kinds, and the sale that they play.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use uuid::Uuid;

use crate::history::sale::{Order, SaleFacts};
use crate::history::{Act, Code, Concert, Event, History, Lost, Micros, Outcome, SECOND, Story};

use super::lobby::COMMITMENT;
use super::world::{PRICE, Rules, STORE_AHEAD, World};

/// The sale to play.
#[derive(Clone, Copy)]
pub(super) struct Sale {
    pub(super) fans: usize,
    /// How many kinds of fans: with one, all fans are ordinary.
    pub(super) sorts: usize,
    pub(super) rules: Rules,
    /// How many of a thousand answers are lost.
    pub(super) lost_per_mille: u64,
    /// How long it takes until all fans have arrived.
    pub(super) arrive_within: Micros,
    pub(super) seed: u64,
}

/// 200 fans and 10 slots.
pub(super) const SMALL: Sale = Sale {
    fans: 200,
    sorts: 10,
    rules: Rules {
        capacity: 10,
        rate_per_minute: 0,
        seats: 400,
        asleep: (0, 0),
        opens_at: None,
        order: Order::Arrival,
        limit: None,
        code_uses: None,
        calls_early: 0,
        calls_by_number: false,
    },
    lost_per_mille: 0,
    arrive_within: 10 * SECOND,
    seed: 1,
};

/// The same fans in the lobby of a draw, with access codes and a limit of seats; some come after the opening,
/// and some want more seats than they may have.
pub(super) const OPENING: Sale = Sale {
    sorts: 11,
    rules: Rules {
        opens_at: Some(10 * SECOND),
        order: Order::Draw,
        limit: Some(1),
        code_uses: Some(1),
        ..SMALL.rules
    },
    arrive_within: 14 * SECOND,
    ..SMALL
};

/// One step of a fan.
#[derive(Clone)]
enum Step {
    Ask(Act, u32),
    /// Poll until admitted.
    Wait,
    /// Listen to an event stream until admitted.
    Listen,
    /// Poll this many times.
    Poll(u32),
    Rest(Micros),
    /// Hold some seat; try until one is free.
    Hold(u32),
    /// Pay for the held seats.
    Pay(u32),
    Release,
    /// Hold the held seat once more.
    HoldAgain(u32),
}

struct Script {
    steps: Vec<Step>,
    step: usize,
    polls: u32,
    attempt: u16,
    /// The request being retried.
    retried: Option<Act>,
    seats: Vec<u32>,
    story: Story,
}

/// The steps of each kind of fan.
fn steps(sort: usize) -> Vec<Step> {
    use Step::{Ask, Hold, HoldAgain, Listen, Pay, Poll, Release, Rest, Wait};
    let charge = |key| Ask(Act::Charge(2 * PRICE), key);
    let rest = || Rest(SECOND);
    let mut steps = match sort {
        1 => vec![
            charge(1),
            Ask(Act::Join, 0),
            Listen,
            Ask(Act::Map, 0),
            Hold(2),
            rest(),
            Pay(3),
            Ask(Act::Poll, 0),
        ],
        2 => vec![charge(1), Ask(Act::Join, 0), Wait, Hold(2), rest(), Release, Hold(4), rest(), Pay(5)],
        3 => vec![
            charge(1),
            charge(1),
            Ask(Act::Join, 0),
            Wait,
            Hold(2),
            HoldAgain(2),
            HoldAgain(0),
            Pay(3),
            Pay(3),
            Pay(0),
        ],
        4 => vec![Ask(Act::Join, 0), Wait, Ask(Act::Dates, 0), rest(), Ask(Act::Leave, 0)],
        5 => vec![Ask(Act::Join, 0), Poll(2), Ask(Act::Leave, 0)],
        6 => vec![Ask(Act::Join, 0), Wait, Hold(0), Ask(Act::Mine, 0), Rest(33 * SECOND), Ask(Act::Map, 0)],
        7 => vec![Ask(Act::Join, 0), Wait, Hold(2), Pay(3), charge(1), Ask(Act::Balance, 0), Pay(4)],
        8 => vec![
            charge(1),
            Ask(Act::Charge(1), 1),
            Ask(Act::Join, 0),
            Ask(Act::Map, 0),
            Ask(Act::Join, 0),
            Wait,
            Hold(0),
            Pay(0),
        ],
        9 => vec![charge(1), Ask(Act::Join, 0), Poll(2), Rest(25 * SECOND), Wait, Hold(2), Pay(3)],
        10 => vec![charge(1), Ask(Act::Join, 0), Wait, Hold(2), Hold(0), rest(), Pay(3)],
        _ => vec![
            charge(1),
            Ask(Act::Join, 0),
            Wait,
            Ask(Act::Dates, 0),
            Ask(Act::Map, 0),
            Hold(2),
            rest(),
            Pay(3),
            rest(),
            Ask(Act::Poll, 0),
        ],
    };
    steps.push(Rest(12 * SECOND));
    steps.extend([Act::Poll, Act::Balance, Act::Bills, Act::Mine].map(|act| Ask(act, 0)));
    steps
}

/// Pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn time(&mut self, least: Micros, most: Micros) -> Micros {
        least + i64::try_from(self.below(u64::try_from(most - least).expect("positive"))).expect("small")
    }
}

/// Plays a sale.
pub(super) fn play(sale: Sale) -> History {
    let mut dice = Dice(sale.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let codes: Vec<Option<u32>> = (0..sale.fans).map(|fan| code(&sale, fan)).collect();
    let mut world = World::new(sale.rules, codes.clone());
    let mut fans: Vec<Script> = Vec::new();
    // When each fan acts next. The number after the last fan stands for the line's tick.
    let mut queue = BinaryHeap::new();
    for (index, code) in codes.iter().copied().enumerate() {
        let arrives = dice.time(0, sale.arrive_within);
        let fan = u32::try_from(index).expect("small");
        let user = Uuid::from_u64_pair(u64::MAX, index as u64);
        let story = Story { fan, user, arrives, code, events: Vec::new() };
        let sort = index % sale.sorts;
        fans.push(Script {
            steps: steps(sort),
            step: 0,
            polls: 0,
            attempt: 0,
            retried: None,
            seats: Vec::new(),
            story,
        });
        queue.push(Reverse((arrives, index)));
    }
    let (mut readings, mut fairness) = (Vec::new(), Vec::new());
    queue.push(Reverse((0, sale.fans)));
    while let Some(Reverse((now, index))) = queue.pop() {
        if index < sale.fans {
            if let Some(next) = go_on(&mut fans[index], &mut world, &sale, now, &mut dice) {
                queue.push(Reverse((next, index)));
            }
            continue;
        }
        world.tick(now);
        if now % SECOND == 0 {
            readings.push(world.reading(now - 500, now + 500));
            fairness.extend(sale.rules.opens_at.map(|_| world.fairness(now - 500, now + 500)));
        }
        if !queue.is_empty() {
            queue.push(Reverse((now + SECOND / 10, sale.fans)));
        }
    }
    let stories = fans.into_iter().map(|fan| fan.story).collect();
    let concert =
        Concert { id: Uuid::nil(), name: "The concert".into(), seats: sale.rules.seats, price: PRICE };
    let facts = SaleFacts { fairness, ..facts(&sale) };
    History { sale: facts, concert, stories, readings, ..History::default() }
}

fn facts(sale: &Sale) -> SaleFacts {
    let Rules { opens_at, order, limit, code_uses, .. } = sale.rules;
    let whole = |number: Option<usize>| number.map(|number| u32::try_from(number).expect("small"));
    SaleFacts {
        order,
        opens_at: opens_at.map(|at| at + STORE_AHEAD),
        limit: whole(limit),
        code_uses: whole(code_uses),
        commitment: (order == Order::Draw).then(|| COMMITMENT.to_owned()),
        ..SaleFacts::default()
    }
}

/// Everybody has a code, but some try a friend's, and a few have none.
fn code(sale: &Sale, fan: usize) -> Option<u32> {
    sale.rules.code_uses?;
    let own = u32::try_from(fan).expect("small");
    match fan % 40 {
        7 | 27 => Some(own - 1),
        13 => None,
        _ => Some(own),
    }
}

/// Takes the next step at `now`, when the server carries it out; returns when to continue.
fn go_on(fan: &mut Script, world: &mut World, sale: &Sale, now: Micros, dice: &mut Dice) -> Option<Micros> {
    let step = fan.steps.get(fan.step)?.clone();
    let index = fan.story.fan as usize;
    let (act, key) = match step {
        Step::Rest(time) => {
            fan.step += 1;
            return Some(now + time);
        }
        Step::Ask(act, key) => (act, key),
        Step::Wait | Step::Poll(_) => (Act::Poll, 0),
        Step::Listen => {
            // The stream sends a message now and then, and at once when its listener is called.
            if !world.is_called(index) && now % (2 * SECOND) > SECOND / 10 {
                return Some(now + SECOND / 10);
            }
            (Act::Hear, 0)
        }
        Step::Hold(key) => {
            (Act::Hold([1 + u32::try_from(dice.below(sale.rules.seats.into())).expect("small")].into()), key)
        }
        Step::HoldAgain(key) => (Act::Hold(fan.seats.clone().into()), key),
        Step::Pay(key) => (Act::Pay(fan.seats.clone().into()), key),
        Step::Release => (Act::Release(fan.seats[0]), 0),
    };
    // A retry is the same request.
    let act = fan.retried.take().unwrap_or(act);
    let outcome = answer(world, sale, (index, &act, key), now, dice);
    let event = recorded(&act, key, fan.attempt, &outcome, now, dice);
    let next = event.answered + dice.time(1_000, 30_000);
    fan.story.events.push(event);
    if matches!(outcome, Outcome::Unknown(_)) {
        (fan.attempt, fan.retried) = (fan.attempt + 1, Some(act));
        return Some(next + SECOND / 2);
    }
    fan.attempt = 0;
    Some(next + follow(fan, &outcome))
}

/// The outcome: most answers arrive.
fn answer(
    world: &mut World,
    sale: &Sale,
    (fan, act, key): (usize, &Act, u32),
    now: Micros,
    dice: &mut Dice,
) -> Outcome {
    if *act == Act::Hear || dice.below(1_000) >= sale.lost_per_mille {
        return world.ask(fan, act, key, now);
    }
    if dice.below(2) == 0 {
        let _ = world.ask(fan, act, key, now);
    }
    Outcome::Unknown(Lost::Silence)
}

fn recorded(act: &Act, key: u32, attempt: u16, outcome: &Outcome, now: Micros, dice: &mut Dice) -> Event {
    let (mut sent, mut answered) = (now - dice.time(100, 900), now + dice.time(100, 900));
    if *act == Act::Hear {
        sent = answered;
    }
    if matches!(outcome, Outcome::Unknown(_)) {
        answered = now + SECOND;
    }
    Event { due: sent, sent, answered, attempt, key, instance: 0, act: act.clone(), outcome: outcome.clone() }
}

/// Applies an answer; returns how long to rest.
fn follow(fan: &mut Script, outcome: &Outcome) -> Micros {
    let step = fan.steps[fan.step].clone();
    let over = matches!(outcome, Outcome::Ended { .. });
    match (&step, outcome) {
        (Step::Wait, Outcome::Waiting(waiting)) => return Micros::from(waiting.poll_after_ms) * 1_000,
        (Step::Poll(times), Outcome::Waiting(waiting)) if fan.polls + 1 < *times => {
            fan.polls += 1;
            return Micros::from(waiting.poll_after_ms) * 1_000;
        }
        (Step::Listen, Outcome::Waiting(_)) => return 150_000,
        (Step::Ask(Act::Join, _), Outcome::Refused(..)) => fan.step = fan.steps.len(),
        (Step::Hold(_), Outcome::Refused(_, Code::SeatLimit)) => (),
        (Step::Hold(key), Outcome::Refused(..)) => {
            // Another seat is another request, with its own key.
            let next = if *key == 0 { 0 } else { key + 10 };
            fan.steps[fan.step] = Step::Hold(next);
            return 50_000;
        }
        (Step::Hold(_), Outcome::Held(held, _)) => fan.seats = held.iter().map(|held| held.seat).collect(),
        _ => (),
    }
    fan.step += 1;
    if over && matches!(step, Step::Wait | Step::Listen) {
        // Nothing more can be done before the final state is read.
        fan.step = fan.steps.len() - 5;
    }
    0
}
