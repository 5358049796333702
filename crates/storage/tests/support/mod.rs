//! Shared by the suites: users, their commands, and a sale that can be closed, reopened and crashed.

pub(crate) mod certificates;
pub(crate) mod commands;
pub(crate) mod fixture;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sale;
pub(crate) mod sales;
pub(crate) mod secured;
pub(crate) mod traces;
