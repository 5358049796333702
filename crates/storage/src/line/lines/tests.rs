use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use onsale_booking::command::Call;
use onsale_booking::ids::{PassKey, UserId};
use onsale_booking::pass::{PassEnd, PassState};
use onsale_line::{DialChanges, Dials, Number, Sign};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::super::{FixedLobby, Joined, Lookup, Ticked};
use super::*;
use crate::port::Pending;

const MAIN: SaleId = SaleId(Uuid::from_u128(1));
const OTHER: SaleId = SaleId(Uuid::from_u128(2));

/// What happens to lines, in order.
#[derive(Default)]
struct Log {
    entries: Mutex<Vec<String>>,
    /// How many times closing fails from now on.
    closings_that_fail: AtomicU32,
}

impl Log {
    fn add(&self, entry: String) {
        self.entries.lock().unwrap().push(entry);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.entries.lock().unwrap())
    }
}

/// A line that only logs what its owner does with it.
struct LoggedLine {
    sale: SaleId,
    log: Arc<Log>,
}

/// Opens logged lines. One of [`OTHER`] waits until it is notified.
struct LoggedOpener {
    log: Arc<Log>,
    go_on: Arc<Notify>,
}

impl LineOpener for LoggedOpener {
    fn open(&self, sale: SaleId) -> Pending<'_, Result<Arc<dyn LinePort>, OpenLineError>> {
        self.log.add(format!("open {}", sale.0.as_u128()));
        let line: Arc<dyn LinePort> = Arc::new(LoggedLine { sale, log: Arc::clone(&self.log) });
        Box::pin(async move {
            if sale == OTHER {
                self.go_on.notified().await;
            }
            if sale == MAIN || sale == OTHER { Ok(line) } else { Err(OpenLineError::NoSuchSale) }
        })
    }
}

fn no_answer<T: Send + 'static>() -> Pending<'static, Result<T, WriteError>> {
    Box::pin(std::future::ready(Err(WriteError::Busy)))
}

impl LinePort for LoggedLine {
    fn sale(&self) -> SaleId {
        self.sale
    }

    fn epoch(&self) -> u32 {
        1
    }

    fn view_lifetime(&self) -> Option<Duration> {
        None
    }

    fn join(&self, _: UserId) -> Pending<'_, Result<Joined, WriteError>> {
        no_answer()
    }

    fn signs_of_life(&self, _: Vec<Sign>) -> Pending<'_, Result<(), WriteError>> {
        no_answer()
    }

    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>> {
        no_answer()
    }

    fn claim(&self, _: Number) -> Pending<'_, Result<Option<Call>, WriteError>> {
        no_answer()
    }

    fn lookup(&self, _: Number) -> Pending<'_, Result<Lookup, WriteError>> {
        no_answer()
    }

    fn state_of_user(&self, _: UserId) -> Pending<'_, Result<Option<(Number, Lookup)>, WriteError>> {
        no_answer()
    }

    fn passes_changed(&self, passes: &[Pass]) {
        for pass in passes {
            self.log.add(format!("pass {} of {}", pass.key.number, self.sale.0.as_u128()));
        }
    }

    fn fix_lobby(&self) -> Pending<'_, Result<Option<FixedLobby>, WriteError>> {
        no_answer()
    }

    fn unfix_lobby(&self) -> Pending<'_, Result<(), WriteError>> {
        no_answer()
    }

    fn sale_changed(&self, sale: Arc<Sale>) -> Pending<'_, Result<(), WriteError>> {
        self.log.add(format!("sale {} at revision {}", self.sale.0.as_u128(), sale.revision));
        Box::pin(std::future::ready(Ok(())))
    }

    fn set_dials(
        &self,
        _: DialChanges,
        _: Option<Dials>,
        _: Option<UserId>,
    ) -> Pending<'_, Result<Dials, WriteError>> {
        no_answer()
    }

    fn close(&self) -> Pending<'_, Result<(), WriteError>> {
        let fails = self.log.closings_that_fail.load(Ordering::SeqCst);
        let closed = if fails > 0 { Err(WriteError::Busy) } else { Ok(()) };
        self.log.closings_that_fail.store(fails.saturating_sub(1), Ordering::SeqCst);
        self.log.add(format!("close {}: {}", self.sale.0.as_u128(), closed.is_ok()));
        Box::pin(std::future::ready(closed))
    }
}

fn lines() -> (Arc<Lines>, Arc<Log>, Arc<Notify>) {
    let (log, go_on) = (Arc::<Log>::default(), Arc::<Notify>::default());
    let opener = LoggedOpener { log: Arc::clone(&log), go_on: Arc::clone(&go_on) };
    (Arc::new(Lines::new(MAIN, Box::new(opener))), log, go_on)
}

fn ended(sale: SaleId, number: u64) -> Pass {
    let state =
        PassState::Ended { session: None, ended_at: jiff::Timestamp::UNIX_EPOCH, cause: PassEnd::Left };
    Pass { key: PassKey { sale, number }, user: UserId(Uuid::from_u128(7)), state }
}

