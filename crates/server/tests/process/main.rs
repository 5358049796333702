//! The program as those who run it meet it: a process with flags, an environment, files, signals and an exit
//! code.
//!
//! Every server here listens on a port that the system picked, works in a temporary folder, and is stopped by
//! its own process id. Nothing here looks inside, except to damage a database on purpose.

mod api;
mod check;
mod compose;
mod demo;
mod draw;
mod folder;
mod full;
mod kill;
mod opening;
mod plan;
mod program;
mod sale;
mod settings;
mod silence;
mod stop;
mod words;
