//! The sales and what each of them sells, for reading: refreshed by every commit before its callers get their
//! answer, and by the updates of other instances, which only say what to read again.
//!
//! It never grants anything. What counts when somebody holds a seat or redeems a code, the store decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use onsale_booking::Changes;
use onsale_booking::ids::{ConcertId, SaleId};
use onsale_booking::sale::Sale;
use tokio::sync::watch;

use crate::error::StoreError;
use crate::gates::Gates;
use crate::port::{Reads, SaleRecord};

/// See the module.
pub struct SaleDirectory {
    reads: Arc<dyn Reads>,
    /// Whether other instances may change sales, too.
    has_others: bool,
    entries: RwLock<Entries>,
    /// Wakes those who have to know of every change; carries their count.
    changes: watch::Sender<u64>,
    /// One task at a time reads a sale.
    gates: Gates<SaleId>,
    /// Counts the beginnings of calls and reads, which tells which was first.
    moments: AtomicU64,
    /// Whether something could not be read that may have changed.
    is_behind: AtomicBool,
}

#[derive(Default)]
struct Entries {
    sales: BTreeMap<SaleId, Entry>,
    /// The sales that each concert is a member of, where there are any.
    members: BTreeMap<ConcertId, BTreeSet<SaleId>>,
    /// How often anything was applied.
    revision: u64,
}

struct Entry {
    sale: Arc<Sale>,
    /// The moment at which the read began that this is from; `None` if it is from a commit.
    read_at: Option<u64>,
    /// How often anything was applied to it.
    revision: u64,
}

