//! Options about the sale that is played.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use uuid::Uuid;

use super::seconds;
use crate::history::sale::Order;

/// The sale.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sale")]
pub(crate) struct Scene {
    /// Open a concert for this rehearsal, on sale at once
    #[arg(long)]
    pub(crate) setup: bool,
    /// An operator's token, with which the auditor also sees the line. Without one, `--setup` signs its own
    /// with the secret that `onsale token --operator` would use here
    #[arg(long, env = "ONSALE_OPERATOR_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub operator_token: Option<String>,
    /// The concert's id; by default the first that the main sale sells
    #[arg(long, conflicts_with = "setup")]
    pub(crate) concert: Option<Uuid>,
    /// How many seats it has
    #[arg(long, default_value_t = 500, requires = "setup", value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(crate) seats: u32,
    /// The price of a seat, in the currency's minor unit
    #[arg(long, default_value_t = 50_000, requires = "setup", value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    pub(crate) price: i64,
    /// Set how many people may be inside at once
    #[arg(long)]
    pub(crate) capacity: Option<u32>,
    /// Set how many people may be called per minute
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Make a sale that opens so long after the fans begin to come. They wait in its lobby
    #[arg(long, requires = "setup", value_parser = opening, value_name = "SECONDS")]
    pub(crate) opening: Option<f64>,
    /// Make a sale that lets people in by arrival, or in an order that is drawn at its opening
    #[arg(long, requires = "setup", value_enum)]
    pub(crate) order: Option<Order>,
    /// Make so many sales, which are played at once: each has a line and a concert, and its share of the fans
    #[arg(long, requires = "setup", value_parser = clap::value_parser!(u32).range(1..=100), value_name = "N")]
    pub(crate) sales: Option<u32>,
    /// Make a sale that asks for access codes. Every fan has one; a share of `--mischief` uses another fan's,
    /// or none
    #[arg(long, requires = "setup")]
    pub(crate) codes: bool,
    /// Make a sale in which one person may hold and own so many seats
    #[arg(long, requires = "setup", value_parser = clap::value_parser!(u32).range(1..=50_000), value_name = "SEATS")]
    pub(crate) limit: Option<u32>,
    /// Stop after this time, sold out or not
    #[arg(long, default_value_t = 900.0, value_parser = seconds, value_name = "SECONDS")]
    pub(crate) lasts: f64,
    /// The most connections for requests at once; streams have their own
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) connections: u32,
    /// Run a shell command so long after the fans begin to come, such as 20:'kill -9 1234'; may be repeated
    #[arg(long, value_name = "SECONDS:COMMAND")]
    pub(crate) at: Vec<Fault>,
}

/// Sales that are made for the rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// How many.
    pub(crate) sales: u32,
    pub(crate) order: Order,
    /// How long after the fans begin to come they open.
    pub(crate) opening: Option<Duration>,
    pub(crate) codes: bool,
    pub(crate) limit: Option<u32>,
}

impl Default for Made {
    fn default() -> Self {
        Self { sales: 1, order: Order::Arrival, opening: None, codes: false, limit: None }
    }
}

impl Scene {
    /// The sales to make; none to play the main sale.
    pub(crate) fn made(&self) -> Option<Made> {
        let Self { opening, order, sales, codes, limit, .. } = self;
        let is_asked_for =
            opening.is_some() || order.is_some() || sales.is_some() || *codes || limit.is_some();
        is_asked_for.then(|| Made {
            sales: sales.unwrap_or(1),
            order: order.unwrap_or_default(),
            opening: opening.map(Duration::from_secs_f64),
            codes: *codes,
            limit: *limit,
        })
    }

    pub(super) fn check(&self, fans: u32) -> Result<(), String> {
        if self.order == Some(Order::Draw) && self.opening.is_none() {
            return Err("--order draw needs --opening: a draw is made at the opening".to_owned());
        }
        if let Some(sales) = self.sales.filter(|sales| *sales > fans) {
            return Err(format!(
                "--sales {sales} must be at most --fans, which is {fans}: each sale needs a fan"
            ));
        }
        if let Some(opening) = self.opening.filter(|opening| *opening >= self.lasts) {
            let lasts = self.lasts;
            return Err(format!(
                "--opening {opening} must be less than --lasts, which is {lasts}: else nobody is let in"
            ));
        }
        Ok(())
    }
}

/// Something done to the servers during the sale.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// When, in seconds from when the fans begin to come.
    pub(crate) at_s: f64,
    /// What a shell runs.
    pub(crate) command: String,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(at, command)| Some((seconds(at).ok()?, command.trim())));
        match parts {
            Some((at_s, command)) if !command.is_empty() => Ok(Self { at_s, command: command.to_owned() }),
            _ => Err(format!("{text:?} must be SECONDS:COMMAND")),
        }
    }
}

/// An opening in less than a second would be over before anybody has joined.
fn opening(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|it| (1.0..=86_400.0).contains(it));
    seconds.ok_or_else(|| "must be seconds from 1 to 86400".to_owned())
}
