//! The book's part about sales: what they sell, who may join, and how many seats each person owns.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::access::{AccessCode, CodeHash, CodeUse};
use crate::book::{Book, Changes, Rows};
use crate::concert::Concert;
use crate::ids::{ConcertId, SaleId, UserId};
use crate::new_sale::NewLine;
use crate::refusal::{Missing, Refusal};
use crate::sale::{Membership, Sale};
use crate::seat::OwnedSeats;

/// Rows about sales, and which of them changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SalesBook {
    sales: HashMap<SaleId, Sale>,
    codes: HashMap<(SaleId, CodeHash), AccessCode>,
    code_uses: HashMap<(SaleId, UserId), CodeUse>,
    owned: BTreeMap<(UserId, ConcertId), u32>,
    lines: Vec<NewLine>,
    changed_sales: BTreeSet<SaleId>,
    changed_memberships: BTreeMap<(SaleId, ConcertId), bool>,
    changed_codes: BTreeSet<(SaleId, CodeHash)>,
    changed_code_uses: BTreeSet<(SaleId, UserId)>,
    changed_owned: BTreeSet<(UserId, ConcertId)>,
}

impl SalesBook {
    /// Takes the rows about sales out of `rows`.
    pub(super) fn take(rows: &mut Rows) -> Self {
        let Rows { sales, codes, code_uses, owned, .. } = rows;
        Self {
            sales: std::mem::take(sales).into_iter().map(|sale| (sale.id, sale)).collect(),
            codes: std::mem::take(codes).into_iter().map(|code| ((code.sale, code.hash), code)).collect(),
            code_uses: std::mem::take(code_uses).into_iter().map(|one| ((one.sale, one.user), one)).collect(),
            owned: std::mem::take(owned)
                .into_iter()
                .map(|row| ((row.user, row.concert), row.count))
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn has_changes(&self) -> bool {
        !(self.changed_sales.is_empty()
            && self.changed_memberships.is_empty()
            && self.changed_codes.is_empty()
            && self.changed_code_uses.is_empty()
            && self.changed_owned.is_empty())
    }

    pub(super) fn add_to(self, changes: &mut Changes) {
        let Self { sales, codes, code_uses, owned, .. } = self;
        changes.sales = self.changed_sales.iter().filter_map(|id| sales.get(id).cloned()).collect();
        changes.lines = self.lines;
        let memberships = self.changed_memberships.into_iter();
        changes.memberships =
            memberships.map(|((sale, concert), sells)| Membership { sale, concert, sells }).collect();
        changes.codes = self.changed_codes.iter().filter_map(|key| codes.get(key).cloned()).collect();
        changes.code_uses =
            self.changed_code_uses.iter().filter_map(|key| code_uses.get(key).cloned()).collect();
        let count = |key: &(UserId, ConcertId)| owned.get(key).copied().unwrap_or_default();
        changes.owned = self
            .changed_owned
            .iter()
            .map(|key| OwnedSeats { user: key.0, concert: key.1, count: count(key) })
            .collect();
    }
}

impl Book {
    pub(crate) fn sale(&self, id: SaleId) -> Result<&Sale, Refusal> {
        self.sales.sales.get(&id).ok_or(Refusal::NotFound(Missing::Sale))
    }

    /// Writes a new sale, or one that changed.
    pub(crate) fn set_sale(&mut self, sale: Sale) {
        self.sales.changed_sales.insert(sale.id);
        self.sales.sales.insert(sale.id, sale);
    }

    /// Adds the line of a new sale.
    pub(crate) fn add_line(&mut self, line: NewLine) {
        self.sales.lines.push(line);
    }

    /// Has `sale` sell the concert from now on, or no longer.
    pub(crate) fn set_membership(&mut self, sale: SaleId, concert: ConcertId, sells: bool) {
        if let Some(concert) = self.concerts.get_mut(&concert) {
            if sells {
                concert.sales.insert(sale)
            } else {
                concert.sales.remove(&sale)
            };
        }
        self.sales.changed_memberships.insert((sale, concert), sells);
    }

    /// The concerts that are members of `sale`, of those that are loaded.
    pub(crate) fn members_of(&self, sale: SaleId) -> BTreeSet<ConcertId> {
        let members = self.concerts.values().filter(|concert| concert.sales.contains(&sale));
        members.map(|concert| concert.id).collect()
    }

    /// Whether `sale` sells the concert.
    pub(crate) fn sells(&self, sale: SaleId, concert: &Concert) -> bool {
        self.sale(sale).is_ok_and(|sale| sale.sells(concert))
    }

    pub(crate) fn code(&self, sale: SaleId, hash: CodeHash) -> Option<&AccessCode> {
        self.sales.codes.get(&(sale, hash))
    }

    /// Writes a new access code, or one that was used.
    pub(crate) fn set_code(&mut self, code: AccessCode) {
        self.sales.changed_codes.insert((code.sale, code.hash));
        self.sales.codes.insert((code.sale, code.hash), code);
    }

    pub(crate) fn code_use(&self, sale: SaleId, user: UserId) -> Option<&CodeUse> {
        self.sales.code_uses.get(&(sale, user))
    }

    pub(crate) fn add_code_use(&mut self, code_use: CodeUse) {
        let key = (code_use.sale, code_use.user);
        self.sales.changed_code_uses.insert(key);
        self.sales.code_uses.insert(key, code_use);
    }

    /// How many seats `user` owns in each concert in which they own any.
    pub(crate) fn owned(&self, user: UserId) -> impl Iterator<Item = (ConcertId, u32)> + '_ {
        let from = (user, ConcertId(uuid::Uuid::nil()));
        let rows = self.sales.owned.range(from..).take_while(move |((owner, _), _)| *owner == user);
        rows.map(|((_, concert), count)| (*concert, *count))
    }

    /// Adds to the seats that `user` owns in a concert.
    pub(crate) fn add_owned(&mut self, user: UserId, concert: ConcertId, count: u32) {
        let owned = self.sales.owned.entry((user, concert)).or_default();
        *owned = owned.saturating_add(count);
        self.sales.changed_owned.insert((user, concert));
    }
}
