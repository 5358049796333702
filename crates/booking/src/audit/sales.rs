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
        let mut uses = BTreeMap::<(SaleId, CodeHash), u32>::new();
        for ((sale, _), hash) in &self.code_uses {
            *uses.entry((*sale, *hash)).or_default() += 1;
        }
        for ((sale, hash), code) in &self.codes {
            let people = uses.remove(&(*sale, *hash)).unwrap_or_default();
            if people != code.used {
                let used = code.used;
                found.push(format!("an access code of sale {sale} was used {used} times by {people} people"));
            }
        }
        for (sale, _) in uses.keys() {
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
