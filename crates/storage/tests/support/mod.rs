//! What both suites share: actors, what they ask for, and a sale that can be closed, reopened and crashed.

pub(crate) mod asks;
pub(crate) mod fixture;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sale;
pub(crate) mod traces;
