//! Writing sales, what they sell, their codes, and what each person owns.

use onsale_booking::Changes;
use onsale_booking::access::{AccessCode, CodeUse};
use onsale_booking::new_sale::NewLine;
use onsale_booking::sale::{Membership, Sale};
use onsale_booking::seat::OwnedSeats;
use uuid::Uuid;

use super::super::row::{Micros, sale_columns};
use super::super::session::{Param, params};
use super::{Write, small, whole};
use crate::error::StoreError;
use crate::sale_columns::SaleColumns;

/// Sales as arrays, one for each column.
macro_rules! sale_arrays {
    () => {
        "unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::integer[], $10::text[], $11::bytea[], $12::bytea[],
        $13::text[], $14::bytea[], $15::timestamptz[], $16::bigint[], $17::timestamptz[], $18::bytea[],
        $19::bigint[], $20::timestamptz[], $21::timestamptz[])"
    };
}

const NEW_SALES: &str =
    concat!("-- new sales\nINSERT INTO sales (", sale_columns!(), ")\nSELECT * FROM ", sale_arrays!());

/// New lines are closed: they never had an owner.
const NEW_LINES: &str = "-- new lines
INSERT INTO lines (sale_id, epoch, allocated, head, given, closed_tail, capacity, rate_per_minute, paused)
SELECT sale_id, 1, 0, 0, 0, 0, capacity, rate_per_minute, paused
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[])
    AS new (sale_id, capacity, rate_per_minute, paused)";

/// A decision on an older version of a sale does not match, and the batch stops.
const SALES: &str = witnessed!(
    "sales",
    "UPDATE sales s SET name = new.name, listed = new.listed, \"order\" = new.\"order\", lobby_at = new.lobby_at, opens_at =
        new.opens_at, closes_at = new.closes_at, seats_per_person = new.seats_per_person, access =
        new.access, commitment = new.commitment, sealed_seed = new.sealed_seed, beacon_source =
        new.beacon_source, beacon = new.beacon, tail_fixed_at = coalesce(new.tail_fixed_at,
        s.tail_fixed_at), lobby_tail = new.lobby_tail, opened_at = new.opened_at, seed = new.seed,
        revision = new.revision, updated_at = new.updated_at
     FROM ",
    sale_arrays!(),
    " AS new (",
    sale_columns!(),
    ")
     WHERE s.id = new.id AND s.revision < new.revision"
);

const MEMBERS: &str = "-- members
INSERT INTO sale_concerts (sale_id, concert_id) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING";

const FORMER_MEMBERS: &str = "-- former members
DELETE FROM sale_concerts s USING unnest($1::uuid[], $2::uuid[]) AS gone (sale_id, concert_id)
WHERE s.sale_id = gone.sale_id AND s.concert_id = gone.concert_id";

/// A use that was counted is never forgotten: the row does not match, and the batch stops.
const CODES: &str = witnessed!(
    "codes",
    "INSERT INTO sale_codes (sale_id, code_hash, uses, used, created_at)
     SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::integer[], $4::integer[], $5::timestamptz[])
     ON CONFLICT (sale_id, code_hash) DO UPDATE SET used = excluded.used
     WHERE sale_codes.used < excluded.used AND sale_codes.uses = excluded.uses"
);

const CODE_USES: &str = "-- code uses
INSERT INTO code_uses (sale_id, user_id, code_hash, used_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::timestamptz[])";

/// What people own only grows: after a lost update the row does not match, and the batch stops.
const OWNED: &str = witnessed!(
    "owned seats",
    "INSERT INTO owned_seats (user_id, concert_id, owned)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[])
     ON CONFLICT (user_id, concert_id) DO UPDATE SET owned = excluded.owned
     WHERE owned_seats.owned < excluded.owned"
);

/// Every statement about sales of a commit.
pub(in super::super) const STATEMENTS: [&str; 8] =
    [NEW_SALES, NEW_LINES, SALES, MEMBERS, FORMER_MEMBERS, CODES, CODE_USES, OWNED];

/// Adds what `changes` say about sales.
pub(super) fn add_writes(writes: &mut Vec<Write>, changes: &Changes) -> Result<(), StoreError> {
    let is_new = |sale: &&Sale| changes.lines.iter().any(|line| line.sale == sale.id);
    let (new, known): (Vec<&Sale>, Vec<&Sale>) = changes.sales.iter().partition(is_new);
    if !new.is_empty() {
        writes.extend(new_sales(&new, &changes.lines)?);
    }
    if !known.is_empty() {
        writes.push((SALES, sales(&known)?));
    }
    let (members, former): (Vec<&Membership>, Vec<&Membership>) =
        changes.memberships.iter().partition(|change| change.sells);
    for (sql, memberships) in [(MEMBERS, members), (FORMER_MEMBERS, former)] {
        if !memberships.is_empty() {
            let (sales, concerts): (Vec<Uuid>, Vec<Uuid>) =
                memberships.iter().map(|change| (change.sale.0, change.concert.0)).unzip();
            writes.push((sql, params![sales, concerts]));
        }
    }
    if !changes.codes.is_empty() {
        writes.push((CODES, codes(&changes.codes)?));
    }
    if !changes.code_uses.is_empty() {
        writes.push((CODE_USES, code_uses(&changes.code_uses)));
    }
    if !changes.owned.is_empty() {
        writes.push((OWNED, owned(&changes.owned)?));
    }
    Ok(())
}

