//! Statements about seats.

use jiff::Timestamp;
use onsale_booking::seat::{Seat, SeatKind};
use uuid::Uuid;

use super::super::row::Micros;
use super::super::session::params;
use super::{Write, small, whole};
use crate::columns::SeatColumns;
use crate::error::StoreError;

/// A sold seat stays sold: its row does not match, and the batch stops.
pub(super) const SEATS: &str = witnessed!(
    "seats",
    "UPDATE seats s SET holder_id = new.holder_id, reserved_at = new.reserved_at, deadline = new.deadline,
        paid_at = new.paid_at, pass_sale_id = new.pass_sale_id, pass_number = new.pass_number, kept = new.kept,
        kind = new.kind, price = new.price, changed_at = $12
     FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
        $7::uuid[], $8::bigint[], $9::boolean[], $10::text[], $11::bigint[])
        AS new (concert_id, seat_no, holder_id, reserved_at, deadline, paid_at, pass_sale_id, pass_number, kept,
            kind, price)
     WHERE s.concert_id = new.concert_id AND s.seat_no = new.seat_no AND s.paid_at IS NULL"
);

pub(super) fn changed(seats: &[Seat], now: Micros) -> Result<Write, StoreError> {
    let columns: Vec<SeatColumns> = seats.iter().map(|seat| seat.state.into()).collect();
    let times = |time: fn(&SeatColumns) -> Option<Timestamp>| -> Vec<Option<Micros>> {
        columns.iter().map(|it| time(it).map(Micros)).collect()
    };
    let concerts: Vec<Uuid> = seats.iter().map(|seat| seat.concert.0).collect();
    let seat_nos = seats.iter().map(|seat| small("seats.seat_no", seat.seat_no));
    let seat_nos: Vec<i32> = seat_nos.collect::<Result<_, _>>()?;
    let holders: Vec<Option<Uuid>> = columns.iter().map(|it| it.holder.map(|holder| holder.0)).collect();
    let reserved_at = times(|it| it.reserved_at);
    let deadlines = times(|it| it.deadline);
    let paid_at = times(|it| it.paid_at);
    let sales: Vec<Option<Uuid>> = columns.iter().map(|it| it.pass_sale.map(|sale| sale.0)).collect();
    let numbers =
        columns.iter().map(|it| it.pass_number.map(|number| whole("seats.pass_number", number)).transpose());
    let numbers: Vec<Option<i64>> = numbers.collect::<Result<_, _>>()?;
    let kept: Vec<bool> = columns.iter().map(|it| it.kept).collect();
    let kinds: Vec<Option<&'static str>> = seats.iter().map(|seat| seat.kind.map(SeatKind::as_str)).collect();
    let prices: Vec<i64> = seats.iter().map(|seat| seat.price.0).collect();
    let columns = params![
        concerts,
        seat_nos,
        holders,
        reserved_at,
        deadlines,
        paid_at,
        sales,
        numbers,
        kept,
        kinds,
        prices,
        now
    ];
    Ok((SEATS, columns))
}
