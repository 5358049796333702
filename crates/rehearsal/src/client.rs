//! HTTP for fans: a bounded number of kept-alive connections. The result of a request says whether it was
//! answered, lost or never sent.

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

/// How long a fan waits for an answer, unless another time is given.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Connections idle for longer are not used again: servers and proxies close them, and a request sent at that
/// moment has an unknown outcome.
const KEPT_MAX: Duration = Duration::from_secs(10);

type Sender = SendRequest<Full<Bytes>>;

/// Connections to onsale: to one instance, or to several that count as one.
pub(crate) struct Client {
    connector: Connector,
    idle: Mutex<Vec<(Sender, Instant)>>,
    permits: Semaphore,
    patience: Duration,
}

/// A request to send.
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

/// The result of a request.
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
    /// A client for all of these addresses, with at most `connections_max` connections for requests. It gives
    /// up on an answer after `patience`.
    pub(crate) fn new(urls: &[Uri], connections_max: u32, patience: Duration) -> Result<Self, String> {
        Ok(Self {
            connector: Connector::new(urls)?,
            idle: Mutex::default(),
            permits: Semaphore::new(usize::try_from(connections_max).unwrap_or(usize::MAX)),
            patience,
        })
    }

    /// Sends one request and waits for the whole answer. Calls `on_send` when the request goes out, which is
    /// later if all connections are in use.
    pub(crate) async fn send(&self, call: Call<'_>, mut on_send: impl FnMut()) -> Reply {
        let Ok(_permit) = self.permits.acquire().await else { return Reply::Lost(Lost::Connection) };
        on_send();
        // The future is large, so it is made only once there is a connection: in a burst most fans wait.
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
                Ok(response) => return self.receive(sender, response).await,
                // It was never sent: the idle connection had been closed.
                Err(mut error) if error.message().is_some() => request = error.take_message(),
                Err(_) => return Reply::Lost(Lost::Connection),
            }
        }
    }

    async fn receive(&self, sender: Sender, response: Response<Incoming>) -> Reply {
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
            Err(self.receive(sender, response).await)
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

    /// A connection that can take a request: the one used last, so that others may go idle.
    async fn take(&self) -> io::Result<Sender> {
        loop {
            let kept = self.idle().pop();
            match kept {
                Some((mut sender, since)) if since.elapsed() < KEPT_MAX => {
                    if sender.ready().await.is_ok() {
                        return Ok(sender);
                    }
                }
                // All others are older still.
                Some(_) => self.idle().clear(),
                None => return self.connector.open().await,
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Sender, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
