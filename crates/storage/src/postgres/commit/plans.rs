//! Statements about plans.

use onsale_booking::new_plan::NewPlan;

use super::super::row::Micros;
use super::super::session::params;
use super::{Write, small};
use crate::error::StoreError;

/// Two instances may bring the same plan at once: it is the same to the byte, so either may be the first.
pub(super) const NEW_PLAN: &str = "-- new plan
INSERT INTO plans (id, hash, name, seats, content, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING";

pub(super) fn new_plan(new: &NewPlan, now: Micros) -> Result<Write, StoreError> {
    let seats = small("plans.seats", new.seats)?;
    let (hash, content) = (new.hash.to_vec(), new.content.to_vec());
    Ok((NEW_PLAN, params![new.id().0, hash, new.name.clone(), seats, content, now]))
}
