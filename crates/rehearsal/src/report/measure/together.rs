//! Several sales that were played at once, measured as one crowd.

use crate::disturbance;
use crate::history::{Concert, History, LineReading};
use crate::report::{About, Promise, Report};

use super::journey::Journey;
use super::{measure, slots};

/// The report on sales that were played at once.
pub fn measure_together(
    mut histories: Vec<History>,
    about: About,
    disturbances: &[disturbance::Disturbance],
    promises: Vec<Promise>,
) -> Report {
    if histories.len() == 1
        && let Some(only) = histories.pop()
    {
        return measure(&only, about, disturbances, promises);
    }
    // A slot of one sale is of no use to people who wait for another.
    let slots = slots::together(histories.iter().map(|history| {
        let journeys: Vec<Journey> = history.stories.iter().map(Journey::of).collect();
        (history, journeys)
    }));
    Report { slots, ..measure(&whole(histories), about, disturbances, promises) }
}

/// All that happened, with the slots of all sales together.
fn whole(histories: Vec<History>) -> History {
    let readings = summed(&histories);
    let mut whole = History { readings, ..History::default() };
    for history in histories {
        let Concert { seats, price, .. } = history.concert;
        whole.concert = Concert { seats: whole.concert.seats + seats, price, ..whole.concert };
        whole.stories.extend(history.stories);
        whole.complaints.extend(history.complaints);
    }
    whole
}

/// At each reading, the last ones of all sales together; from when each has been read.
fn summed(histories: &[History]) -> Vec<LineReading> {
    let each = histories.iter().enumerate();
    let mut all: Vec<(usize, LineReading)> = each
        .flat_map(|(sale, history)| history.readings.iter().map(move |reading| (sale, *reading)))
        .collect();
    all.sort_by_key(|(_, reading)| reading.answered);
    let mut last: Vec<Option<LineReading>> = vec![None; histories.len()];
    let mut summed = Vec::new();
    for (sale, reading) in all {
        last[sale] = Some(reading);
        let Some(now) = last.iter().copied().collect::<Option<Vec<_>>>() else { continue };
        let sum = |of: fn(&LineReading) -> u64| now.iter().map(of).sum();
        let capacity = now.iter().map(|reading| reading.capacity).fold(0, u32::saturating_add);
        let (waiting, inside, tail) =
            (sum(|reading| reading.waiting), sum(|reading| reading.inside), sum(|reading| reading.tail));
        summed.push(LineReading { capacity, waiting, inside, tail, ..reading });
    }
    summed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::SECOND;
    use crate::report::sample::{START, reading, typical};

    #[test]
    fn two_sales_have_the_slots_and_the_people_of_both() {
        let sales = || vec![typical(400).history(), typical(200).history()];
        let both = measure_together(sales(), About::default(), &[], Vec::new());
        let alone = |sale: usize| measure(&sales()[sale], About::default(), &[], Vec::new());
        let (one, other) = (alone(0), alone(1));
        assert_eq!(both.totals.arrived, one.totals.arrived + other.totals.arrived);
        assert_eq!(both.totals.money, one.totals.money + other.totals.money);
        let last = |report: &Report| report.times.last().and_then(|moment| moment.capacity).expect("watched");
        assert_eq!(last(&both), last(&one) + last(&other));
        let contended_s = one.slots.contended_s + other.slots.contended_s;
        assert!((both.slots.contended_s - contended_s).abs() < 0.001, "{:?}", both.slots);
    }

    #[test]
    fn nothing_is_summed_before_every_sale_was_read() {
        let history = |readings: Vec<LineReading>| History { readings, ..History::default() };
        let histories = [history(vec![reading(0, 5), reading(2, 6)]), history(vec![reading(1, 10)])];
        let seen: Vec<_> =
            summed(&histories).iter().map(|it| ((it.answered - START) / SECOND, it.capacity)).collect();
        assert_eq!(seen, [(1, 15), (2, 16)]);
    }
}
