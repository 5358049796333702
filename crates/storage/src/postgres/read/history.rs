//! What a line needs after a restart.

use jiff::Timestamp;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::{Pass, PassState};
use onsale_line::RATE_WINDOW;
use tokio_postgres::Row;

use super::super::row::{self, Micros, RowResult};
use super::super::session::{Session, params};
use super::{LINE, SALE};
use crate::port::LineHistory;

const INSIDE: &str = "-- inside
SELECT sale_id, number, user_id, admitted_at, admitted_until, lasts_until, ended_at, ended_by FROM passes
WHERE sale_id = $1 AND ended_at IS NULL AND lasts_until > $2 ORDER BY number";

const ENDED: &str = "-- ended
SELECT number FROM passes WHERE sale_id = $1 AND (ended_at IS NOT NULL OR lasts_until <= $2) ORDER BY number";

/// The window is closed at both ends: a call exactly a minute ago still counts.
const RECENT: &str = "-- recent
SELECT admitted_at FROM passes WHERE sale_id = $1 AND admitted_at >= $2 ORDER BY admitted_at";

/// The history of a sale's line, within a snapshot that began at `now`.
pub(super) async fn read(session: &Session, sale: SaleId, now: Timestamp) -> RowResult<Option<LineHistory>> {
    let row = session.send(LINE, params![sale.0]);
    let of = session.send(SALE, params![sale.0]);
    let inside = session.send(INSIDE, params![sale.0, Micros(now)]);
    let ended = session.send(ENDED, params![sale.0, Micros(now)]);
    let recent = session.send(RECENT, params![sale.0, Micros(now - RATE_WINDOW)]);
    let row = row.rows().await?.first().map(row::line).transpose()?;
    let of = of.rows().await?.first().map(row::sale_record).transpose()?;
    let inside = inside.rows().await?.iter().map(row::pass).collect::<RowResult<Vec<_>>>()?;
    let inside = inside.iter().filter_map(inside_until).collect();
    let number = |row: &Row| row::column::<i64>("passes", row, 0).map(i64::cast_unsigned);
    let ended = ended.rows().await?.iter().map(number).collect::<RowResult<_>>()?;
    let admitted_at = |row: &Row| row::time("passes", row, 0);
    let recent = recent.rows().await?.iter().map(admitted_at).collect::<RowResult<_>>()?;
    let Some((row, record)) = row.zip(of) else { return Ok(None) };
    Ok(Some(LineHistory { row, sale: record.sale, inside, ended, recent, now }))
}

fn inside_until(pass: &Pass) -> Option<(u64, UserId, Timestamp)> {
    match pass.state {
        PassState::Inside(session) => Some((pass.key.number, pass.user, session.lasts_until)),
        PassState::Ended { .. } => None,
    }
}