/// The writes of new sales with their lines.
///
/// # Errors
/// [`StoreError::RolledBack`] for a value that no row can hold.
pub(in super::super) fn new_sales(new: &[&Sale], lines: &[NewLine]) -> Result<[Write; 2], StoreError> {
    let dials =
        |dial: fn(&NewLine) -> Option<u32>| lines.iter().map(|line| dial(line).map(i64::from)).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.sale.0).collect();
    let capacities: Vec<Option<i64>> = dials(|line| line.dials.capacity);
    let rates: Vec<Option<i64>> = dials(|line| line.dials.rate_per_minute);
    let paused: Vec<Option<bool>> = lines.iter().map(|line| line.dials.paused).collect();
    Ok([(NEW_SALES, sales(new)?), (NEW_LINES, params![ids, capacities, rates, paused])])
}

/// The columns of sales, in the order of the table.
fn sales(sales: &[&Sale]) -> Result<Vec<Param>, StoreError> {
    let rows: Vec<SaleColumns> = sales.iter().map(|sale| SaleColumns::from(*sale)).collect();
    let seats =
        rows.iter().map(|row| row.seats_per_person.map(|seats| small("sales.seats_per_person", seats)));
    let seats: Vec<Option<i32>> = seats.map(Option::transpose).collect::<Result<_, _>>()?;
    let tails = rows.iter().map(|row| row.lobby_tail.map(|tail| whole("sales.lobby_tail", tail)));
    let tails: Vec<Option<i64>> = tails.map(Option::transpose).collect::<Result<_, _>>()?;
    let revisions = rows.iter().map(|row| whole("sales.revision", row.revision));
    let revisions: Vec<i64> = revisions.collect::<Result<_, _>>()?;
    Ok(params![
        column(&rows, |row| row.id.0),
        column(&rows, |row| row.name.clone()),
        column(&rows, |row| row.listed),
        column(&rows, |row| row.is_main),
        column(&rows, |row| row.order.clone()),
        column(&rows, |row| row.times.lobby_at.map(Micros)),
        column(&rows, |row| row.times.opens_at.map(Micros)),
        column(&rows, |row| row.times.closes_at.map(Micros)),
        seats,
        column(&rows, |row| row.access.clone()),
        column(&rows, |row| row.commitment.clone()),
        column(&rows, |row| row.sealed_seed.clone()),
        column(&rows, |row| row.beacon_source.clone()),
        column(&rows, |row| row.beacon.clone()),
        column(&rows, |row| row.tail_fixed_at.map(Micros)),
        tails,
        column(&rows, |row| row.opened_at.map(Micros)),
        column(&rows, |row| row.seed.clone()),
        revisions,
        column(&rows, |row| Micros(row.created_at)),
        column(&rows, |row| Micros(row.updated_at)),
    ])
}

fn column<Row, T>(rows: &[Row], value: fn(&Row) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn codes(codes: &[AccessCode]) -> Result<Vec<Param>, StoreError> {
    let limits = codes.iter().map(|code| small("sale_codes.uses", code.uses));
    let limits: Vec<i32> = limits.collect::<Result<_, _>>()?;
    let used = codes.iter().map(|code| small("sale_codes.used", code.used));
    let used: Vec<i32> = used.collect::<Result<_, _>>()?;
    let (sales, hashes) = (column(codes, |code| code.sale.0), column(codes, |code| code.hash.0.to_vec()));
    Ok(params![sales, hashes, limits, used, column(codes, |code| Micros(code.created_at))])
}

fn code_uses(new: &[CodeUse]) -> Vec<Param> {
    let (sales, users) = (column(new, |one| one.sale.0), column(new, |one| one.user.0));
    params![sales, users, column(new, |one| one.hash.0.to_vec()), column(new, |one| Micros(one.used_at))]
}

fn owned(owned: &[OwnedSeats]) -> Result<Vec<Param>, StoreError> {
    let counts = owned.iter().map(|row| small("owned_seats.owned", row.count));
    let counts: Vec<i32> = counts.collect::<Result<_, _>>()?;
    Ok(params![column(owned, |row| row.user.0), column(owned, |row| row.concert.0), counts])
}
