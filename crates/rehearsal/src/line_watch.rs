//! Reads the line as an operator sees it, and what is public of the order, once a second.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answers::{self, Line};
use crate::client::{Call, Reply};
use crate::history::sale::FairnessReading;
use crate::history::{LineReading, Micros};
use crate::stage::Stage;

const READ_EVERY: Duration = Duration::from_secs(1);

/// Everything that was read, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) line: Vec<LineReading>,
    pub(crate) fairness: Vec<FairnessReading>,
}

/// A task that reads the line until it is stopped.
pub(crate) struct LineWatch {
    task: JoinHandle<Seen>,
    stop: oneshot::Sender<()>,
}

impl LineWatch {
    pub(crate) fn begin(stage: &Arc<Stage>, token: String) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let stage = Arc::clone(stage);
        let task = tokio::spawn(async move {
            let (mut seen, mut instance) = (Seen::default(), 0);
            let paths = stage.sale.id.map(|id| format!("/v1/sales/{id}"));
            let line = paths.as_ref().map_or_else(|| "/v1/line".to_owned(), |sale| format!("{sale}/line"));
            loop {
                let read = read_line(&stage, instance, &line, &token).await;
                let fairness = match &paths {
                    Some(sale) => read_fairness(&stage, instance, &format!("{sale}/fairness")).await,
                    None => None,
                };
                if read.is_none() {
                    instance = stage.next_instance(instance);
                }
                seen.line.extend(read);
                seen.fairness.extend(fairness);
                tokio::select! {
                    () = tokio::time::sleep(READ_EVERY) => {}
                    _ = &mut stopped => return seen,
                }
            }
        });
        Self { task, stop }
    }

    /// Stops it; returns everything that was read.
    pub(crate) async fn end(self) -> Seen {
        let _ = self.stop.send(());
        self.task.await.unwrap_or_default()
    }
}

async fn read_line(stage: &Stage, instance: u16, path: &str, token: &str) -> Option<LineReading> {
    let (sent, line): (Micros, Line) = read(stage, instance, path, Some(token)).await?;
    Some(LineReading {
        sent,
        answered: stage.clock.now(),
        capacity: line.capacity,
        rate_per_minute: line.rate_per_minute,
        paused: line.paused,
        waiting: line.waiting,
        inside: line.inside,
        tail: line.tail,
        epoch: line.epoch,
    })
}

/// Anybody may read this, so no token is sent.
async fn read_fairness(stage: &Stage, instance: u16, path: &str) -> Option<FairnessReading> {
    let (sent, document) = read(stage, instance, path, None).await?;
    Some(FairnessReading { sent, answered: stage.clock.now(), document })
}

async fn read<T: DeserializeOwned>(
    stage: &Stage,
    instance: u16,
    path: &str,
    token: Option<&str>,
) -> Option<(Micros, T)> {
    let mut sent: Micros = 0;
    let call = Call { method: Method::GET, path, token, key: None, body: None };
    let reply = stage.client(instance).send(call, || sent = stage.clock.now()).await;
    let Reply::Answer(answer) = reply else { return None };
    Some((sent, answers::read(&answer.body).ok()?))
}
