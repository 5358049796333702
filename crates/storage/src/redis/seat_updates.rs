//! Updates about seats and sales that instances send each other through Redis.
//!
//! Every commit is published once it is durable. An instance numbers its messages and sends at least one
//! every half second, so that a lost message, a lost connection and a dead instance are all noticed; then
//! the maps and the sales are read from the store again. Each seat carries the time of its decision, so
//! messages may arrive in any order. Of a sale a message has only the id: it is read from the store.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use onsale_booking::Changes;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, PassKey, SaleId, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::seat::{Hold, Ownership, SeatKind, SeatState};
use redis::aio::{MultiplexedConnection, PubSubStream};
use redis::{Client, RedisResult};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use super::mirror::timestamp;
use super::nodes::Nodes;
use super::{RedisOptions, explained, unusable};
use crate::port::Reads;
use crate::sale_directory::{SaleDirectory, touched_by};
use crate::seat_map::{Report, SeatMaps};

/// How often an instance publishes, if only to show that it is alive.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);
/// When a silent instance or connection counts as lost.
const SILENT_AFTER: Duration = Duration::from_secs(2);
/// How often the maps are read from the store while no updates arrive.
const READ_EVERY: Duration = Duration::from_secs(1);
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How many commits may wait to be published.
const WAITING_MAX: usize = 1_024;

/// The handle through which an instance publishes its commits.
#[derive(Clone)]
pub struct SeatUpdates {
    queue: mpsc::Sender<SeatMessage>,
    /// Whether something could not be published. The next message then skips a number, which the others
    /// notice.
    has_missed: Arc<AtomicBool>,
}

/// One message.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SeatMessage {
    from: Uuid,
    /// Counts the messages of `from`.
    count: u64,
    concerts: Vec<Concert>,
    seats: Vec<(ConcertId, Vec<SentSeat>)>,
    /// The sales that have changed.
    sales: BTreeSet<SaleId>,
}

/// What may change about a seat, always all of it: its number, when it was decided, its price and kind,
/// whether the house keeps it, and how it is held or owned. Times are microseconds. It is short because every
/// commit is sent.
type SentSeat = (SeatNo, i64, Money, Option<SeatKind>, bool, Option<SentHold>);

/// Who holds or owns a seat, by which pass (its sale and number), since when, until when, and when they paid.
type SentHold = (UserId, SaleId, u64, i64, i64, Option<i64>);

impl SeatUpdates {
    /// Publishes what was committed.
    pub fn publish(&self, changes: &Changes, now: jiff::Timestamp) {
        let sales: BTreeSet<_> = touched_by(changes).collect();
        if changes.seats.is_empty() && changes.concerts.is_empty() && sales.is_empty() {
            return;
        }
        let by_concert = changes.seats.chunk_by(|one, next| one.concert == next.concert);
        let seats = by_concert.filter_map(|seats| {
            let message = seats.iter().map(|seat| sent(&Report::of(seat, now)));
            Some((seats.first()?.concert, message.collect()))
        });
        let message = SeatMessage {
            concerts: changes.concerts.clone(),
            seats: seats.collect(),
            sales,
            ..SeatMessage::default()
        };
        if self.queue.try_send(message).is_err() {
            self.announce_gap();
        }
    }

    /// Makes the other instances read the store.
    pub(crate) fn announce_gap(&self) {
        self.has_missed.store(true, Ordering::Relaxed);
    }
}

