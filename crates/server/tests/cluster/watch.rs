//! The health of every instance, seen from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onsale_rehearsal::crowd::Clock;
use onsale_rehearsal::history::Micros;

const LOOK_EVERY: Duration = Duration::from_millis(50);
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// One look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    pub(crate) instance: u16,
    /// Of `/livez` or `/readyz`.
    pub(crate) is_ready: bool,
    pub(crate) sent: Micros,
    pub(crate) answered: Micros,
    /// 0 if there was no answer.
    pub(crate) status: u16,
}

/// Looks until it is ended.
pub(crate) struct Watch {
    readings: Arc<Mutex<Vec<Probe>>>,
    is_over: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn begin(urls: &[String], clock: Clock) -> Self {
        let (readings, is_over) = (Arc::<Mutex<Vec<Probe>>>::default(), Arc::<AtomicBool>::default());
        let pairs =
            (0..).zip(urls).flat_map(|(instance, url)| [(instance, url, false), (instance, url, true)]);
        let tasks = pairs.map(|(instance, url, is_ready)| {
            let (readings, is_over) = (Arc::clone(&readings), Arc::clone(&is_over));
            let url = format!("{url}/{}", if is_ready { "readyz" } else { "livez" });
            tokio::spawn(async move {
                let http = reqwest::Client::builder().timeout(ANSWERS_WITHIN).no_proxy().build();
                let http = http.expect("a client");
                while !is_over.load(Ordering::Relaxed) {
                    let sent = clock.now();
                    let answer = http.get(&url).send().await;
                    let status = answer.map_or(0, |answer| answer.status().as_u16());
                    let probe = Probe { instance, is_ready, sent, answered: clock.now(), status };
                    readings.lock().unwrap_or_else(PoisonError::into_inner).push(probe);
                    // The pace of the readings; nothing is waited for.
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            })
        });
        let tasks = tasks.collect();
        Self { readings, is_over, tasks }
    }

    pub(crate) async fn end(self) -> Vec<Probe> {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a watcher does not panic");
        }
        std::mem::take(&mut *self.readings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
