-- Times are microseconds since 1970-01-01 UTC, identities the 16 bytes of a UUID, money minor units.

-- folded_name is the name as searches compare it.
CREATE TABLE users (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people queue for, each with a line of its own. The main sale holds every concert that names no
-- other; it has no times, and is open from the beginning. An opening is final: from then on nobody can
-- choose another order of the lobby.
CREATE TABLE sales (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    is_main INTEGER NOT NULL CHECK (is_main IN (0, 1)),
    "order" TEXT NOT NULL CHECK ("order" IN ('arrival', 'draw')),
    lobby_at INTEGER,
    opens_at INTEGER,
    closes_at INTEGER,
    seats_per_person INTEGER CHECK (seats_per_person >= 1),
    access TEXT NOT NULL CHECK (access IN ('everyone', 'code') OR access GLOB 'group:?*'),
    commitment BLOB CHECK (length(commitment) = 32),
    sealed_seed BLOB CHECK (length(sealed_seed) > 0),
    beacon_source TEXT,
    beacon BLOB NOT NULL DEFAULT x'',
    tail_fixed_at INTEGER,
    lobby_tail INTEGER CHECK (lobby_tail >= 0),
    opened_at INTEGER,
    seed BLOB CHECK (length(seed) = 32),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((opens_at IS NULL) = (lobby_at IS NULL)),
    CHECK (lobby_at <= opens_at),
    CHECK (opens_at < closes_at),
    CHECK (("order" = 'draw') = (commitment IS NOT NULL)),
    CHECK ((commitment IS NULL) = (sealed_seed IS NULL)),
    CHECK ("order" = 'arrival' OR opens_at IS NOT NULL),
    CHECK (beacon_source IS NOT NULL OR beacon = x''),
    CHECK (beacon = x'' OR lobby_tail IS NOT NULL),
    CHECK ("order" = 'draw' OR beacon_source IS NULL),
    CHECK (opened_at >= opens_at),
    CHECK (tail_fixed_at >= opens_at),
    CHECK (tail_fixed_at IS NULL OR lobby_tail IS NOT NULL),
    CHECK (lobby_tail IS NULL OR tail_fixed_at IS NOT NULL OR opened_at IS NOT NULL),
    CHECK (seed IS NULL OR (opened_at IS NOT NULL AND lobby_tail IS NOT NULL)),
    CHECK ("order" = 'draw' OR (tail_fixed_at IS NULL AND seed IS NULL)),
    CHECK ("order" = 'arrival' OR opened_at IS NULL OR seed IS NOT NULL),
    CHECK (NOT is_main OR (opens_at IS NULL AND closes_at IS NULL AND opened_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX main_sale_is_one ON sales (is_main) WHERE is_main;

CREATE TRIGGER opened_stays_opened BEFORE UPDATE ON sales
WHEN OLD.opened_at IS NOT NULL AND (NEW.opened_at IS NOT OLD.opened_at OR NEW.opens_at IS NOT OLD.opens_at
    OR NEW."order" IS NOT OLD."order" OR NEW.lobby_tail IS NOT OLD.lobby_tail OR NEW.seed IS NOT OLD.seed
    OR NEW.commitment IS NOT OLD.commitment OR NEW.beacon IS NOT OLD.beacon)
BEGIN SELECT RAISE(ABORT, 'an opened sale stays opened'); END;
CREATE TRIGGER fixed_tail_stays_fixed BEFORE UPDATE ON sales
WHEN OLD.tail_fixed_at IS NOT NULL AND (NEW.tail_fixed_at IS NOT OLD.tail_fixed_at
    OR NEW.lobby_tail IS NOT OLD.lobby_tail OR NEW.commitment IS NOT OLD.commitment)
BEGIN SELECT RAISE(ABORT, 'a fixed tail stays fixed'); END;
CREATE TRIGGER beacon_stays BEFORE UPDATE ON sales WHEN OLD.beacon <> x'' AND NEW.beacon IS NOT OLD.beacon
BEGIN SELECT RAISE(ABORT, 'a beacon that was entered stays'); END;

-- Drawings of halls, each in a form of our own, compressed. Its id follows from the hash of that form.
CREATE TABLE plans (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    name TEXT NOT NULL CHECK (name <> ''),
    seats INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 50000),
    content BLOB NOT NULL CHECK (length(content) > 0),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER a_plan_never_changes BEFORE UPDATE ON plans
BEGIN SELECT RAISE(ABORT, 'a plan never changes'); END;
CREATE TRIGGER a_plan_stays BEFORE DELETE ON plans
BEGIN SELECT RAISE(ABORT, 'a plan stays'); END;

CREATE TABLE concerts (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    capacity INTEGER NOT NULL CHECK (capacity BETWEEN 1 AND 50000),
    price INTEGER NOT NULL CHECK (price BETWEEN 0 AND 1000000000),
    opening_at INTEGER NOT NULL,
    closing_at INTEGER NOT NULL,
    event_date INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (opening_at < closing_at AND closing_at <= event_date)
) STRICT, WITHOUT ROWID;

-- Which sales sell a concert, beside the main sale if there is no row.
CREATE TABLE sale_concerts (
    sale_id BLOB NOT NULL REFERENCES sales (id),
    concert_id BLOB NOT NULL REFERENCES concerts (id),
    PRIMARY KEY (sale_id, concert_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sales_of_concert ON sale_concerts (concert_id);

-- One row per seat: free (no holder), held (until the deadline) or sold for good (paid_at is set), by the
-- pass that is named.
CREATE TABLE seats (
    concert_id BLOB NOT NULL REFERENCES concerts (id),
    seat_no INTEGER NOT NULL CHECK (seat_no >= 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    price INTEGER NOT NULL CHECK (price >= 0),
    holder_id BLOB,
    reserved_at INTEGER,
    deadline INTEGER,
    paid_at INTEGER,
    pass_sale_id BLOB,
    pass_number INTEGER CHECK (pass_number >= 1),
    kind TEXT CHECK (kind IN ('wheelchair', 'companion', 'restricted')),
    kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (concert_id, seat_no),
    CHECK ((holder_id IS NULL) = (reserved_at IS NULL)),
    CHECK ((holder_id IS NULL) = (deadline IS NULL)),
    CHECK (paid_at IS NULL OR (holder_id IS NOT NULL AND paid_at >= reserved_at AND paid_at < deadline)),
    CHECK ((holder_id IS NULL) = (pass_sale_id IS NULL)),
    CHECK ((holder_id IS NULL) = (pass_number IS NULL)),
    CHECK (kept = 0 OR holder_id IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX seats_of_holder ON seats (holder_id, reserved_at) WHERE holder_id IS NOT NULL;

CREATE TRIGGER sold_stays_sold BEFORE UPDATE ON seats WHEN OLD.paid_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a sold seat stays sold'); END;

-- How many seats each person owns in each concert. Guarded by the lock of the wallet: a limit per person
-- holds in two tabs and in two sales.
CREATE TABLE owned_seats (
    user_id BLOB NOT NULL REFERENCES users (id),
    concert_id BLOB NOT NULL,
    owned INTEGER NOT NULL CHECK (owned >= 0),
    PRIMARY KEY (user_id, concert_id)
) STRICT, WITHOUT ROWID;

-- Wallets. The balance is the sum of the user's ledger entries.
CREATE TABLE charges (
    user_id BLOB PRIMARY KEY REFERENCES users (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Append-only. The entries of one movement sum to zero.
CREATE TABLE ledger_entries (
    id INTEGER PRIMARY KEY,
    movement_id BLOB NOT NULL,
    account TEXT NOT NULL CHECK (account IN ('wallet', 'funding', 'sales')),
    user_id BLOB,
    amount INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((account = 'wallet') = (user_id IS NOT NULL))
) STRICT;

CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER ledger_is_append_only_delete BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;

-- One bill per seat: the primary key is the last witness that no seat is sold twice. It is the seat's place
-- and not its random identity, which keeps the bills of one concert together.
CREATE TABLE bills (
    id BLOB NOT NULL CHECK (length(id) = 16),
    holder_id BLOB NOT NULL REFERENCES users (id),
    seat_id BLOB NOT NULL,
    concert_id BLOB NOT NULL,
    seat_no INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (concert_id, seat_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX bills_of_holder ON bills (holder_id, created_at);

-- The truth about who is inside. A row without admitted_at is a place that was left while waiting.
CREATE TABLE passes (
    sale_id BLOB NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    user_id BLOB NOT NULL REFERENCES users (id),
    admitted_at INTEGER,
    admitted_until INTEGER,
    lasts_until INTEGER,
    ended_at INTEGER,
    ended_by TEXT CHECK (ended_by IN ('paid', 'left')),
    PRIMARY KEY (sale_id, number),
    CHECK ((admitted_at IS NULL) = (admitted_until IS NULL)),
    CHECK ((admitted_at IS NULL) = (lasts_until IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK (admitted_at IS NOT NULL OR ended_at IS NOT NULL),
    CHECK (admitted_at IS NULL OR (admitted_until > admitted_at AND lasts_until >= admitted_until))
) STRICT, WITHOUT ROWID;

-- For operators who look up a user. A pass changes again and again, but never its user: the index is written
-- once per pass.
CREATE INDEX passes_of_user ON passes (user_id);

CREATE TRIGGER ended_stays_ended BEFORE UPDATE ON passes WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended pass stays ended'); END;

-- Access codes of sales, hashed, and who used them. A person uses at most one code of a sale.
CREATE TABLE sale_codes (
    sale_id BLOB NOT NULL REFERENCES sales (id),
    code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL CHECK (used BETWEEN 0 AND uses),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (sale_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE code_uses (
    sale_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    code_hash BLOB NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (sale_id, user_id),
    FOREIGN KEY (sale_id, code_hash) REFERENCES sale_codes
) STRICT, WITHOUT ROWID;

-- Results that are kept to answer a repeated request. An operator who makes codes has no row in users.
CREATE TABLE requests (
    user_id BLOB NOT NULL,
    key TEXT NOT NULL,
    content TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_by_age ON requests (created_at);

-- How far each sale's waiting line has come, and what its operators have set. given is the last number known
-- to have been given out; it may lag behind. server_run names the run of the server that keeps this epoch of
-- the line; NULL if an instance keeps it in process.
CREATE TABLE lines (
    sale_id BLOB PRIMARY KEY REFERENCES sales (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    server_run BLOB CHECK (length(server_run) = 16),
    allocated INTEGER NOT NULL CHECK (allocated >= 0),
    head INTEGER NOT NULL CHECK (head >= 0),
    given INTEGER NOT NULL CHECK (given BETWEEN 0 AND allocated),
    closed_tail INTEGER CHECK (closed_tail BETWEEN 0 AND allocated),
    capacity INTEGER CHECK (capacity BETWEEN 0 AND 1000000),
    rate_per_minute INTEGER,
    paused INTEGER
) STRICT, WITHOUT ROWID;

-- Append-only. What operators changed, each entry in the transaction of its change. An action is a word with
-- its detail as JSON. The operator is the one the token names, who need not be a user of this store.
CREATE TABLE operator_log (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    operator BLOB CHECK (length(operator) = 16),
    action TEXT NOT NULL CHECK (action <> ''),
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE TRIGGER operator_log_is_append_only_update BEFORE UPDATE ON operator_log
BEGIN SELECT RAISE(ABORT, 'operator_log is append-only'); END;
CREATE TRIGGER operator_log_is_append_only_delete BEFORE DELETE ON operator_log
BEGIN SELECT RAISE(ABORT, 'operator_log is append-only'); END;