/// Keeps `maps` and `sales` up to date with the updates of other instances, and returns the handle to
/// publish. It subscribes before it reads the store, so that nothing is missed in between.
///
/// # Errors
/// When Redis cannot be reached.
pub async fn follow(
    options: &RedisOptions,
    line: SaleId,
    maps: Arc<SeatMaps>,
    sales: Arc<SaleDirectory>,
    reads: Arc<dyn Reads>,
) -> Result<SeatUpdates, String> {
    let nodes = Nodes::named_by(&options.url).map_err(|reason| unusable("Redis", &reason))?;
    let channel = format!("{}{{{}}}:seats", options.prefix, line.0);
    let me = Uuid::from_u128(u128::from(client_nonce()) << 64 | u128::from(client_nonce()));
    let listener = Listener { me, nodes: nodes.clone(), channel: channel.clone(), maps, sales, reads };
    let stream = listener.subscribe().await.map_err(|error| explained(nodes.shown(), &error.into()))?;
    listener.read_store().await;
    let (queue, queued) = mpsc::channel(WAITING_MAX);
    let has_missed = Arc::<AtomicBool>::default();
    // Both end with the last handle.
    let publisher = tokio::spawn(publish_all(nodes, channel, me, queued, Arc::clone(&has_missed)));
    tokio::spawn(async move {
        tokio::select! {
            () = listener.listen(Some(stream)) => {}
            _ = publisher => {}
        }
    });
    Ok(SeatUpdates { queue, has_missed })
}

/// Publishes what is queued, or an empty message if nothing is. If publishing fails the others miss a number
/// and read the store.
async fn publish_all(
    nodes: Nodes,
    channel: String,
    from: Uuid,
    mut queued: mpsc::Receiver<SeatMessage>,
    has_missed: Arc<AtomicBool>,
) {
    let mut count = 0;
    let mut connection: Option<MultiplexedConnection> = None;
    let mut waiting = Vec::new();
    loop {
        let nobody_left = Ok(0);
        if tokio::time::timeout(PUBLISH_EVERY, queued.recv_many(&mut waiting, 64)).await == nobody_left {
            return;
        }
        if has_missed.swap(false, Ordering::Relaxed) {
            count += 1;
        }
        let mut message = SeatMessage { from, count, ..SeatMessage::default() };
        count += 1;
        for one in waiting.drain(..) {
            message.concerts.extend(one.concerts);
            message.seats.extend(one.seats);
            message.sales.extend(one.sales);
        }
        let Ok(text) = serde_json::to_string(&message) else { continue };
        if connection.is_none() {
            connection = nodes.connection().await.ok();
        }
        if let Some(link) = &mut connection {
            let published: Result<i64, _> =
                redis::cmd("PUBLISH").arg(&channel).arg(text).query_async(link).await;
            if let Err(error) = published {
                tracing::debug!(%error, "cannot publish seat updates");
                connection = None;
            }
        }
    }
}

/// A different number for every call and process.
fn client_nonce() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

struct Listener {
    /// Own messages only show that the connection works: the maps had them first.
    me: Uuid,
    nodes: Nodes,
    channel: String,
    maps: Arc<SeatMaps>,
    sales: Arc<SaleDirectory>,
    reads: Arc<dyn Reads>,
}

impl Listener {
    async fn subscribe(&self) -> RedisResult<PubSubStream> {
        // Every node of a cluster passes on what is published at another.
        let subscribed = self.nodes.first(|client| async move {
            match tokio::time::timeout(ANSWER_MAX, subscribe_at(&client, &self.channel)).await {
                Ok(stream) => stream,
                Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
            }
        });
        subscribed.await
    }

    async fn listen(&self, mut stream: Option<PubSubStream>) {
        loop {
            if let Some(stream) = stream.take() {
                self.receive(stream).await;
                tracing::warn!("no seat updates; reading seat maps from the store instead");
            }
            // Subscribe first, then read: nothing is missed in between.
            stream = self.subscribe().await.ok();
            self.read_store().await;
            if stream.is_none() {
                tokio::time::sleep(READ_EVERY).await;
            }
        }
    }