impl SaleDirectory {
    /// What the store has now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(reads: Arc<dyn Reads>, has_others: bool) -> Result<Self, StoreError> {
        let directory = Self {
            reads,
            has_others,
            entries: RwLock::default(),
            changes: watch::Sender::new(0),
            gates: Gates::default(),
            moments: AtomicU64::new(0),
            is_behind: AtomicBool::new(false),
        };
        directory.read_all().await?;
        Ok(directory)
    }

    /// Notifies of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Every sale that this instance knows, ordered by identity.
    pub fn all(&self) -> Vec<Arc<Sale>> {
        self.entries().sales.values().map(|entry| Arc::clone(&entry.sale)).collect()
    }

    /// A sale, as this instance knows it.
    pub fn get(&self, sale: SaleId) -> Option<Arc<Sale>> {
        self.entries().sales.get(&sale).map(|entry| Arc::clone(&entry.sale))
    }

    /// A sale. What this instance does not know yet is read from the store.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find(&self, sale: SaleId) -> Result<Option<Arc<Sale>>, StoreError> {
        match self.get(sale) {
            Some(known) => Ok(Some(known)),
            None => self.current(sale).await,
        }
    }

    /// A sale as it was at this call or later, whichever instance changed it. Calls at the same time share
    /// their reads.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn current(&self, sale: SaleId) -> Result<Option<Arc<Sale>>, StoreError> {
        if !self.has_others
            && let Some(known) = self.get(sale)
        {
            return Ok(Some(known));
        }
        let came_at = self.next_moment();
        let _passage = self.gates.enter(sale).await;
        if let Some(entry) = self.entries().sales.get(&sale)
            && entry.read_at.is_some_and(|read_at| read_at > came_at)
        {
            return Ok(Some(Arc::clone(&entry.sale)));
        }
        self.read_one(sale).await
    }

    /// The concerts that a sale has as its members, in order.
    pub fn members_of(&self, sale: SaleId) -> Vec<ConcertId> {
        let entries = self.entries();
        let members = entries.members.iter().filter(|(_, sales)| sales.contains(&sale));
        members.map(|(concert, _)| *concert).collect()
    }

    /// Whether a sale sells a concert: it is a member, or a member of no sale and this is the main sale.
    pub fn sells(&self, sale: SaleId, concert: ConcertId) -> bool {
        let entries = self.entries();
        match entries.members.get(&concert) {
            Some(sales) => sales.contains(&sale),
            None => entries.sales.get(&sale).is_some_and(|entry| entry.sale.is_main),
        }
    }

    /// The sales that sell a concert.
    pub fn sellers_of(&self, concert: ConcertId) -> Vec<Arc<Sale>> {
        let entries = self.entries();
        let all = entries.sales.values().map(|entry| &entry.sale);
        match entries.members.get(&concert) {
            Some(sales) => all.filter(|sale| sales.contains(&sale.id)).cloned().collect(),
            None => all.filter(|sale| sale.is_main).cloned().collect(),
        }
    }

    /// Applies a commit, and returns the sales that it touched. Commits of several writers may come in
    /// another order than they happened; [`read_again`](Self::read_again) settles that.
    pub(crate) fn apply(&self, changes: &Changes) -> BTreeSet<SaleId> {
        let touched: BTreeSet<_> = touched_by(changes).collect();
        if touched.is_empty() {
            return touched;
        }
        let entries = &mut *self.entries_mut();
        for sale in &changes.sales {
            entries.put(sale.clone(), None);
        }
        for member in &changes.memberships {
            let sales = entries.members.entry(member.concert).or_default();
            if member.sells {
                sales.insert(member.sale);
            } else {
                sales.remove(&member.sale);
            }
            entries.touch(member.sale);
        }
        entries.members.retain(|_, sales| !sales.is_empty());
        self.changes.send_replace(entries.revision);
        touched
    }

    /// Reads these sales. What cannot be read now is read [as soon as it can](Self::catch_up).
    pub(crate) async fn read_again(&self, sales: impl IntoIterator<Item = SaleId>) {
        for sale in sales {
            let _passage = self.gates.enter(sale).await;
            if let Err(error) = self.read_one(sale).await {
                tracing::warn!(%error, %sale, "cannot read a sale");
                self.fall_behind();
            }
        }
    }

    /// Something may have changed that nobody has reported.
    pub(crate) fn fall_behind(&self) {
        self.is_behind.store(true, Ordering::Relaxed);
    }

    /// Reads every sale, if some could not be read before.
    pub(crate) async fn catch_up(&self) {
        if self.is_behind.swap(false, Ordering::Relaxed)
            && let Err(error) = self.read_all().await
        {
            tracing::warn!(%error, "cannot read the sales");
            self.fall_behind();
        }
    }

    /// Reads every sale.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) async fn read_all(&self) -> Result<(), StoreError> {
        loop {
            let (read_at, revision) = (self.next_moment(), self.entries().revision);
            let records = self.reads.sales().await?;
            let entries = &mut *self.entries_mut();
            // If something was applied meanwhile, what was read may be older.
            if entries.revision == revision {
                entries.members.clear();
                for record in records {
                    entries.replace(record, read_at);
                }
                self.changes.send_replace(entries.revision);
                return Ok(());
            }
        }
    }

    /// Reads one sale, through its gate.
    async fn read_one(&self, sale: SaleId) -> Result<Option<Arc<Sale>>, StoreError> {
        loop {
            let (read_at, revision) = (self.next_moment(), self.entries().revision_of(sale));
            let Some(record) = self.reads.sale(sale).await? else { return Ok(None) };
            let entries = &mut *self.entries_mut();
            if entries.revision_of(sale) == revision {
                let was_known = entries.knows(&record);
                let sale = entries.replace(record, read_at);
                if !was_known {
                    self.changes.send_replace(entries.revision);
                }
                return Ok(Some(sale));
            }
        }
    }

    fn next_moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    fn entries(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, Entries> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sales that a commit changed, or into or out of which it moved a concert.
pub(crate) fn touched_by(changes: &Changes) -> impl Iterator<Item = SaleId> {
    let moved = changes.memberships.iter().map(|member| member.sale);
    changes.sales.iter().map(|sale| sale.id).chain(moved)
}

impl Entries {
    fn revision_of(&self, sale: SaleId) -> u64 {
        self.sales.get(&sale).map_or(0, |entry| entry.revision)
    }

    /// Whether a read brings nothing new.
    fn knows(&self, record: &SaleRecord) -> bool {
        let id = record.sale.id;
        let is_member =
            |(concert, sales): (&ConcertId, &BTreeSet<_>)| sales.contains(&id).then_some(*concert);
        self.sales.get(&id).is_some_and(|known| *known.sale == record.sale)
            && self.members.iter().filter_map(is_member).eq(record.concerts.iter().copied())
    }

    fn touch(&mut self, sale: SaleId) {
        self.revision += 1;
        if let Some(entry) = self.sales.get_mut(&sale) {
            entry.revision += 1;
        }
    }

    /// Takes up a sale unless a newer one is known.
    fn put(&mut self, sale: Sale, read_at: Option<u64>) -> Arc<Sale> {
        let id = sale.id;
        let sale = match self.sales.get(&id) {
            Some(known) if known.sale.revision > sale.revision => Arc::clone(&known.sale),
            _ => Arc::new(sale),
        };
        let revision = self.revision_of(id);
        self.sales.insert(id, Entry { sale: Arc::clone(&sale), read_at, revision });
        self.touch(id);
        sale
    }

    fn replace(&mut self, record: SaleRecord, read_at: u64) -> Arc<Sale> {
        let id = record.sale.id;
        for sales in self.members.values_mut() {
            sales.remove(&id);
        }
        for concert in record.concerts {
            self.members.entry(concert).or_default().insert(id);
        }
        self.members.retain(|_, sales| !sales.is_empty());
        self.put(record.sale, Some(read_at))
    }
}
