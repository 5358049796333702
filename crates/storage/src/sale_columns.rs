//! What the columns of a sale say, for every store.

use jiff::Timestamp;
use onsale_booking::access::Access;
use onsale_booking::ids::SaleId;
use onsale_booking::sale::{Draw, Opening, Sale, SaleOrder, SaleTimes};
use onsale_booking::seed::{SealedSeed, Seed};

const ARRIVAL: &str = "arrival";
const DRAW: &str = "draw";

/// A sale as its columns say it. Without `Debug`: it holds seeds.
#[derive(Clone)]
pub(crate) struct SaleColumns {
    pub(crate) id: SaleId,
    pub(crate) name: String,
    pub(crate) listed: bool,
    pub(crate) is_main: bool,
    pub(crate) order: String,
    pub(crate) times: SaleTimes,
    pub(crate) seats_per_person: Option<u32>,
    pub(crate) access: String,
    pub(crate) commitment: Option<Vec<u8>>,
    pub(crate) sealed_seed: Option<Vec<u8>>,
    pub(crate) beacon_source: Option<String>,
    pub(crate) beacon: Vec<u8>,
    /// Stays when the sale opens, when nothing reads it any more.
    pub(crate) tail_fixed_at: Option<Timestamp>,
    pub(crate) lobby_tail: Option<u64>,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) seed: Option<Vec<u8>>,
    pub(crate) revision: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl From<&Sale> for SaleColumns {
    fn from(sale: &Sale) -> Self {
        let (tail_fixed_at, lobby_tail, opened_at, seed) = match &sale.opening {
            Opening::Ahead => (None, None, None, None),
            Opening::TailFixed { at, lobby_tail } => (Some(*at), Some(*lobby_tail), None, None),
            Opening::Open { at, lobby_tail, seed } => (None, *lobby_tail, Some(*at), seed.as_ref()),
        };
        let draw = sale.draw();
        Self {
            id: sale.id,
            name: sale.name.clone(),
            listed: sale.listed,
            is_main: sale.is_main,
            order: if draw.is_some() { DRAW } else { ARRIVAL }.to_owned(),
            times: sale.times,
            seats_per_person: sale.seats_per_person,
            access: sale.access.to_string(),
            commitment: draw.map(|draw| draw.commitment.to_vec()),
            sealed_seed: draw.map(|draw| draw.sealed_seed.bytes().to_vec()),
            beacon_source: draw.and_then(|draw| draw.beacon_source.clone()),
            beacon: draw.map(|draw| draw.beacon.clone()).unwrap_or_default(),
            tail_fixed_at,
            lobby_tail,
            opened_at,
            seed: seed.map(|seed| seed.bytes().to_vec()),
            revision: sale.revision,
            created_at: sale.created_at,
            updated_at: sale.updated_at,
        }
    }
}

impl SaleColumns {
    /// The sale, or which of its columns contradict each other.
    pub(crate) fn sale(self) -> Result<Sale, &'static str> {
        let order = self.order()?;
        let opening = self.opening(&order)?;
        let access = Access::parse(&self.access).ok_or("access: is none")?;
        Ok(Sale {
            id: self.id,
            name: self.name,
            listed: self.listed,
            is_main: self.is_main,
            order,
            times: self.times,
            opening,
            seats_per_person: self.seats_per_person,
            access,
            created_at: self.created_at,
            updated_at: self.updated_at,
            revision: self.revision,
        })
    }

    fn order(&self) -> Result<SaleOrder, &'static str> {
        match (&*self.order, &self.commitment, &self.sealed_seed) {
            (ARRIVAL, None, None) if self.beacon.is_empty() => Ok(SaleOrder::Arrival),
            (DRAW, Some(commitment), Some(sealed_seed)) => Ok(SaleOrder::Draw(Draw {
                commitment: bytes_32(commitment).ok_or("commitment: has not 32 bytes")?,
                sealed_seed: SealedSeed::new(sealed_seed.clone()),
                beacon_source: self.beacon_source.clone(),
                beacon: self.beacon.clone(),
            })),
            (DRAW, None, _) => Err("commitment: is missing, and the sale has a draw"),
            (DRAW, _, None) => Err("sealed_seed: is missing, and the sale has a draw"),
            _ => Err("order and seed contradict each other"),
        }
    }

    fn opening(&self, order: &SaleOrder) -> Result<Opening, &'static str> {
        let seed = match &self.seed {
            Some(bytes) => Some(Seed::new(bytes_32(bytes).ok_or("seed: has not 32 bytes")?)),
            None => None,
        };
        let is_draw = matches!(order, SaleOrder::Draw(_));
        match (self.tail_fixed_at, self.opened_at, self.lobby_tail, seed) {
            (None, None, None, None) => Ok(Opening::Ahead),
            (Some(at), None, Some(lobby_tail), None) if is_draw => Ok(Opening::TailFixed { at, lobby_tail }),
            (_, Some(at), lobby_tail, seed) if seed.is_some() == is_draw => {
                Ok(Opening::Open { at, lobby_tail, seed })
            }
            _ => Err("the columns of its opening contradict each other"),
        }
    }
}

