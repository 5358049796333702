//! Open streams by number. A tick wakes the streams of the numbers whose place has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onsale_line::Number;
use tokio::sync::watch;

/// Each number has a watch channel, which keeps a wake-up that comes while an event is being sent.
#[derive(Debug, Default)]
pub(super) struct Followers(Mutex<HashMap<Number, watch::Sender<()>>>);

impl Followers {
    /// Follows a number until the subscription is dropped.
    pub(super) fn follow(self: &Arc<Self>, number: Number) -> Following {
        let receiver = self.lock().entry(number).or_default().subscribe();
        Following { followers: Arc::clone(self), number, receiver: Some(receiver) }
    }

    /// Wakes the streams of these numbers.
    pub(super) fn wake(&self, numbers: impl IntoIterator<Item = Number>) {
        let streams = self.lock();
        for number in numbers {
            if let Some(stream) = streams.get(&number) {
                stream.send_replace(());
            }
        }
    }

    /// Whether nobody follows a number.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Removes a number's entry with its last stream.
    fn close(&self, number: Number) {
        let mut streams = self.lock();
        if streams.get(&number).is_some_and(|stream| stream.receiver_count() == 0) {
            streams.remove(&number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Number, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's subscription to a number.
#[derive(Debug)]
pub(crate) struct Following {
    followers: Arc<Followers>,
    number: Number,
    /// `None` only while it is dropped.
    receiver: Option<watch::Receiver<()>>,
}

impl Following {
    /// Waits until the number's place may have changed.
    pub(crate) async fn changed(&mut self) {
        if let Some(receiver) = &mut self.receiver {
            // It cannot fail: the sender lives at least as long as this receiver.
            let _ = receiver.changed().await;
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.receiver = None;
        self.followers.close(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stream_of_a_number_removes_its_entry() {
        let followers = Arc::new(Followers::default());
        let (first, second) = (followers.follow(7), followers.follow(7));
        drop(first);
        assert_eq!(followers.lock().len(), 1);
        drop(second);
        assert!(followers.lock().is_empty());
    }
}
