//! Reads the line as an operator sees it, once a second.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answers::{self, Line};
use crate::client::{Call, Reply};
use crate::history::{LineReading, Micros};
use crate::stage::Stage;

const READ_EVERY: Duration = Duration::from_secs(1);

/// A task that reads the line until it is stopped.
pub(crate) struct LineWatch {
    task: JoinHandle<Vec<LineReading>>,
    stop: oneshot::Sender<()>,
}

impl LineWatch {
    pub(crate) fn begin(stage: &Arc<Stage>, token: String) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let stage = Arc::clone(stage);
        let task = tokio::spawn(async move {
            let (mut readings, mut instance) = (Vec::new(), 0);
            loop {
                match read_line(&stage, instance, &token).await {
                    Some(reading) => readings.push(reading),
                    None => instance = stage.next_instance(instance),
                }
                tokio::select! {
                    () = tokio::time::sleep(READ_EVERY) => {}
                    _ = &mut stopped => return readings,
                }
            }
        });
        Self { task, stop }
    }

    /// Stops it; returns all readings, oldest first.
    pub(crate) async fn end(self) -> Vec<LineReading> {
        let _ = self.stop.send(());
        self.task.await.unwrap_or_default()
    }
}

async fn read_line(stage: &Stage, instance: u16, token: &str) -> Option<LineReading> {
    let mut sent: Micros = 0;
    let call = Call::get("/v1/line", token);
    let reply = stage.client(instance).send(call, || sent = stage.clock.now()).await;
    let Reply::Answer(answer) = reply else { return None };
    let line: Line = answers::read(&answer.body).ok()?;
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
