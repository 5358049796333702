//! A store that answers late what it is asked about passes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onsale_booking::audit::Breach;
use onsale_booking::bill::Bill;
use onsale_booking::command::PassHolder;
use onsale_booking::ids::{BillId, ConcertId, PlanId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use onsale_line::{Dials, NumberState};
use onsale_storage::error::StoreError;
use onsale_storage::port::{
    After, ConcertSeats, LineHistory, LineRow, Pending, Reads, SaleRecord, StoredLogEntry, StoredPlan,
};
use onsale_storage::sqlite::SqliteReads;
use tokio::sync::Notify;

use crate::rig::Rig;
use crate::support::commands::{CONCERT, MAIN_SALE, admit, hold, holder, open_concert, room, seconds, start};

/// Reads passes at once; while it is late, it gives them out when `go_on` is notified.
struct LateReads {
    reads: Arc<SqliteReads>,
    late: Arc<Late>,
}

#[derive(Default)]
struct Late {
    waits: AtomicBool,
    /// How often passes have been read while it was late.
    read: AtomicU32,
    go_on: Notify,
}

/// Has the store answer these at once.
macro_rules! at_once {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> Pending<'_, Result<$answer, StoreError>> {
            self.reads.$name($($argument),*)
        })*
    };
}

impl Reads for LateReads {
    at_once! {
        balance(user: UserId) -> Money;
        reservations(user: UserId, after: Option<After<SeatId>>, limit: usize) -> Vec<Seat>;
        bills(user: UserId, after: Option<After<BillId>>, limit: usize) -> Vec<Bill>;
        user(user: UserId) -> Option<User>;
        users_named(text: String, limit: usize) -> Vec<User>;
        passes_of(user: UserId, limit: usize) -> Vec<Pass>;
        bills_of_sale(concert: Option<ConcertId>, after: Option<SeatKey>, limit: usize) -> Vec<Bill>;
        plan(plan: PlanId) -> Option<StoredPlan>;
        concerts() -> Vec<ConcertSeats>;
        sales() -> Vec<SaleRecord>;
        sale(sale: SaleId) -> Option<SaleRecord>;
        has_redeemed(sale: SaleId, user: UserId) -> bool;
        main_sale() -> SaleId;
        line_row(sale: SaleId) -> Option<LineRow>;
        lines_left_open() -> Vec<LineRow>;
        passes_by_number(number: u64) -> Vec<Pass>;
        line(sale: SaleId) -> Option<LineHistory>;
        operator_log(after: Option<u64>, limit: usize) -> Vec<StoredLogEntry>;
        audit() -> (Vec<Breach>, u64);
    }

    fn passes(&self, sale: SaleId, numbers: Vec<u64>) -> Pending<'_, Result<Vec<Pass>, StoreError>> {
        Box::pin(async move {
            let passes = self.reads.passes(sale, numbers).await;
            if self.late.waits.load(Ordering::SeqCst) {
                self.late.read.fetch_add(1, Ordering::SeqCst);
                self.late.go_on.notified().await;
            }
            passes
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_before_a_hold_does_not_shorten_a_pass() {
    let rig = Rig::start();
    let late = Arc::new(Late::default());
    let reads = LateReads { reads: Arc::clone(&rig.reads), late: Arc::clone(&late) };
    let dials = Dials { capacity: room(1), rate_per_minute: 0, paused: false };
    let line = rig.open_with(Arc::new(reads), MAIN_SALE, dials, rig.fixture.clock.clone()).await;
    rig.notify(&line);
    let caller = rig.caller(&line);
    let alice: PassHolder = holder("alice");
    caller.ok(open_concert(CONCERT, 10)).await;
    line.join(alice.user).await.unwrap();
    caller.ok(admit(alice)).await;
    let seen = Mutex::new(Vec::new());
    let until = async || match line.lookup(alice.pass.number).await.unwrap().state {
        NumberState::Inside { until } => until,
        other => panic!("{other:?}"),
    };
    assert_eq!(until().await, start() + seconds(600));

    // Ticks have the store asked about those inside once a second of real time. It reads her pass as it is.
    let is_asked = async |times| {
        for _ in 0..500 {
            line.tick().await.unwrap();
            if late.read.load(Ordering::SeqCst) == times {
                return;
            }
            // Real time has to pass, and so little that an update between two questions is seen.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let shown = until().await;
            seen.lock().unwrap().push(shown);
        }
        panic!("the store is not asked");
    };
    late.waits.store(true, Ordering::SeqCst);
    is_asked(1).await;
    rig.fixture.clock.advance(seconds(599));
    caller.ok(hold(alice, &[1])).await;
    let extended = start() + seconds(899);
    assert_eq!(until().await, extended);

    // The answer arrives, then the next question is asked.
    seen.lock().unwrap().clear();
    late.go_on.notify_one();
    is_asked(2).await;
    late.waits.store(false, Ordering::SeqCst);
    late.go_on.notify_one();
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|until| *until == extended), "{seen:?}");
}