fn bytes_32(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SCHEMAS: [&str; 2] =
        [include_str!("sqlite/migrations/V1__sale.sql"), include_str!("postgres/migrations/V1__sale.sql")];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn arrival() -> Sale {
        Sale {
            is_main: false,
            listed: false,
            times: SaleTimes { lobby_at: Some(at(1)), opens_at: Some(at(2)), closes_at: Some(at(9)) },
            opening: Opening::Ahead,
            seats_per_person: Some(4),
            access: Access::parse("group:fans").unwrap(),
            updated_at: at(3),
            revision: 7,
            ..Sale::main(SaleId(Uuid::from_u128(5)), at(0))
        }
    }

    fn draw() -> Sale {
        let draw = Draw {
            commitment: [3; 32],
            sealed_seed: SealedSeed::new(vec![4; 64]),
            beacon_source: Some("round 4242".to_owned()),
            beacon: vec![1, 2],
        };
        Sale { order: SaleOrder::Draw(draw), ..arrival() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let open = |lobby_tail, seed| Opening::Open { at: at(2), lobby_tail, seed };
        for sale in [
            Sale::main(SaleId(Uuid::from_u128(5)), at(0)),
            arrival(),
            Sale { opening: open(Some(3), None), ..arrival() },
            draw(),
            Sale { opening: Opening::TailFixed { at: at(2), lobby_tail: 0 }, ..draw() },
            Sale { opening: open(Some(3), Some(Seed::new([8; 32]))), ..draw() },
        ] {
            assert_eq!(SaleColumns::from(&sale).sale(), Ok(sale));
        }
    }

    #[test]
    fn contradicting_columns_are_refused() {
        let (arrival, draw) = (SaleColumns::from(&arrival()), SaleColumns::from(&draw()));
        let some = || Some(vec![0; 32]);
        let all = [
            SaleColumns { order: "lottery".to_owned(), ..arrival.clone() },
            SaleColumns { commitment: some(), ..arrival.clone() },
            SaleColumns { beacon: vec![1], ..arrival.clone() },
            SaleColumns { access: "nobody".to_owned(), ..arrival.clone() },
            SaleColumns { seed: some(), opened_at: Some(at(2)), ..arrival.clone() },
            SaleColumns { tail_fixed_at: Some(at(2)), lobby_tail: Some(3), ..arrival.clone() },
            SaleColumns { lobby_tail: Some(3), ..arrival },
            SaleColumns { commitment: Some(vec![0; 31]), ..draw.clone() },
            SaleColumns { sealed_seed: None, ..draw.clone() },
            SaleColumns { seed: some(), ..draw.clone() },
            SaleColumns { tail_fixed_at: Some(at(2)), ..draw.clone() },
            SaleColumns { opened_at: Some(at(2)), lobby_tail: Some(3), ..draw.clone() },
            SaleColumns { opened_at: Some(at(2)), seed: Some(vec![0; 33]), ..draw },
        ];
        for (index, wrong) in all.into_iter().enumerate() {
            assert!(wrong.sale().is_err(), "{index}");
        }
    }

    #[test]
    fn every_schema_allows_these_words_and_no_others() {
        for schema in SCHEMAS {
            assert!(schema.contains(&format!("\"order\" IN ('{ARRIVAL}', '{DRAW}')")));
            assert!(schema.contains("access IN ('everyone', 'code')"));
        }
    }
}
