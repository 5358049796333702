//! Clients that read slowly or not at all.

use std::time::Duration;

use onsale_http::connection::Limits;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;

use crate::{Server, short};

#[tokio::test]
async fn a_client_that_never_reads_is_disconnected() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"GET /large HTTP/1.1\r\n\r\n").await;
    // Nothing is read for longer than the write deadline.
    sleep(Duration::from_millis(900)).await;
    let received = client.read_to_close().await;
    assert!(received.len() < 8 * 1024 * 1024, "all {} bytes were received", received.len());
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_a_little_now_and_then_is_disconnected() {
    // Of 8 MiB, it takes 64 KiB each 150 ms: less than half a MiB a second.
    let server = Server::start(Limits { write_bytes_per_second_min: 2 * 1024 * 1024, ..short() }).await;
    let mut client = server.connect().await;
    client.send(b"GET /large HTTP/1.1\r\n\r\n").await;
    let (mut received, mut buffer) = (0, vec![0; 64 * 1024]);
    while let Ok(read @ 1..) = client.stream.read(&mut buffer).await {
        received += read;
        // A pause shorter than the write deadline.
        sleep(Duration::from_millis(150)).await;
    }
    assert!(received < 8 * 1024 * 1024, "all {received} bytes were received");
    // What its own system had buffered it still received after the server had closed.
    client.assert_lasted(400, 20_000);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let server = Server::start(short()).await;
    let mut client = server.connect().await;
    client.send(b"GET /large HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    let mut bytes = 0;
    let mut buffer = vec![0; 1024 * 1024];
    while let Ok(read @ 1..) = client.stream.read(&mut buffer).await {
        bytes += read;
        // A slow reader, whose pauses are shorter than the write deadline.
        sleep(Duration::from_millis(60)).await;
    }
    assert!(bytes > 8 * 1024 * 1024, "{bytes}");
    server.stop().await;
}