#[tokio::test]
async fn a_line_is_opened_once_and_others_go_on() {
    let (lines, log, go_on) = lines();
    let both = [Arc::clone(&lines), Arc::clone(&lines)];
    let [first, second] = both.map(|lines| tokio::spawn(async move { lines.open(OTHER).await }));
    lines.open(MAIN).await.unwrap();
    assert!(lines.opened(OTHER).is_none(), "it is still being opened");
    go_on.notify_one();
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert!(Arc::ptr_eq(&first, &second));
    let mut entries = log.take();
    entries.sort_unstable();
    assert_eq!(entries, ["open 1", "open 2"]);
    let unknown = lines.open(SaleId(Uuid::nil())).await;
    assert!(matches!(unknown, Err(OpenLineError::NoSuchSale)));
}

#[tokio::test]
async fn an_opening_goes_on_without_its_caller() {
    let (lines, _, go_on) = lines();
    let waited = tokio::time::timeout(Duration::from_millis(20), lines.open(OTHER)).await;
    assert!(waited.is_err());
    go_on.notify_one();
    for _ in 0..100 {
        if lines.opened(OTHER).is_some() {
            return;
        }
        // The opening has a task of its own, which nobody can wait for.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the line was never opened");
}

/// Begins to open the other line, which waits until it may go on.
async fn opening_other(
    lines: &Arc<Lines>,
    log: &Log,
) -> JoinHandle<Result<Arc<dyn LinePort>, OpenLineError>> {
    let lines = Arc::clone(lines);
    let opening = tokio::spawn(async move { lines.open(OTHER).await });
    while log.entries.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    opening
}

#[tokio::test]
async fn each_line_learns_of_its_own_passes_also_of_those_changed_while_it_opens() {
    let (lines, log, go_on) = lines();
    lines.open(MAIN).await.unwrap();
    let opening = opening_other(&lines, &log).await;
    lines.passes_changed(&[ended(MAIN, 1), ended(OTHER, 2), ended(MAIN, 3)]);
    assert_eq!(log.take(), ["open 1", "open 2", "pass 1 of 1", "pass 3 of 1"]);
    go_on.notify_one();
    opening.await.unwrap().unwrap();
    lines.passes_changed(&[ended(OTHER, 4)]);
    assert_eq!(log.take(), ["pass 2 of 2", "pass 4 of 2"]);
}

#[tokio::test]
async fn each_line_learns_of_its_own_sale_also_of_a_change_while_it_opens() {
    let (lines, log, go_on) = lines();
    lines.open(MAIN).await.unwrap();
    let opening = opening_other(&lines, &log).await;
    let at = |id, revision| Arc::new(Sale { revision, ..Sale::main(id, jiff::Timestamp::UNIX_EPOCH) });
    lines.sales_changed(&[at(MAIN, 2), at(OTHER, 5)]).await;
    lines.sales_changed(&[at(OTHER, 4)]).await;
    assert_eq!(log.take(), ["open 1", "open 2", "sale 1 at revision 2"]);
    go_on.notify_one();
    opening.await.unwrap().unwrap();
    lines.sales_changed(&[at(OTHER, 6)]).await;
    assert_eq!(log.take(), ["sale 2 at revision 5", "sale 2 at revision 6"]);
}

#[tokio::test]
async fn a_line_at_rest_is_closed_before_it_opens_again() {
    let (lines, log, _) = lines();
    lines.open(MAIN).await.unwrap();
    log.closings_that_fail.store(2, Ordering::SeqCst);
    assert!(lines.rest(MAIN).await.is_err());
    assert!(lines.opened(MAIN).is_none());
    lines.passes_changed(&[ended(MAIN, 1)]);
    let again = lines.open(MAIN).await;
    assert!(matches!(again, Err(OpenLineError::Write(WriteError::Busy))));
    lines.open(MAIN).await.unwrap();
    lines.rest(MAIN).await.unwrap();
    lines.rest(MAIN).await.unwrap();
    let closings = ["close 1: false", "close 1: false", "close 1: true"];
    assert_eq!(log.take(), [&["open 1"], &closings[..], &["open 1", "close 1: true"]].concat());
    assert!(lines.lock().by_sale.is_empty(), "what rests takes no memory");
}

#[tokio::test]
async fn closing_all_closes_those_at_rest_too_and_none_opens_again() {
    let (lines, log, go_on) = lines();
    lines.open(MAIN).await.unwrap();
    go_on.notify_one();
    lines.open(OTHER).await.unwrap();
    log.closings_that_fail.store(1, Ordering::SeqCst);
    assert!(lines.rest(OTHER).await.is_err());
    log.take();
    assert!(lines.close_all().await);
    let mut entries = log.take();
    entries.sort_unstable();
    assert_eq!(entries, ["close 1: true", "close 2: true"]);
    assert!(matches!(lines.open(OTHER).await, Err(OpenLineError::Write(WriteError::Busy))));
}
