//! One fault: a crowd before, during and after it, and the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::check::{breaches, most_at_once};
use crate::cluster::{Cluster, Plan};
use crate::fan::{Fan, PRICE, SEATS, Stage};
use crate::history::{Deed, Event, Micros, SECOND, Told, now, number, text};
use crate::watch::{Look, Watch};

const FANS: usize = 30;
const PATIENCE: Duration = Duration::from_mins(1);
/// Two seconds are promised. Everything runs on one machine here, which has other work.
const ANSWERED_WITHIN: Micros = 3 * SECOND;
const BACK_WITHIN: Micros = 5 * SECOND;
/// How much longer a fault lasts at most, so that the crowd has tried all that should work meanwhile.
const TRIED_WITHIN: Duration = Duration::from_secs(20);
/// How long the crowd goes on after the fault: longer than it may take until all is well.
const AFTERMATH: Duration = Duration::from_millis(6_500);
/// What must be done again once the fault is over.
const ALL_KINDS: [&str; 8] = ["join", "poll", "charge", "hold", "release", "pay", "balance", "map"];

/// What is expected while the fault lasts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// What still succeeds.
    pub(crate) works: &'static [&'static str],
    /// What is answered with 503.
    pub(crate) is_refused: &'static [&'static str],
    /// Whether `/readyz` says so, on every instance.
    pub(crate) is_unready: bool,
}

/// A cluster with a crowd.
pub(crate) struct Trial {
    pub(crate) cluster: Cluster,
    pub(crate) stage: Arc<Stage>,
    name: &'static str,
    expected: Expected,
    /// The instance that is itself broken: what it answers, and when, proves nothing.
    broken: Option<usize>,
    crowd: Vec<JoinHandle<Fan>>,
    watch: Watch,
    began: Micros,
    ended: Micros,
}

impl Trial {
    /// Starts everything and waits until the sale is in full swing.
    pub(crate) async fn begin(name: &'static str, plan: Plan, expected: Expected) -> Self {
        let cluster = Cluster::start(plan).await;
        let stage = Stage {
            concert: open_concert(&cluster).await,
            doors: cluster.doors(),
            is_hasty: cluster.plan.hold_seconds < 60,
            ..Stage::default()
        };
        let stage = Arc::new(stage);
        let mut crowd = Vec::new();
        for who in 0..FANS {
            crowd.push(tokio::spawn(Fan::new(who, &stage).await.play()));
        }
        let watch = Watch::begin(&stage.doors);
        let mut trial =
            Self { cluster, stage, name, expected, broken: None, crowd, watch, began: 0, ended: 0 };
        trial.wait_for_payments(15).await;
        trial.began = now();
        trial
    }

