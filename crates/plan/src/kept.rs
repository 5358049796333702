//! A plan as a store keeps it: its canonical form, compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use onsale_booking::ids::UserId;
use onsale_booking::new_plan::NewPlan;
use sha2::{Digest, Sha256};

use crate::error::PlanError;
use crate::plan::Plan;

/// How long a canonical form may be. What a file of the greatest size becomes is far below.
const CANONICAL_MAX: u64 = 256 * 1024 * 1024;

impl Plan {
    /// The plan for a store.
    pub fn to_keep(&self, by: Option<UserId>) -> NewPlan {
        let canonical = self.canonical();
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        // Writing into a vector cannot fail.
        let _ = packed.write_all(&canonical);
        NewPlan {
            hash: Sha256::digest(&canonical).into(),
            name: self.name.clone(),
            seats: u32::try_from(self.seat_count()).unwrap_or(u32::MAX),
            content: packed.finish().unwrap_or_default().into(),
            by,
        }
    }

    /// Reads the content that [`Plan::to_keep`] made, in this version of the program or an earlier one.
    ///
    /// # Errors
    /// [`PlanError`] if it is something else.
    pub fn from_kept(content: &[u8]) -> Result<Self, PlanError> {
        let mut canonical = Vec::new();
        let unpacked = ZlibDecoder::new(content).take(CANONICAL_MAX).read_to_end(&mut canonical);
        unpacked.map_err(|error| PlanError::new("", format!("cannot be unpacked: {error}")))?;
        Self::from_canonical(&canonical)
    }
}
