//! A time window in which something is sold.

/// Where a window stands. It includes its start and excludes its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Not open yet.
    Ahead,
    /// Seats may be held.
    Open,
    /// Over; live holds may still be paid.
    Closed,
}
