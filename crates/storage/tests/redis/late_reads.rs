//! A store that answers late what it is asked about passes.

use std::sync::Arc;

use onsale_booking::audit::Breach;
use onsale_booking::bill::Bill;
use onsale_booking::command::PassHolder;
use onsale_booking::ids::{BillId, ConcertId, SaleId, SeatId, SeatKey, UserId};
use onsale_booking::money::Money;
use onsale_booking::pass::Pass;
use onsale_booking::seat::Seat;
use onsale_booking::user::User;
use onsale_line::{Dials, NumberState};
use onsale_storage::error::StoreError;
use onsale_storage::port::{
    After, ConcertSeats, LineHistory, LineRow, Pending, Reads, SaleRecord, StoredLogEntry,
};
use onsale_storage::sqlite::SqliteReads;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Duration, timeout};

use crate::rig::Rig;
use crate::support::commands::{CONCERT, MAIN_SALE, admit, hold, holder, open_concert, room, seconds, start};

/// Reads passes at once, and gives them out when `go_on` is notified.
struct LateReads {
    reads: Arc<SqliteReads>,
    /// Sent a word whenever passes have been read.
    read: mpsc::UnboundedSender<()>,
    go_on: Arc<Notify>,
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
            if self.read.send(()).is_ok() {
                self.go_on.notified().await;
            }
            passes
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_before_a_hold_does_not_shorten_a_pass() {
    let rig = Rig::start();
    let (sender, mut was_read) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let reads = LateReads { reads: Arc::clone(&rig.reads), read: sender, go_on: Arc::clone(&go_on) };
    let dials = Dials { capacity: room(1), rate_per_minute: 0, paused: false };
    let line = rig.open_with(Arc::new(reads), MAIN_SALE, dials, rig.fixture.clock.clone()).await;
    rig.notify(&line);
    let caller = rig.caller(&line);
    let alice: PassHolder = holder("alice");
    caller.ok(open_concert(CONCERT, 10)).await;
    line.join(alice.user).await.unwrap();
    caller.ok(admit(alice)).await;
    let until = async || match line.lookup(alice.pass.number).await.unwrap().state {
        NumberState::Inside { until } => until,
        other => panic!("{other:?}"),
    };
    assert_eq!(until().await, start() + seconds(600));

    // A tick has the store asked about those inside once a second. It reads her pass as it is.
    timeout(Duration::from_secs(10), async {
        while was_read.try_recv().is_err() {
            line.tick().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("the store is asked about those inside");
    rig.fixture.clock.advance(seconds(599));
    caller.ok(hold(alice, &[1])).await;
    let extended = start() + seconds(899);
    assert_eq!(until().await, extended);

    // The answer arrives, then the next question is asked.
    go_on.notify_one();
    timeout(Duration::from_secs(10), async {
        while was_read.try_recv().is_err() {
            line.tick().await.unwrap();
            assert_eq!(until().await, extended, "an older answer replaces a newer one");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the store is asked again");
    drop(was_read);
    go_on.notify_one();
}
