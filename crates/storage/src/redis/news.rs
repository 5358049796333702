//! What instances tell each other about seats, through Redis.
//!
//! Every commit is published once it is durable. Messages of one instance are numbered, and there is one at least every
//! half second, so that a lost message, a lost connection and an instance that died before it could tell are all
//! noticed, and the maps are read from the store again. Seats carry the time of their decision, so that messages may
//! come in any order.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use onsale_booking::Changes;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, LineId, SeatNo, UserId};
use onsale_booking::seat::{Hold, Sale, SeatState};
use redis::aio::{MultiplexedConnection, PubSubStream};
use redis::{AsyncConnectionConfig, Client};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use super::RedisOptions;
use super::mirror::timestamp;
use crate::port::Reads;
use crate::seat_map::SeatMaps;

/// How often an instance says something, if only that it is there.
const SAID_EVERY: Duration = Duration::from_millis(500);
/// After how long a silent instance, or a silent connection, is taken for lost.
const SILENT_FOR: Duration = Duration::from_secs(2);
/// How often the maps are read from the store while there are no news.
const READ_EVERY: Duration = Duration::from_secs(1);
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How many commits may wait to be told.
const WAITING_MAX: usize = 1_024;

/// The handle by which an instance tells the others what it has committed.
#[derive(Clone)]
pub struct SeatNews {
    queue: mpsc::Sender<Told>,
    /// Whether something could not be told: the next message leaves out a number, which the others notice.
    has_missed: Arc<AtomicBool>,
}

/// One message.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    from: Uuid,
    /// Counts the messages of `from`.
    count: u64,
    concerts: Vec<Concert>,
    seats: Vec<(ConcertId, Vec<ToldSeat>)>,
}

/// A seat's number, when its state was decided, and who holds it, since when, until when, and when they paid. Times are
/// microseconds. As short as may be: every commit is told.
type ToldSeat = (SeatNo, i64, Option<(UserId, i64, i64, Option<i64>)>);

impl SeatNews {
    /// Has the others told what was committed.
    pub fn tell(&self, changes: &Changes, now: jiff::Timestamp) {
        if changes.seats.is_empty() && changes.concerts.is_empty() {
            return;
        }
        let at = now.as_microsecond();
        let by_concert = changes.seats.chunk_by(|one, next| one.concert == next.concert);
        let seats = by_concert.filter_map(|seats| {
            let told = seats.iter().map(|seat| (seat.seat_no, at, shortened(seat.state)));
            Some((seats.first()?.concert, told.collect()))
        });
        let told = Told { concerts: changes.concerts.clone(), seats: seats.collect(), ..Told::default() };
        if self.queue.try_send(told).is_err() {
            self.say_missed();
        }
    }

    /// Has the others read the store.
    pub(crate) fn say_missed(&self) {
        self.has_missed.store(true, Ordering::Relaxed);
    }
}

/// Brings `maps` up to date by the news of other instances from now on, and gives the handle to tell them. It listens
/// before it reads the store, so that nothing falls in between.
///
/// # Errors
/// When Redis cannot be reached.
pub async fn follow(
    options: &RedisOptions,
    line: LineId,
    maps: Arc<SeatMaps>,
    reads: Arc<dyn Reads>,
) -> Result<SeatNews, String> {
    let client = Client::open(options.url.as_str()).map_err(|error| error.to_string())?;
    let channel = format!("{}{{{}}}:seats", options.prefix, line.0);
    let me = Uuid::from_u128(u128::from(client_nonce()) << 64 | u128::from(client_nonce()));
    let listener = Listener { me, client: client.clone(), channel: channel.clone(), maps, reads };
    let stream = listener.subscribe().await.map_err(|error| error.to_string())?;
    listener.read_store().await;
    let (queue, said) = mpsc::channel(WAITING_MAX);
    let has_missed = Arc::<AtomicBool>::default();
    // Both end when the last handle is gone.
    let teller = tokio::spawn(tell_all(client, channel, me, said, Arc::clone(&has_missed)));
    tokio::spawn(async move {
        tokio::select! {
            () = listener.listen(Some(stream)) => {}
            _ = teller => {}
        }
    });
    Ok(SeatNews { queue, has_missed })
}

