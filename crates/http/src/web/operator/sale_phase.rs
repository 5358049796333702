//! Where a sale stands, as operators' pages say it.

use onsale_booking::sale::{Sale, SalePhase};
use onsale_line::Phase;
use serde::{Deserialize, Serialize};

use super::super::words::SaleWords;
use crate::site::Site;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ShownPhase {
    /// Nobody can join yet.
    Ahead,
    /// People join, and nobody is called yet.
    Lobby,
    /// It is settled who takes part in the draw, and the beacon is awaited.
    Beacon,
    /// Open, and nobody is called for now.
    Paused,
    /// Open.
    Open,
    /// Over.
    Over,
}

impl ShownPhase {
    pub(super) fn of(site: &Site, sale: &Sale) -> Self {
        let now = site.app.now();
        match sale.phase(now) {
            SalePhase::Over => Self::Over,
            SalePhase::Lobby if sale.times.lobby_at.is_some_and(|at| now < at) => Self::Ahead,
            SalePhase::Lobby if sale.awaits_beacon() => Self::Beacon,
            SalePhase::Lobby => Self::Lobby,
            SalePhase::Open if site.app.phase(sale.id) == Phase::Paused => Self::Paused,
            SalePhase::Open => Self::Open,
        }
    }

    /// Its CSS class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Ahead | Self::Lobby | Self::Beacon => "state-soon",
            Self::Paused | Self::Over => "state-over",
            Self::Open => "state-open",
        }
    }

    /// Its name on pages.
    pub(super) fn word(self, s: &SaleWords) -> &'static str {
        match self {
            Self::Ahead => s.phase_ahead,
            Self::Lobby => s.phase_lobby,
            Self::Beacon => s.phase_beacon,
            Self::Paused => s.phase_paused,
            Self::Open => s.phase_open,
            Self::Over => s.phase_over,
        }
    }
}
