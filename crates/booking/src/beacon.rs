//! Whether a beacon can be entered now.

use jiff::Timestamp;
use thiserror::Error;

use crate::policy::BEACON_BYTES_MAX;
use crate::sale::{Opening, Sale, SaleOrder, SalePhase};

/// Why a beacon cannot be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BeaconRefusal {
    /// The sale has no draw.
    #[error("is only for a draw")]
    NoDraw,
    /// It is empty or too long.
    #[error("must have 1 to {BEACON_BYTES_MAX} bytes")]
    Length,
    /// The draw has no beacon.
    #[error("needs a beaconSource, named before the lobby opens")]
    NoSource,
    /// Another one has been entered.
    #[error("is fixed, because it has been entered")]
    Entered,
    /// It would be known while people can still join the draw.
    #[error("can be entered once it is settled who takes part")]
    TooEarly,
    /// The sale was over before the draw.
    #[error("cannot be entered, because the sale is over")]
    Over,
}

impl Sale {
    /// Whether this beacon can be entered at `now`, or has been. Nobody could know it while people joined.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check_beacon(&self, beacon: &[u8], now: Timestamp) -> Result<(), BeaconRefusal> {
        let SaleOrder::Draw(draw) = &self.order else { return Err(BeaconRefusal::NoDraw) };
        let is_settled = matches!(self.opening, Opening::TailFixed { .. });
        match () {
            () if !(1..=BEACON_BYTES_MAX).contains(&beacon.len()) => Err(BeaconRefusal::Length),
            () if draw.beacon == beacon => Ok(()),
            () if draw.beacon_source.is_none() => Err(BeaconRefusal::NoSource),
            () if !draw.beacon.is_empty() => Err(BeaconRefusal::Entered),
            () if self.phase(now) == SalePhase::Over => Err(BeaconRefusal::Over),
            () if !is_settled => Err(BeaconRefusal::TooEarly),
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::new_sale::{NewSale, SaleChanges};
    use crate::testing::{PRESALE, Stage};

    #[test]
    fn a_beacon_is_entered_once_and_only_while_it_is_awaited() {
        let now = Stage::opens_at();
        let closes_at = now + SignedDuration::from_hours(1);
        let mut stage = Stage::new();
        let source = Some("Round 4242".to_owned());
        let new = NewSale { beacon_source: source, closes_at: Some(closes_at), ..Stage::drawn_sale() };
        let ahead = stage.make(new).unwrap();
        assert_eq!(ahead.check_beacon(b"4242", now), Err(BeaconRefusal::TooEarly));
        stage.book.set_now(now);
        let (awaiting, _) = stage.open_sale(1, None).unwrap();
        let long = [b'4'; BEACON_BYTES_MAX + 1];
        for (beacon, checked) in [
            (&b""[..], Err(BeaconRefusal::Length)),
            (&long, Err(BeaconRefusal::Length)),
            (&long[1..], Ok(())),
            (b"4242", Ok(())),
        ] {
            assert_eq!(awaiting.check_beacon(beacon, now), checked);
        }
        assert_eq!(awaiting.check_beacon(b"4242", closes_at), Err(BeaconRefusal::Over));
        let changes = SaleChanges { beacon: Some(b"4242".to_vec()), ..SaleChanges::default() };
        stage.change(PRESALE, changes).unwrap();
        let entered = stage.book.sale(PRESALE).unwrap();
        assert_eq!(entered.check_beacon(b"4343", now), Err(BeaconRefusal::Entered));
        assert_eq!(entered.check_beacon(b"4242", now), Ok(()), "the same one");
    }

    #[test]
    fn a_sale_whose_order_needs_no_beacon_takes_none() {
        let check = |new| Stage::new().make(new).unwrap().check_beacon(b"4242", Stage::opens_at());
        assert_eq!(check(Stage::timed_sale()), Err(BeaconRefusal::NoDraw));
        assert_eq!(check(Stage::drawn_sale()), Err(BeaconRefusal::NoSource));
    }
}
