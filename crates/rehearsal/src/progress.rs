//! Progress during the sale: a live view in a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::history::{Micros, SECOND};
use crate::stage::{Stage, Tally};

const LIVE_EVERY: Duration = Duration::from_millis(250);
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How progress is shown.
pub(crate) struct Progress {
    is_live: bool,
}

/// Progress being shown.
pub(crate) struct Showing {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Progress {
    /// Live if standard error is a terminal, unless plain lines are wanted.
    pub(crate) fn new(wants_plain: bool) -> Self {
        Self { is_live: !wants_plain && std::io::stderr().is_terminal() }
    }

    /// Shows the progress of the preparation.
    pub(crate) fn preparing(&self, fans: u32) -> ProgressBar {
        if !self.is_live {
            eprintln!("{fans} fans sign up");
            return ProgressBar::hidden();
        }
        let style = "fans sign up  {bar:40.cyan/dim}  {human_pos} of {human_len}";
        ProgressBar::new(fans.into()).with_style(style_of(style))
    }

    /// Shows the sale until its end.
    pub(crate) fn begin(&self, stage: &Arc<Stage>) -> Showing {
        let (stop, stopped) = oneshot::channel();
        let stage = Arc::clone(stage);
        let task = if self.is_live {
            tokio::spawn(live(stage, stopped))
        } else {
            tokio::spawn(plain(stage, stopped))
        };
        Showing { task, stop }
    }
}

impl Showing {
    /// Shows the final state, and stops.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn live(stage: Arc<Stage>, mut stopped: oneshot::Receiver<()>) {
    let bar = ProgressBar::with_draw_target(Some(stage.crowd.fans.into()), ProgressDrawTarget::stderr());
    bar.set_style(style_of("{msg}\n  {bar:56.cyan/dim}  {percent}% of the fans are done"));
    let mut counters = Counters::new(stage.clock.now());
    loop {
        bar.set_message(counters.at(&stage.tally, stage.clock.now()).lines());
        bar.set_position(through(&stage.tally));
        tokio::select! {
            () = tokio::time::sleep(LIVE_EVERY) => {}
            _ = &mut stopped => return bar.finish_and_clear(),
        }
    }
}

async fn plain(stage: Arc<Stage>, mut stopped: oneshot::Receiver<()>) {
    let mut counters = Counters::new(stage.clock.now());
    loop {
        let is_over = tokio::select! {
            () = tokio::time::sleep(PLAIN_EVERY) => false,
            _ = &mut stopped => true,
        };
        eprintln!("{}", counters.at(&stage.tally, stage.clock.now()).line());
        if is_over {
            return;
        }
    }
}

fn style_of(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is fixed").progress_chars("━━─")
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn through(tally: &Tally) -> u64 {
    get(&tally.gave_up) + get(&tally.out)
}

/// The counters at the last update, for rates.
struct Counters {
    began: Micros,
    last: Micros,
    answers: u64,
    admitted: u64,
}

/// One update.
struct Update {
    seconds: u64,
    arrived: u64,
    waiting: u64,
    inside: u64,
    sold: u64,
    refused: u64,
    troubles: u64,
    finished: u64,
    answers_per_s: u64,
    admitted_per_s: u64,
}

impl Counters {
    fn new(now: Micros) -> Self {
        Self { began: now, last: now, answers: 0, admitted: 0 }
    }

    fn at(&mut self, tally: &Tally, now: Micros) -> Update {
        let passed = u64::try_from(now - self.last).unwrap_or(0).max(1);
        let (answers, admitted) = (get(&tally.answers), get(&tally.admitted));
        let (joined, out) = (get(&tally.joined), get(&tally.out));
        let update = Update {
            seconds: u64::try_from((now - self.began) / SECOND).unwrap_or(0),
            arrived: get(&tally.arrived),
            waiting: joined.saturating_sub(admitted + get(&tally.gave_up)),
            inside: admitted.saturating_sub(out),
            sold: get(&tally.seats_sold),
            refused: get(&tally.refused),
            troubles: get(&tally.troubles),
            finished: get(&tally.finished),
            answers_per_s: (answers - self.answers) * 1_000_000 / passed,
            admitted_per_s: (admitted - self.admitted) * 1_000_000 / passed,
        };
        (self.last, self.answers, self.admitted) = (now, answers, admitted);
        update
    }
}

impl Update {
    fn lines(&self) -> String {
        format!(
            "\n  {:>3}:{:02}   arrived {:>9}   waiting {:>9}   inside {:>7}   seats sold {:>7}\n           answers/s {:>7}   admitted/s {:>6}   refused {:>6}   lost or busy {:>5}\n",
            self.seconds / 60,
            self.seconds % 60,
            count(self.arrived),
            count(self.waiting),
            count(self.inside),
            count(self.sold),
            count(self.answers_per_s),
            count(self.admitted_per_s),
            count(self.refused),
            count(self.troubles),
        )
    }

    fn line(&self) -> String {
        let finishing =
            if self.finished > 0 { format!(", {} final states read", self.finished) } else { String::new() };
        format!(
            "{:>4} s: {} arrived, {} waiting, {} inside, {} seats sold, {} answers/s, {} admitted/s, {} refused, {} lost or busy{finishing}",
            self.seconds,
            self.arrived,
            self.waiting,
            self.inside,
            self.sold,
            self.answers_per_s,
            self.admitted_per_s,
            self.refused,
            self.troubles,
        )
    }
}

fn count(number: u64) -> String {
    HumanCount(number).to_string()
}
