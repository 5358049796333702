//! What requests and answers look like on the wire: camelCase JSON, RFC 3339 times, money in minor units.

pub mod concerts;
pub mod line;
pub mod seats;
pub mod users;
pub mod wallet;
