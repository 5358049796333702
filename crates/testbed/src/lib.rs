//! Throwaway servers for tests, benches and trying a cluster out.
//!
//! Every server has a folder and a port of its own, touches nothing that was there before, and leaves nothing
//! behind: not when its owner is dropped, and not when the owner's process is killed (see `folder`).
//!
//! Kept without dependencies, so that `cargo xtask` starts at once on a fresh machine. Only `browser`, a
//! feature, has some.

pub mod balancer;
#[cfg(feature = "browser")]
pub mod browser;
pub mod instance;
pub mod postgres;
pub mod programs;
pub mod proxy;
pub mod redis;
pub mod redis_cluster;
pub mod secret;
pub mod signal;

mod acceptor;
mod chance;
mod connections;
mod folder;
mod gate;
mod http;
mod owner;
pub mod port;
mod process;
mod wait;
