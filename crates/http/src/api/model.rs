//! The JSON of requests and responses: camelCase names, RFC 3339 times, money in minor units.

pub mod concerts;
pub mod line;
mod read;
pub mod sales;
pub mod seats;
pub mod users;
pub mod wallet;