    /// Applies updates until the connection is lost or silent. This instance's own messages come back, too.
    async fn receive(&self, mut stream: PubSubStream) {
        let mut senders: HashMap<Uuid, (u64, Instant)> = HashMap::new();
        let mut silence_checked_at = Instant::now();
        while let Ok(Some(message)) = tokio::time::timeout(SILENT_AFTER, stream.next()).await {
            let message = serde_json::from_slice::<SeatMessage>(message.get_payload_bytes());
            let now = Instant::now();
            let mut was_missed = match message {
                Ok(message) => {
                    let before = senders.insert(message.from, (message.count, now));
                    if message.from != self.me {
                        self.apply(&message);
                        self.sales.read_again(message.sales).await;
                    }
                    before.is_some_and(|(count, _)| message.count != count + 1)
                }
                // From another version.
                Err(_) => true,
            };
            if now.duration_since(silence_checked_at) >= PUBLISH_EVERY {
                silence_checked_at = now;
                let known = senders.len();
                senders.retain(|_, (_, at)| now.duration_since(*at) < SILENT_AFTER);
                was_missed |= senders.len() < known;
            }
            if was_missed {
                self.read_store().await;
            }
            self.sales.catch_up().await;
        }
    }

    fn apply(&self, message: &SeatMessage) {
        self.maps.open(&message.concerts);
        for (concert, seats) in &message.seats {
            self.maps.change(*concert, seats.iter().map(|seat| received(*seat)));
        }
    }

    async fn read_store(&self) {
        match self.reads.concerts().await {
            Ok(concerts) => self.maps.apply(concerts),
            Err(error) => tracing::warn!(%error, "cannot read seat maps from the store"),
        }
        self.sales.fall_behind();
        self.sales.catch_up().await;
    }
}

async fn subscribe_at(client: &Client, channel: &str) -> RedisResult<PubSubStream> {
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    Ok(pubsub.into_on_message())
}

fn sent(report: &Report) -> SentSeat {
    let Report { seat_no, price, kind, state, changed_at } = *report;
    (seat_no, changed_at.as_microsecond(), price, kind, state == SeatState::Kept, shortened(state))
}

fn received((seat_no, at, price, kind, is_kept, hold): SentSeat) -> Report {
    let state = if is_kept { SeatState::Kept } else { state(hold) };
    Report { seat_no, price, kind, state, changed_at: timestamp(at) }
}

fn shortened(state: SeatState) -> Option<SentHold> {
    let (Hold { holder, pass, reserved_at, deadline }, paid_at) = match state {
        SeatState::Free | SeatState::Kept => return None,
        SeatState::Held(hold) => (hold, None),
        SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at }) => {
            (Hold { holder, pass, reserved_at, deadline }, Some(paid_at.as_microsecond()))
        }
    };
    let (reserved_at, deadline) = (reserved_at.as_microsecond(), deadline.as_microsecond());
    Some((holder, pass.sale, pass.number, reserved_at, deadline, paid_at))
}

fn state(message: Option<SentHold>) -> SeatState {
    let Some((holder, sale, number, reserved_at, deadline, paid_at)) = message else {
        return SeatState::Free;
    };
    let pass = PassKey { sale, number };
    let (reserved_at, deadline) = (timestamp(reserved_at), timestamp(deadline));
    match paid_at {
        None => SeatState::Held(Hold { holder, pass, reserved_at, deadline }),
        Some(paid_at) => {
            let paid_at = timestamp(paid_at);
            SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_sent_of_a_seat_is_received() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (holder, pass) =
            (UserId(Uuid::from_u128(1)), PassKey { sale: SaleId(Uuid::from_u128(2)), number: 3 });
        let (reserved_at, deadline, paid_at) = (at(1), at(9), at(2));
        let held = SeatState::Held(Hold { holder, pass, reserved_at, deadline });
        let sold = SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at });
        for state in [SeatState::Free, SeatState::Kept, held, sold] {
            for kind in [None, Some(SeatKind::Wheelchair)] {
                let report = Report { seat_no: 7, price: Money(70), kind, state, changed_at: at(1) };
                let text = serde_json::to_string(&sent(&report)).unwrap();
                assert_eq!(received(serde_json::from_str(&text).unwrap()), report, "{text}");
            }
        }
    }
}
