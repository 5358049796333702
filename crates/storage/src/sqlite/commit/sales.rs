//! Writing sales, what they sell, their codes, and what each person owns.

use onsale_booking::Changes;
use onsale_booking::access::AccessCode;
use onsale_booking::new_sale::NewLine;
use onsale_booking::sale::{Membership, Sale};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use super::super::row::{Id, Micros};
use super::{Written, one_row};
use crate::sale_columns::SaleColumns;

pub(super) fn write(db: &Connection, changes: &Changes) -> Written {
    changes.sales.iter().try_for_each(|changed| {
        let is_new = changes.lines.iter().any(|line| line.sale == changed.id);
        if is_new { add_sale(db, changed) } else { sale(db, changed) }
    })?;
    changes.lines.iter().try_for_each(|new| add_line(db, new))?;
    changes.memberships.iter().try_for_each(|changed| membership(db, *changed))?;
    changes.codes.iter().try_for_each(|changed| code(db, changed))?;
    changes.code_uses.iter().try_for_each(|new| {
        let insert = "-- code use\nINSERT INTO code_uses (sale_id, user_id, code_hash, used_at)
            VALUES (?1, ?2, ?3, ?4)";
        let (sale, user, at) = (Id(new.sale.0), Id(new.user.0), Micros(new.used_at));
        one_row(db, insert, params![sale, user, new.hash.0, at])
    })?;
    changes.owned.iter().try_for_each(|owned| {
        let upsert =
            "-- owned seats\nINSERT INTO owned_seats (user_id, concert_id, owned) VALUES (?1, ?2, ?3)
            ON CONFLICT (user_id, concert_id) DO UPDATE SET owned = excluded.owned
            WHERE owned_seats.owned < excluded.owned";
        one_row(db, upsert, params![Id(owned.user.0), Id(owned.concert.0), owned.count])
    })
}

/// Writes a new sale.
pub(in super::super) fn add_sale(db: &Connection, sale: &Sale) -> Written {
    let insert = "-- new sale\nINSERT INTO sales (id, revision, updated_at, name, listed, \"order\", lobby_at,
        opens_at, closes_at, seats_per_person, access, commitment, sealed_seed, beacon_source, beacon,
        tail_fixed_at, lobby_tail, opened_at, seed, is_main, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
    write_sale(db, insert, sale, params![sale.is_main, Micros(sale.created_at)])
}

fn sale(db: &Connection, sale: &Sale) -> Written {
    // A decision on an older version of the sale does not match, and the batch stops.
    let update =
        "-- sale\nUPDATE sales SET revision = ?2, updated_at = ?3, name = ?4, listed = ?5, \"order\" = ?6,
        lobby_at = ?7, opens_at = ?8, closes_at = ?9, seats_per_person = ?10, access = ?11, commitment = ?12,
        sealed_seed = ?13, beacon_source = ?14, beacon = ?15, tail_fixed_at = coalesce(?16, tail_fixed_at),
        lobby_tail = ?17, opened_at = ?18, seed = ?19
        WHERE id = ?1 AND revision < ?2";
    write_sale(db, update, sale, params![])
}

fn write_sale(db: &Connection, sql: &str, sale: &Sale, more: &[&dyn ToSql]) -> Written {
    let columns = SaleColumns::from(sale);
    let times = columns.times;
    let [lobby_at, opens_at, closes_at] =
        [times.lobby_at, times.opens_at, times.closes_at].map(|at| at.map(Micros));
    let [tail_fixed_at, opened_at] = [columns.tail_fixed_at, columns.opened_at].map(|at| at.map(Micros));
    let (id, updated_at) = (Id(columns.id.0), Micros(columns.updated_at));
    let all = params![
        id,
        columns.revision,
        updated_at,
        columns.name,
        columns.listed,
        columns.order,
        lobby_at,
        opens_at,
        closes_at,
        columns.seats_per_person,
        columns.access,
        columns.commitment,
        columns.sealed_seed,
        columns.beacon_source,
        columns.beacon,
        tail_fixed_at,
        columns.lobby_tail,
        opened_at,
        columns.seed,
    ];
    one_row(db, sql, &*[all, more].concat())
}

/// Writes the line of a new sale. It is closed: it never had an owner.
pub(in super::super) fn add_line(db: &Connection, line: &NewLine) -> Written {
    let insert = "-- new line\nINSERT INTO lines
        (sale_id, epoch, allocated, head, given, closed_tail, capacity, rate_per_minute, paused)
        VALUES (?1, 1, 0, 0, 0, 0, ?2, ?3, ?4)";
    let dials = line.dials;
    one_row(db, insert, params![Id(line.sale.0), dials.capacity, dials.rate_per_minute, dials.paused])
}

fn membership(db: &Connection, Membership { sale, concert, sells }: Membership) -> Written {
    let sql = if sells {
        "-- new member\nINSERT INTO sale_concerts (sale_id, concert_id) VALUES (?1, ?2)
        ON CONFLICT DO NOTHING"
    } else {
        "-- former member\nDELETE FROM sale_concerts WHERE sale_id = ?1 AND concert_id = ?2"
    };
    db.prepare_cached(sql)?.execute(params![Id(sale.0), Id(concert.0)])?;
    Ok(())
}

fn code(db: &Connection, code: &AccessCode) -> Written {
    // A use that was counted is never forgotten: the row does not match, and the batch stops.
    let upsert = "-- code\nINSERT INTO sale_codes (sale_id, code_hash, uses, used, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (sale_id, code_hash) DO UPDATE SET used = excluded.used
        WHERE sale_codes.used < excluded.used AND sale_codes.uses = excluded.uses";
    let (sale, at) = (Id(code.sale.0), Micros(code.created_at));
    one_row(db, upsert, params![sale, code.hash.0, code.uses, code.used, at])
}
