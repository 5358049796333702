//! HTTP as fans use it: a bounded number of kept connections, and for each request whether it was sent,
//! answered or lost.

mod connect;
mod stream;

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::history::Lost;
use connect::Connector;
pub(crate) use stream::EventStream;

/// How long somebody waits for an answer, unless another time is given.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Kept connections are not used after this: servers and proxies close what is idle, and a request that
/// crosses that has an outcome that nobody knows.
const KEPT_MAX: Duration = Duration::from_secs(10);

type Sender = SendRequest<Full<Bytes>>;

/// Connections to onsale: to one instance, or to several that count as one.
pub(crate) struct Client {
    connector: Connector,
    idle: Mutex<Vec<(Sender, Instant)>>,
    permits: Semaphore,
    patience: Duration,
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) body: Option<Bytes>,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str, token: &'a str) -> Self {
        Self { method: Method::GET, path, token: Some(token), key: None, body: None }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    Lost(Lost),
    NotSent(io::Error),
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// A client of all of these, with at most so many connections for requests at once. An answer that takes
    /// longer than `patience` is given up.
    pub(crate) fn new(urls: &[Uri], connections_max: u32, patience: Duration) -> Result<Self, String> {
        Ok(Self {
            connector: Connector::new(urls)?,
            idle: Mutex::default(),
            permits: Semaphore::new(usize::try_from(connections_max).unwrap_or(usize::MAX)),
            patience,
        })
    }

    /// Sends one request and waits for the whole answer. `on_send` is called when the request goes out, which
    /// is later when all connections are in use.
    pub(crate) async fn send(&self, call: Call<'_>, mut on_send: impl FnMut()) -> Reply {
        let Ok(_permit) = self.permits.acquire().await else { return Reply::Lost(Lost::Connection) };
        on_send();
        // Large, so it is made only for those who are on a connection: in a burst most wait for one.
        match tokio::time::timeout(self.patience, Box::pin(self.exchange(call))).await {
            Ok(reply) => reply,
            Err(_) => Reply::Lost(Lost::Silence),
        }
    }

    async fn exchange(&self, call: Call<'_>) -> Reply {
        let mut request = Some(self.request(call));
        loop {
            let mut sender = match self.take().await {
                Ok(sender) => sender,
                Err(error) => return Reply::NotSent(error),
            };
            let Some(next) = request.take() else { return Reply::Lost(Lost::Connection) };
            match sender.try_send_request(next).await {
                Ok(response) => return self.hear(sender, response).await,
                // It never left: the connection had been closed while it was idle.
                Err(mut error) if error.message().is_some() => request = error.take_message(),
                Err(_) => return Reply::Lost(Lost::Connection),
            }
        }
    }

    async fn hear(&self, sender: Sender, response: Response<Incoming>) -> Reply {
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => {
                self.idle().push((sender, Instant::now()));
                Reply::Answer(Answer {
                    status: head.status.as_u16(),
                    headers: head.headers,
                    body: body.to_bytes(),
                })
            }
            Err(_) => Reply::Lost(Lost::Connection),
        }
    }

    /// Opens an event stream on a connection of its own.
    pub(crate) async fn listen(&self, path: &str, token: &str) -> Result<EventStream, Reply> {
        let opened = async {
            let mut sender = self.connector.open().await.map_err(Reply::NotSent)?;
            let mut request = self.request(Call::get(path, token));
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
            let response = sender.send_request(request).await.map_err(|_| Reply::Lost(Lost::Connection))?;
            if response.status() == 200 {
                return Ok(EventStream::new(sender, response.into_body()));
            }
            Err(self.hear(sender, response).await)
        };
        tokio::time::timeout(self.patience, opened).await.unwrap_or(Err(Reply::Lost(Lost::Silence)))
    }

    fn request(&self, call: Call<'_>) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(call.body.clone().unwrap_or_default()));
        *request.method_mut() = call.method;
        *request.uri_mut() = call.path.parse().expect("paths are made of ids and numbers");
        let headers = request.headers_mut();
        headers.insert(HOST, self.connector.host().clone());
        if let Some(token) = call.token {
            let bearer = HeaderValue::try_from(format!("Bearer {token}"));
            headers.insert(AUTHORIZATION, bearer.expect("tokens are plain ASCII"));
        }
        if let Some(key) = call.key {
            headers.insert("idempotency-key", HeaderValue::try_from(key).expect("keys are plain ASCII"));
        }
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request
    }

    /// A connection that can take a request: the one that was used last, so that others may go idle.
    async fn take(&self) -> io::Result<Sender> {
        loop {
            let kept = self.idle().pop();
            match kept {
                Some((mut sender, since)) if since.elapsed() < KEPT_MAX => {
                    if sender.ready().await.is_ok() {
                        return Ok(sender);
                    }
                }
                // All below it are older still.
                Some(_) => self.idle().clear(),
                None => return self.connector.open().await,
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Sender, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