    async fn wait_for_payments(&self, count: u32) {
        let deadline = Instant::now() + PATIENCE;
        while self.stage.paid.load(Ordering::Relaxed) < count {
            let words = || self.cluster.last_words();
            assert!(Instant::now() < deadline, "{}: the crowd gets nowhere:\n{}", self.name, words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// From now on something is wrong, for as long as `lasts` at least, and until the crowd has tried all that works.
    pub(crate) async fn breaks(&mut self, lasts: Duration, act: impl FnOnce(&mut Cluster)) {
        // What the crowd does is chance, and on a busy machine it does little: what was never tried proves nothing.
        if !self.expected.works.is_empty() {
            let deadline = Instant::now() + PATIENCE;
            while !self.stage.someone_lingers() && Instant::now() < deadline {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        self.began = now();
        act(&mut self.cluster);
        self.stage.must_show.store(!self.expected.works.is_empty(), Ordering::Relaxed);
        tokio::time::sleep(lasts).await;
        let deadline = Instant::now() + TRIED_WITHIN;
        while !self.has_tried_what_works() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn has_tried_what_works(&self) -> bool {
        let history = self.stage.history.lock().unwrap_or_else(PoisonError::into_inner);
        let during = history.iter().filter(|it| it.sent > self.began && matches!(it.told, Told::Yes(_)));
        let worked = kinds(during);
        self.expected.works.iter().all(|kind| worked.contains_key(kind))
    }

    /// Once more: the fault has begun before.
    pub(crate) async fn breaks_again(&mut self, lasts: Duration, act: impl FnOnce(&mut Cluster)) {
        act(&mut self.cluster);
        tokio::time::sleep(lasts).await;
    }

    /// The cause is gone.
    pub(crate) fn heals(&mut self, act: impl FnOnce(&mut Cluster)) {
        act(&mut self.cluster);
        self.ended = now();
        self.stage.is_fault_over.store(true, Ordering::Relaxed);
    }

    /// That instance is itself broken.
    pub(crate) fn without(&mut self, door: usize) {
        self.broken = Some(door);
    }

    /// Lets the crowd go on for a while, sends it home, and judges.
    pub(crate) async fn end(self) {
        tokio::time::sleep(AFTERMATH).await;
        self.stage.is_over.store(true, Ordering::Relaxed);
        let mut ends = Vec::new();
        let mut going = Vec::new();
        for fan in self.crowd {
            let fan = fan.await.expect("a fan does not panic");
            going.push(tokio::spawn(fan.settle()));
        }
        for fan in going {
            ends.push(fan.await.expect("a fan does not panic"));
        }
        let looks = self.watch.end().await;
        let history = std::mem::take(&mut *self.stage.history.lock().unwrap_or_else(PoisonError::into_inner));
        let complaints = self.stage.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let capacity = self.cluster.plan.capacity;
        let mut wrong = complaints;
        wrong.extend(breaches(&history, &ends, capacity, (self.began, self.ended)));
        wrong.extend(too_many_inside(&self.cluster, capacity));
        let (passed, words) = self.cluster.audit();
        if !passed {
            wrong.push(format!("onsale check: {words}"));
        }
        let verdict = Verdict {
            expected: self.expected,
            broken: self.broken,
            began: self.began,
            ended: self.ended,
            history: &history,
            looks: &looks,
        };
        wrong.extend(verdict.wrong());
        let (done, not_done) = (&self.stage.done, &self.stage.not_done);
        eprintln!(
            "{}: {}; unknown outcomes: {} done, {} not done; {} wrong",
            self.name,
            verdict.summary(),
            done.load(Ordering::Relaxed),
            not_done.load(Ordering::Relaxed),
            wrong.len()
        );
        wrong.truncate(30);
        assert!(wrong.is_empty(), "{}:\n{}\n{}", self.name, wrong.join("\n"), self.cluster.last_words());
    }
}

async fn open_concert(cluster: &Cluster) -> String {
    let concert = json!({
        "name": "Night of the Fault", "capacity": SEATS, "price": PRICE,
        "openingAt": "2020-01-01T00:00:00Z", "closingAt": "2120-01-01T00:00:00Z",
        "eventDate": "2120-01-01T19:00:00Z",
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}/v1/concerts", cluster.doors()[0]);
    let opened = http.post(url).bearer_auth(cluster.operator()).json(&concert).send().await;
    let opened: Value = opened.expect("an answer").json().await.expect("JSON");
    text(&opened["id"])
}

/// By the store's own account of everybody's stay.
fn too_many_inside(cluster: &Cluster, capacity: u32) -> Option<String> {
    let micros = |time: &str| format!("(extract(epoch FROM {time}) * 1000000)::bigint");
    let stays = format!(
        "SELECT {}, {} FROM passes WHERE admitted_at IS NOT NULL",
        micros("admitted_at"),
        micros("least(lasts_until, ended_at)")
    );
    let stays = cluster.sql(&stays).expect("the database answers");
    let stays = stays.lines().map(|line| {
        let (from, until) = line.split_once('|').expect("two columns");
        (from.parse().expect("a time"), until.parse().expect("a time"))
    });
    let most = most_at_once(&stays.collect::<Vec<_>>());
    (most > capacity as usize).then(|| format!("{most} passes at once, {capacity} may be"))
}

struct Verdict<'a> {
    expected: Expected,
    broken: Option<usize>,
    began: Micros,
    ended: Micros,
    history: &'a [Event],
    looks: &'a [Look],
}

impl Verdict<'_> {
    fn events(&self) -> impl Iterator<Item = &Event> {
        self.history.iter().filter(|event| Some(event.door) != self.broken)
    }

    fn looks(&self) -> impl Iterator<Item = &Look> {
        self.looks.iter().filter(|look| Some(look.door) != self.broken)
    }

    fn during(&self) -> impl Iterator<Item = &Event> {
        self.events().filter(|event| event.sent > self.began && event.answered < self.ended)
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(slow) = self.slowest().filter(|slow| took(slow) > ANSWERED_WITHIN) {
            wrong.push(format!("answered after {}: {slow:?}", seconds(took(slow))));
        }
        for look in self.looks().filter(|look| !look.is_ready) {
            let wait = look.answered - look.sent;
            if look.status != 200 || wait > ANSWERED_WITHIN {
                wrong.push(format!("/livez: {} after {}", look.status, seconds(wait)));
            }
        }
        for look in self.looks().filter(|look| look.is_ready) {
            let wait = look.answered - look.sent;
            if !matches!(look.status, 200 | 503) || wait > ANSWERED_WITHIN {
                wrong.push(format!("/readyz: {} after {}", look.status, seconds(wait)));
            }
        }
        let back = self.back_after();
        if back > BACK_WITHIN {
            wrong.push(format!("back after {}", seconds(back)));
        }
        wrong.extend(self.unexpected());
        wrong
    }

    fn unexpected(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let worked = kinds(self.during().filter(|event| matches!(event.told, Told::Yes(_))));
        let was_refused = kinds(self.during().filter(|event| event.told.is_trouble()));
        let works_after =
            kinds(self.events().filter(|it| it.sent > self.ended && matches!(it.told, Told::Yes(_))));
        for (list, found, what) in [
            (self.expected.works, &worked, "works during the fault"),
            (self.expected.is_refused, &was_refused, "is answered with 503 during the fault"),
            (&ALL_KINDS, &works_after, "works after the fault"),
        ] {
            let missing = list.iter().filter(|kind| !found.contains_key(*kind));
            wrong.extend(missing.map(|kind| format!("no {kind} {what}: {found:?}")));
        }
        if self.expected.is_unready {
            let doors: BTreeSet<usize> = self.looks().map(|look| look.door).collect();
            for door in doors {
                let mut during =
                    self.looks().filter(|it| it.door == door && it.is_ready && it.sent > self.began);
                if !during.any(|look| look.status == 503 && look.sent < self.ended) {
                    wrong.push(format!("instance {door} says it is ready though it is not"));
                }
            }
        }
        wrong
    }

    /// How long after the cause was gone the last request was sent that did not work for it, or the last look that
    /// found an instance not ready.
    fn back_after(&self) -> Micros {
        let troubles = self.events().filter(|event| event.told.is_trouble()).map(|event| event.sent);
        let unready = self.looks().filter(|look| look.status != 200).map(|look| look.sent);
        troubles.chain(unready).max().map_or(0, |last| (last - self.ended).max(0))
    }

    /// Who got their number after the fault, and whether they have come in.
    fn newcomers(&self) -> BTreeMap<u64, bool> {
        let (mut before, mut newcomers) = (BTreeSet::new(), BTreeMap::new());
        let mut events: Vec<_> = self.events().collect();
        events.sort_by_key(|event| event.sent);
        for event in events {
            let (Deed::Join | Deed::Poll, Told::Yes(status)) = (event.deed, &event.told) else { continue };
            let number = number(&status["number"]);
            if event.sent < self.ended {
                before.insert(number);
            } else if !before.contains(&number) {
                *newcomers.entry(number).or_insert(false) |= status["status"] == "admitted";
            }
        }
        newcomers
    }

    fn slowest(&self) -> Option<&Event> {
        self.events().max_by_key(|event| took(event))
    }

    fn summary(&self) -> String {
        let slowest = self.slowest().map(|slow| (seconds(took(slow)), slow.deed.kind()));
        let slow_503 = self.events().filter(|event| event.told.is_trouble()).map(took).max().unwrap_or(0);
        let ready = self.looks().filter(|look| look.is_ready).map(|look| look.answered - look.sent).max();
        let kinds_of = |is_it: fn(&Told) -> bool| kinds(self.during().filter(|event| is_it(&event.told)));
        let first_after = |kind: &str| {
            let done = self.events().filter(|it| it.deed.kind() == kind && matches!(it.told, Told::Yes(_)));
            let first = done.filter(|it| it.sent > self.ended).map(|it| it.answered).min();
            first.map_or_else(|| "never".to_owned(), |at| seconds(at - self.ended))
        };
        let newcomers = self.newcomers();
        let firsts: Vec<_> = ALL_KINDS.iter().map(|kind| format!("{kind} {}", first_after(kind))).collect();
        format!(
            "{} requests; fault {}; worst answer {slowest:?}, worst 503 {}, worst readyz {}; during: done {:?}, away {:?}, \
             unknown {:?}; last trouble {} after; first {}; of {} numbers given after it {} came in",
            self.history.len(),
            seconds(self.ended - self.began),
            seconds(slow_503),
            seconds(ready.unwrap_or(0)),
            kinds_of(|told| matches!(told, Told::Yes(_))),
            kinds_of(|told| matches!(told, Told::Away)),
            kinds_of(|told| matches!(told, Told::Unknown(_))),
            seconds(self.back_after()),
            firsts.join(", "),
            newcomers.len(),
            newcomers.iter().filter(|(_, came_in)| **came_in).count(),
        )
    }
}

fn took(event: &Event) -> Micros {
    event.answered - event.sent
}

fn kinds<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeMap<&'static str, u32> {
    let mut kinds = BTreeMap::new();
    for event in events {
        *kinds.entry(event.deed.kind()).or_insert(0) += 1;
    }
    kinds
}

fn seconds(micros: Micros) -> String {
    format!("{}.{:03} s", micros / SECOND, micros % SECOND / 1_000)
}
