//! A sign of life.

use uuid::Uuid;

use crate::number::Number;

/// "I am here, and will be back by `due`": what a poll or an open stream leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// The number on the ticket.
    pub number: Number,
    /// The user on the ticket. After a restart it registers the user's number again.
    pub user: Uuid,
    /// By when the next sign is expected, in seconds since the Unix epoch; see
    /// [`due_after`](crate::due_after).
    pub due: u32,
}
