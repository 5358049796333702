//! One fault: a crowd before, during and after it, and the verdict.

use std::time::{Duration, Instant};

use onsale_rehearsal::crowd::{self, Crowd, breaches, promises, unfair_refusals};
use onsale_rehearsal::history::Micros;

use crate::cluster::{Cluster, Plan};
use crate::live::Live;
use crate::verdict::{Expected, Verdict, forget_maps_of, may_be_behind};
use crate::watch::Watch;

const FANS: u32 = 30;
const PRICE: i64 = 300;
const SEATS: u32 = 2_000;
/// Everybody wants one of so many seats, so that they meet.
const WANTED: u32 = 24;
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_mins(1);
/// How much longer a fault lasts at most, so that the crowd has tried all that should work meanwhile.
const TRIED_WITHIN: Duration = Duration::from_secs(20);
/// How long the crowd goes on after the fault: longer than it may take until all is well.
const AFTERMATH: Duration = Duration::from_millis(6_500);
/// This many lingering fans must be inside before the fault, to show what still works.
const LINGERING: usize = 3;
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// A cluster with a crowd.
pub(crate) struct Trial {
    pub(crate) cluster: Cluster,
    name: &'static str,
    expected: Expected,
    broken: Option<u16>,
    crowd: Crowd,
    live: Live,
    watch: Watch,
    began: Micros,
    ended: Micros,
}

impl Trial {
    /// Starts everything and waits until the sale is in full swing.
    pub(crate) async fn begin(name: &'static str, plan: Plan, expected: Expected) -> Self {
        let cluster = Cluster::start(plan).await;
        let live = Live::default();
        let plan = crowd::Plan {
            urls: cluster.urls(),
            operator_token: cluster.operator(),
            fans: FANS,
            seats: SEATS,
            price: PRICE,
            wanted: WANTED,
            keyed: 1.0,
            pays: 0.1,
            patience: ANSWERS_WITHIN,
            observer: Some(live.observer()),
        };
        let mut crowd = Crowd::gather(plan).await.expect("a crowd");
        crowd.start();
        let watch = Watch::begin(&cluster.urls(), crowd.clock());
        let mut trial =
            Self { cluster, name, expected, broken: None, crowd, live, watch, began: 0, ended: 0 };
        let in_full_swing = trial.wait_until(PATIENCE, |live| live.paid() >= 15).await;
        assert!(in_full_swing, "{name}: the crowd gets nowhere:\n{}", trial.cluster.last_words());
        trial.began = trial.crowd.clock().now();
        trial
    }

    /// Waits for the crowd; false if it takes too long.
    async fn wait_until(&self, patience: Duration, enough: impl Fn(&Live) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !enough(&self.live) {
            if Instant::now() > deadline {
                return false;
            }
            // Between two looks at a condition.
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        true
    }

    /// From now on something is wrong, for as long as `lasts` at least, and until the crowd has tried all
    /// that works.
    pub(crate) async fn breaks(&mut self, lasts: Duration, act: impl FnOnce(&mut Cluster)) {
        // What the crowd does is chance, and on a busy machine it does little: what was never tried proves
        // nothing.
        if !self.expected.works.is_empty() {
            self.wait_until(PATIENCE, |live| live.lingering() >= LINGERING).await;
        }
        self.began = self.crowd.clock().now();
        act(&mut self.cluster);
        // How long a fault lasts is part of it.
        tokio::time::sleep(lasts).await;
        let (works, began) = (self.expected.works, self.began);
        self.wait_until(TRIED_WITHIN, |live| live.has_tried(works, began)).await;
    }

    /// Once more: the fault has begun before.
    pub(crate) async fn breaks_again(&mut self, lasts: Duration, act: impl FnOnce(&mut Cluster)) {
        act(&mut self.cluster);
        // How long a fault lasts is part of it.
        tokio::time::sleep(lasts).await;
    }

    /// The cause is gone.
    pub(crate) fn heals(&mut self, act: impl FnOnce(&mut Cluster)) {
        act(&mut self.cluster);
        self.ended = self.crowd.clock().now();
    }

    /// That instance is itself broken.
    pub(crate) fn without(&mut self, instance: u16) {
        self.broken = Some(instance);
    }

    /// Lets the crowd go on for a while, sends it home, and judges.
    pub(crate) async fn end(mut self) {
        // Trouble that comes back later is to be seen, so nothing ends this early.
        tokio::time::sleep(AFTERMATH).await;
        self.crowd.stop().await.expect("a fan does not panic");
        self.crowd.read_final_state().await;
        let readings = self.watch.end().await;
        let (mut history, fates) = (self.crowd.history(), self.crowd.fates());
        history.complaints.retain(|it| !may_be_behind(it, self.began, self.ended));
        if let Some(broken) = self.broken {
            forget_maps_of(&mut history, broken, self.began, self.ended);
        }
        let plan = &self.cluster.plan;
        let mut wrong = breaches(&promises(&history));
        wrong.extend(unfair_refusals(&history, plan.is_hasty()));
        wrong.extend(too_many_inside(&self.cluster, plan.capacity));
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
            readings: &readings,
        };
        wrong.extend(verdict.wrong());
        eprintln!(
            "{}: {}; unknown outcomes: {} done, {} not done; {} wrong",
            self.name,
            verdict.summary(),
            fates.done.len(),
            fates.not_done.len(),
            wrong.len()
        );
        wrong.truncate(30);
        assert!(wrong.is_empty(), "{}:\n{}\n{}", self.name, wrong.join("\n"), self.cluster.last_words());
    }
}

/// By the store's own account of when everybody was inside.
fn too_many_inside(cluster: &Cluster, capacity: u32) -> Option<String> {
    let most = cluster.sql(
        "WITH passes AS (
            SELECT admitted_at AS began, least(lasts_until, ended_at) AS ended FROM passes WHERE admitted_at IS NOT NULL
        ), steps AS (
            SELECT began AS at, 1 AS step FROM passes WHERE began < ended
            UNION ALL SELECT ended, -1 FROM passes WHERE began < ended
        ), counts AS (SELECT sum(step) OVER (ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS inside FROM steps)
        SELECT coalesce(max(inside), 0) FROM counts",
    );
    let most: u32 = most.expect("the database answers").trim().parse().expect("a number");
    assert!(most > 0, "nobody was ever inside");
    (most > capacity).then(|| format!("{most} passes at once, {capacity} may be"))
}