/// Publishes what is told, and that there is nothing to tell. What cannot be published is lost: the others miss its
/// number and read the store.
async fn tell_all(
    client: Client,
    channel: String,
    from: Uuid,
    mut said: mpsc::Receiver<Told>,
    has_missed: Arc<AtomicBool>,
) {
    let mut count = 0;
    let mut connection: Option<MultiplexedConnection> = None;
    let mut waiting = Vec::new();
    loop {
        let nobody_left = Ok(0);
        if tokio::time::timeout(SAID_EVERY, said.recv_many(&mut waiting, 64)).await == nobody_left {
            return;
        }
        if has_missed.swap(false, Ordering::Relaxed) {
            count += 1;
        }
        let mut told = Told { from, count, ..Told::default() };
        count += 1;
        for one in waiting.drain(..) {
            told.concerts.extend(one.concerts);
            told.seats.extend(one.seats);
        }
        let Ok(text) = serde_json::to_string(&told) else { continue };
        if connection.is_none() {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(ANSWER_MAX))
                .set_response_timeout(Some(ANSWER_MAX));
            connection = client.get_multiplexed_async_connection_with_config(&config).await.ok();
        }
        if let Some(link) = &mut connection {
            let published: Result<i64, _> =
                redis::cmd("PUBLISH").arg(&channel).arg(text).query_async(link).await;
            if let Err(error) = published {
                tracing::debug!(%error, "news of seats could not be told");
                connection = None;
            }
        }
    }
}

/// Another number for every call and process.
fn client_nonce() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

struct Listener {
    /// Own messages only say that the connection works: the maps had them first.
    me: Uuid,
    client: Client,
    channel: String,
    maps: Arc<SeatMaps>,
    reads: Arc<dyn Reads>,
}

impl Listener {
    async fn subscribe(&self) -> Result<PubSubStream, redis::RedisError> {
        let subscribed = async {
            let mut pubsub = self.client.get_async_pubsub().await?;
            pubsub.subscribe(&self.channel).await?;
            Ok(pubsub.into_on_message())
        };
        match tokio::time::timeout(ANSWER_MAX, subscribed).await {
            Ok(stream) => stream,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        }
    }

    async fn listen(&self, mut stream: Option<PubSubStream>) {
        loop {
            if let Some(stream) = stream.take() {
                self.hear(stream).await;
                tracing::warn!("no news of seats; the maps are read from the store meanwhile");
            }
            // Listen first, then read: nothing falls in between.
            stream = self.subscribe().await.ok();
            self.read_store().await;
            if stream.is_none() {
                tokio::time::sleep(READ_EVERY).await;
            }
        }
    }

    /// Takes up news until the connection is lost or silent: this instance's own messages come back, too.
    async fn hear(&self, mut stream: PubSubStream) {
        let mut heard: HashMap<Uuid, (u64, Instant)> = HashMap::new();
        let mut silence_checked_at = Instant::now();
        while let Ok(Some(message)) = tokio::time::timeout(SILENT_FOR, stream.next()).await {
            let told = serde_json::from_slice::<Told>(message.get_payload_bytes());
            let now = Instant::now();
            let mut was_missed = match told {
                Ok(told) => {
                    let before = heard.insert(told.from, (told.count, now));
                    if told.from != self.me {
                        self.take_up(&told);
                    }
                    before.is_some_and(|(count, _)| told.count != count + 1)
                }
                // Of a version that tells otherwise.
                Err(_) => true,
            };
            if now.duration_since(silence_checked_at) >= SAID_EVERY {
                silence_checked_at = now;
                let known = heard.len();
                heard.retain(|_, (_, at)| now.duration_since(*at) < SILENT_FOR);
                was_missed |= heard.len() < known;
            }
            if was_missed {
                self.read_store().await;
            }
        }
    }

    fn take_up(&self, told: &Told) {
        self.maps.open(&told.concerts);
        for (concert, seats) in &told.seats {
            if let Some(map) = self.maps.get(*concert) {
                map.refresh(seats.iter().map(|(seat_no, at, held)| (*seat_no, state(*held), timestamp(*at))));
            }
        }
    }

    async fn read_store(&self) {
        match self.reads.concerts().await {
            Ok(concerts) => self.maps.take_up(concerts),
            Err(error) => tracing::warn!(%error, "the maps cannot be read from the store"),
        }
    }
}

fn shortened(state: SeatState) -> Option<(UserId, i64, i64, Option<i64>)> {
    match state {
        SeatState::Free => None,
        SeatState::Held(Hold { holder, reserved_at, deadline }) => {
            Some((holder, reserved_at.as_microsecond(), deadline.as_microsecond(), None))
        }
        SeatState::Sold(Sale { holder, reserved_at, deadline, paid_at }) => {
            let paid_at = Some(paid_at.as_microsecond());
            Some((holder, reserved_at.as_microsecond(), deadline.as_microsecond(), paid_at))
        }
    }
}

fn state(told: Option<(UserId, i64, i64, Option<i64>)>) -> SeatState {
    let Some((holder, reserved_at, deadline, paid_at)) = told else { return SeatState::Free };
    let (reserved_at, deadline) = (timestamp(reserved_at), timestamp(deadline));
    match paid_at {
        None => SeatState::Held(Hold { holder, reserved_at, deadline }),
        Some(paid_at) => SeatState::Sold(Sale { holder, reserved_at, deadline, paid_at: timestamp(paid_at) }),
    }
}
