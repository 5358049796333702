//! Follows a place in line.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::admission::{Announced, Following};
use crate::app::App;
use crate::error::AppError;
use crate::line_status::LineStatus;
use crate::tokens::Ticket;

/// The shortest pause between two lookups of one stream.
const PAUSE_MIN: Duration = Duration::from_millis(1);
/// All streams learn of a pause or of another opening. They do so over this time, so that many cause no peak
/// in load.
pub(crate) const ANNOUNCED_WITHIN: Duration = Duration::from_secs(1);

/// A stream of one ticket's status. While it is open, its reads are signs of life.
pub struct QueueFeed {
    app: Arc<App>,
    ticket: Ticket,
    /// What changes the place, and what its line announces; `None` if the place has ended.
    changes: Option<(Following, watch::Receiver<Announced>)>,
    /// How long to wait before the next status; `None` after the last one.
    pause: Option<Duration>,
}

impl QueueFeed {
    /// Follows a ticket of this line.
    ///
    /// # Errors
    /// An unknown ticket; the line or the store does not answer.
    pub async fn open(app: Arc<App>, ticket: Ticket) -> Result<Self, AppError> {
        app.status(&ticket).await?;
        let changes = app.follow(&ticket).await?;
        Ok(Self { app, ticket, changes, pause: Some(Duration::ZERO) })
    }

    /// The followed ticket.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The next status: the first at once, then one whenever the place, the line's phase or its opening
    /// changes, or a poll would be due. `None` after the place has ended, when the server stops, or when the
    /// store does not answer.
    pub async fn next(&mut self) -> Option<LineStatus> {
        let pause = self.pause?;
        if !pause.is_zero() {
            self.wait(pause).await?;
        }
        let status = self.app.status(&self.ticket).await.ok()?;
        self.pause = status.poll_after(self.app.now()).map(|after| after.max(PAUSE_MIN));
        Some(status)
    }

    /// Waits until a status is due, at most `pause`; `None` if the server stops.
    async fn wait(&mut self, pause: Duration) -> Option<()> {
        let (following, announced) = self.changes.as_mut()?;
        let mut due = Instant::now() + pause;
        loop {
            tokio::select! {
                () = following.changed() => return Some(()),
                () = tokio::time::sleep_until(due) => return Some(()),
                Ok(()) = announced.changed() => {
                    due = due.min(Instant::now() + ANNOUNCED_WITHIN.mul_f64(rand::random()));
                }
                () = self.app.stopping.cancelled() => return None,
            }
        }
    }
}
