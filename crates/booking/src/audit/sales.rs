//! What must always be true of sales, and of who got into them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::{AccessCode, CodeHash, CodeUse};
use crate::ids::{SaleId, UserId};
use crate::pass::{Pass, PassState};
use crate::sale::{Opening, Sale, SaleOrder};

/// Rows about sales, and when the passes of each were admitted.
#[derive(Debug, Default)]
pub(super) struct SalesAudit {
    sales: BTreeMap<SaleId, Sale>,
    codes: BTreeMap<(SaleId, CodeHash), AccessCode>,
    code_uses: BTreeMap<(SaleId, UserId), CodeHash>,
    /// The first and the last admission of each sale.
    admitted: BTreeMap<SaleId, (Timestamp, Timestamp)>,
    found: Vec<String>,
}

impl SalesAudit {
    pub(super) fn pass(&mut self, pass: &Pass) {
        let (PassState::Inside(session) | PassState::Ended { session: Some(session), .. }) = pass.state
        else {
            return;
        };
        let at = session.admitted_at;
        let (first, last) = self.admitted.entry(pass.key.sale).or_insert((at, at));
        (*first, *last) = ((*first).min(at), (*last).max(at));
    }

    pub(super) fn sale(&mut self, sale: &Sale) {
        let mut breach = |what: &str| self.found.push(format!("sale {}: {what}", sale.id));
        let times = sale.times;
        if times.lobby_at.is_some() != times.opens_at.is_some() {
            breach("it has a lobby without an opening, or an opening without a lobby");
        }
        if times.lobby_at > times.opens_at {
            breach("its lobby begins after its opening");
        }
        if times.closes_at.is_some_and(|closes_at| times.opens_at.is_some_and(|at| at >= closes_at)) {
            breach("it closes before it opens");
        }
        if sale.is_main && (times.closes_at.is_some() || times.opens_at.is_some()) {
            breach("the main sale has times");
        }
        let (at, lobby_tail, seed) = match sale.opening {
            Opening::Ahead => (None, None, None),
            Opening::TailFixed { at, lobby_tail } => (Some(at), Some(lobby_tail), None),
            Opening::Open { at, lobby_tail, seed } => (Some(at), lobby_tail, seed),
        };
        if times.opens_at.is_none() != (at.is_some() && lobby_tail.is_none()) {
            breach("its opening does not fit its times");
        }
        if at.is_some_and(|at| times.opens_at.is_some_and(|opens_at| at < opens_at)) {
            breach("it was opened before its time");
        }
        match &sale.order {
            SaleOrder::Arrival if seed.is_some() => breach("it has a seed but no draw"),
            SaleOrder::Draw(_) if times.opens_at.is_none() => breach("it has a draw but no opening"),
            SaleOrder::Draw(draw) => {
                if seed.is_some_and(|seed| seed.commitment() != draw.commitment) {
                    breach("its seed is not the one that it was committed to");
                }
                if sale.is_opened() && (seed.is_none() || draw.awaits_beacon()) {
                    breach("it is open without the seed or the beacon of its draw");
                }
                if sale.opening == Opening::Ahead && !draw.beacon.is_empty() {
                    breach("its beacon was entered while people could still join the draw");
                }
            }
            SaleOrder::Arrival => {}
        }
        if self.sales.insert(sale.id, sale.clone()).is_some() {
            self.found.push(format!("sale {} exists twice", sale.id));
        }
    }

    pub(super) fn code(&mut self, code: &AccessCode) {
        if code.used > code.uses {
            let AccessCode { sale, used, uses, .. } = code;
            self.found
                .push(format!("an access code of sale {sale} was used {used} times, but is for {uses}"));
        }
        if self.codes.insert((code.sale, code.hash), code.clone()).is_some() {
            self.found.push(format!("an access code of sale {} exists twice", code.sale));
        }
    }

    pub(super) fn code_use(&mut self, code_use: &CodeUse) {
        let CodeUse { sale, user, hash, .. } = *code_use;
        if self.code_uses.insert((sale, user), hash).is_some() {
            self.found.push(format!("user {user} redeemed two access codes of sale {sale}"));
        }
    }

