//! What a line needs to know of its sale: when it opens and closes, and in which order it then calls.

use onsale_booking::Refusal;
use onsale_booking::sale::{Opening, Sale, SaleTimes};
use onsale_line::{JoinRefused, LineOpening, LineWindow, Order, Schedule};

/// The schedule of a sale's line. A draw of many takes a good part of a second: it is computed on a thread of
/// its own, so never call this under a lock.
pub(crate) async fn schedule_of(sale: &Sale) -> Schedule {
    let is_draw = sale.draw().is_some();
    let opening = match &sale.opening {
        Opening::Ahead => LineOpening::Lobby { is_draw, tail: None },
        Opening::TailFixed { lobby_tail, .. } => LineOpening::Lobby { is_draw, tail: Some(*lobby_tail) },
        Opening::Open { .. } => LineOpening::Open(order_of(sale).await),
    };
    Schedule { window: window_of(sale), opening }
}

fn window_of(sale: &Sale) -> LineWindow {
    let SaleTimes { lobby_at, opens_at, closes_at } = sale.times;
    LineWindow { lobby_at, opens_at, closes_at }
}

/// The order of a sale that has opened.
async fn order_of(sale: &Sale) -> Order {
    let (Some(draw), Opening::Open { lobby_tail: Some(tail), seed: Some(seed), .. }) =
        (sale.draw(), &sale.opening)
    else {
        return Order::arrival();
    };
    let (seed, beacon, tail) = (*seed, draw.beacon.clone(), *tail);
    let draw = move || Order::draw(seed.bytes(), &beacon, tail);
    // A runtime that stops takes no more work; the line stops, too, and does not mind a slow draw.
    let thread = tokio::task::spawn_blocking(draw.clone()).await;
    thread.unwrap_or_else(|_| draw())
}

/// What somebody hears who could not join; `None` if only a number was missing.
pub(crate) fn refusal_of(refused: JoinRefused, window: &LineWindow) -> Option<Refusal> {
    let LineWindow { lobby_at, opens_at, closes_at } = *window;
    match refused {
        JoinRefused::NumbersExhausted => None,
        JoinRefused::NotYet => opens_at.map(|opens_at| Refusal::SaleNotOpen { lobby_at, opens_at }),
        JoinRefused::Over => closes_at.map(|closes_at| Refusal::SaleClosed { closes_at }),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use onsale_booking::ids::SaleId;
    use onsale_booking::sale::{Draw, SaleOrder};
    use onsale_booking::seed::{SealedSeed, Seed};
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sale(order: SaleOrder, opening: Opening) -> Sale {
        let times = SaleTimes { lobby_at: Some(at(10)), opens_at: Some(at(20)), closes_at: Some(at(30)) };
        Sale { is_main: false, order, times, opening, ..Sale::main(SaleId(Uuid::from_u128(5)), at(0)) }
    }

    fn drawn() -> SaleOrder {
        let beacon_source = Some("round 4242".to_owned());
        let sealed_seed = SealedSeed::new(vec![4; 64]);
        SaleOrder::Draw(Draw {
            commitment: [3; 32],
            sealed_seed,
            beacon_source,
            beacon: b"round 4242".to_vec(),
        })
    }

    #[tokio::test]
    async fn a_line_is_in_its_lobby_until_its_sale_has_opened() {
        let window = LineWindow { lobby_at: Some(at(10)), opens_at: Some(at(20)), closes_at: Some(at(30)) };
        let fixed = Opening::TailFixed { at: at(20), lobby_tail: 7 };
        for (order, opening, is_draw, tail) in [
            (SaleOrder::Arrival, Opening::Ahead, false, None),
            (drawn(), Opening::Ahead, true, None),
            (drawn(), fixed, true, Some(7)),
        ] {
            let lobby = LineOpening::Lobby { is_draw, tail };
            assert_eq!(schedule_of(&sale(order, opening)).await, Schedule { window, opening: lobby });
        }
    }

    #[tokio::test]
    async fn an_open_line_calls_in_the_order_of_its_draw() {
        let seed = Seed::new(std::array::from_fn(|byte| u8::try_from(byte).unwrap()));
        let open = |lobby_tail, seed| Opening::Open { at: at(20), lobby_tail, seed };
        let schedule = schedule_of(&sale(drawn(), open(Some(10), Some(seed)))).await;
        let numbers: Vec<_> = (1..=10).map(|place| schedule.order().number(place)).collect();
        assert_eq!(numbers, [6, 8, 1, 10, 7, 2, 5, 4, 3, 9], "the published vector");
        let schedule = schedule_of(&sale(SaleOrder::Arrival, open(Some(10), None))).await;
        assert_eq!(schedule.opening, LineOpening::Open(Order::arrival()));
    }

    #[test]
    fn who_cannot_join_hears_when_they_could() {
        let window = LineWindow { lobby_at: Some(at(10)), opens_at: Some(at(20)), closes_at: Some(at(30)) };
        let not_yet = Refusal::SaleNotOpen { lobby_at: Some(at(10)), opens_at: at(20) };
        assert_eq!(refusal_of(JoinRefused::NotYet, &window), Some(not_yet));
        assert_eq!(refusal_of(JoinRefused::Over, &window), Some(Refusal::SaleClosed { closes_at: at(30) }));
        assert_eq!(refusal_of(JoinRefused::NumbersExhausted, &window), None);
    }
}