    pub(super) fn finish(self, found: &mut Vec<String>) {
        found.extend(self.found);
        let mut people_by_code = BTreeMap::<(SaleId, CodeHash), u32>::new();
        for ((sale, _), hash) in &self.code_uses {
            *people_by_code.entry((*sale, *hash)).or_default() += 1;
        }
        for ((sale, hash), code) in &self.codes {
            let people = people_by_code.remove(&(*sale, *hash)).unwrap_or_default();
            if people != code.used {
                let used = code.used;
                found.push(format!("an access code of sale {sale} was used {used} times by {people} people"));
            }
        }
        for (sale, _) in people_by_code.keys() {
            found.push(format!("somebody redeemed an access code of sale {sale} that does not exist"));
        }
        for (id, (first, last)) in &self.admitted {
            let Some(sale) = self.sales.get(id) else {
                found.push(format!("sale {id} let people in, but does not exist"));
                continue;
            };
            match sale.opening {
                Opening::Open { at, .. } if at <= *first => {}
                _ => found.push(format!("sale {id} let somebody in at {first}, before it was open")),
            }
            if sale.times.closes_at.is_some_and(|closes_at| *last >= closes_at) {
                found.push(format!("sale {id} let somebody in at {last}, after it was over"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::Audit;
    use super::*;
    use crate::access::Access;
    use crate::ids::PassKey;
    use crate::new_sale::{NewSale, SaleChanges};
    use crate::seed::Seed;
    use crate::testing::{MAIN_SALE, PRESALE, Stage};

    /// A drawn sale with a beacon and a code, from its opening on, with one person inside.
    struct Rows {
        main: Sale,
        sale: Sale,
        pass: Pass,
        code: AccessCode,
        code_uses: Vec<CodeUse>,
    }

    fn rows() -> Rows {
        let mut stage = Stage::new();
        let beacon_source = Some("Round 4242".to_owned());
        stage.make(NewSale { access: Access::Code, beacon_source, ..Stage::drawn_sale() }).unwrap();
        stage.add_codes(&[1], 2).unwrap();
        stage.book.set_now(Stage::opens_at());
        stage.redeem("alice", 1).unwrap();
        stage.redeem("bob", 1).unwrap();
        stage.open_sale(2, None).unwrap();
        stage
            .change(PRESALE, SaleChanges { beacon: Some(b"4242".to_vec()), ..SaleChanges::default() })
            .unwrap();
        stage.open_sale(2, Some(Stage::seed())).unwrap();
        let alice = stage.presale_pass(Stage::waiting("alice"));
        let changes = stage.book.clone().into_changes();
        Rows {
            main: stage.book.sale(MAIN_SALE).unwrap().clone(),
            sale: stage.book.sale(PRESALE).unwrap().clone(),
            pass: stage.book.pass(alice.pass).unwrap().clone(),
            code: changes.codes[0].clone(),
            code_uses: changes.code_uses,
        }
    }

    fn breaches(rows: &Rows) -> Vec<String> {
        let mut audit = Audit::default();
        audit.sale(&rows.main);
        audit.sale(&rows.sale);
        audit.pass(&rows.pass);
        audit.code(&rows.code);
        rows.code_uses.iter().for_each(|code_use| audit.code_use(code_use));
        audit.finish(Stage::opens_at()).into_iter().map(|breach| breach.0).collect()
    }

    fn caught(spoil: impl FnOnce(&mut Rows), word: &str) {
        let mut rows = rows();
        assert_eq!(breaches(&rows), Vec::<String>::new());
        spoil(&mut rows);
        let found = breaches(&rows);
        assert!(found.iter().any(|breach| breach.contains(word)), "{word} not in {found:?}");
    }

    fn opening(rows: &mut Rows) -> (&mut Timestamp, &mut Option<u64>, &mut Option<Seed>) {
        let Opening::Open { at, lobby_tail, seed } = &mut rows.sale.opening else { panic!() };
        (at, lobby_tail, seed)
    }

    fn draw(rows: &mut Rows) -> &mut crate::sale::Draw {
        let SaleOrder::Draw(draw) = &mut rows.sale.order else { panic!() };
        draw
    }

    #[test]
    fn an_early_opening_is_caught() {
        caught(|rows| *opening(rows).0 -= SignedDuration::from_micros(1), "before its time");
        let fixed = Opening::TailFixed { at: Stage::start(), lobby_tail: 2 };
        caught(|rows| rows.sale.opening = fixed, "before its time");
    }

    #[test]
    fn an_admission_outside_the_opening_is_caught() {
        caught(|rows| *opening(rows).0 += SignedDuration::from_micros(1), "before it was open");
        let fixed = Opening::TailFixed { at: Stage::opens_at(), lobby_tail: 2 };
        caught(|rows| rows.sale.opening = fixed, "before it was open");
        caught(|rows| rows.sale.times.closes_at = Some(Stage::opens_at()), "after it was over");
        caught(
            |rows| rows.pass.key = PassKey { sale: SaleId(uuid::Uuid::nil()), number: 1 },
            "does not exist",
        );
    }

    #[test]
    fn a_sealed_seed_that_cannot_open_its_draw_is_caught_until_the_opening() {
        let mut stage = Stage::new();
        let sale = stage.make(Stage::drawn_sale()).unwrap();
        let found =
            |sale: &Sale, read| Audit::sealed_seed(sale, |_| read, Stage::opens_at()).map(|breach| breach.0);
        assert_eq!(found(&sale, Some(Stage::seed())), None);
        assert!(found(&sale, None).is_some_and(|text| text.contains("cannot be read")));
        let other = found(&sale, Some(Seed::new([8; 32]))).unwrap();
        assert!(other.contains("committed to") && other.contains(&sale.id.to_string()), "{other}");
        stage.book.set_now(Stage::opens_at());
        let (open, _) = stage.open_sale(1, Some(Stage::seed())).unwrap();
        assert_eq!(found(&open, None), None, "the seed is public");
        assert_eq!(found(&rows().main, None), None);
    }

    #[test]
    fn a_seed_that_was_not_committed_to_is_caught() {
        caught(|rows| *opening(rows).2 = Some(Seed::new([8; 32])), "committed to");
        caught(|rows| *opening(rows).2 = None, "without the seed");
        caught(|rows| rows.sale.order = SaleOrder::Arrival, "but no draw");
    }

    #[test]
    fn a_beacon_at_the_wrong_time_is_caught() {
        caught(|rows| draw(rows).beacon.clear(), "or the beacon");
        caught(|rows| rows.sale.opening = Opening::Ahead, "could still join the draw");
    }

    #[test]
    fn times_that_contradict_are_caught() {
        caught(|rows| rows.sale.times.lobby_at = None, "without a lobby");
        caught(|rows| rows.sale.times.lobby_at = rows.sale.times.closes_at, "after its opening");
        caught(|rows| rows.sale.times.closes_at = rows.sale.times.lobby_at, "closes before it opens");
        caught(|rows| *opening(rows).1 = None, "does not fit its times");
        caught(|rows| rows.main.opening = Opening::Ahead, "does not fit its times");
        caught(|rows| rows.main.times.closes_at = Some(Stage::opens_at()), "the main sale has times");
        let untimed = |rows: &mut Rows| (rows.sale.times.lobby_at, rows.sale.times.opens_at) = (None, None);
        caught(untimed, "a draw but no opening");
    }

    #[test]
    fn codes_that_were_used_too_often_are_caught() {
        caught(|rows| rows.code.uses = 1, "used 2 times, but is for 1");
        caught(|rows| rows.code.used = 1, "used 1 times by 2 people");
        caught(|rows| rows.code_uses.truncate(1), "used 2 times by 1 people");
        caught(|rows| rows.code.hash = CodeHash([9; 32]), "that does not exist");
        caught(|rows| rows.code_uses[1].user = rows.code_uses[0].user, "redeemed two");
    }

    #[test]
    fn duplicates_are_caught() {
        let rows = rows();
        let mut audit = Audit::default();
        for _ in 0..2 {
            audit.sale(&rows.sale);
            audit.code(&rows.code);
        }
        let found = audit.finish(Stage::opens_at());
        for word in ["sale 00000000-0000-0000-0000-000000000022 exists twice", "access code of sale"] {
            assert!(found.iter().any(|breach| breach.0.contains(word)), "{word} not in {found:?}");
        }
    }
}
