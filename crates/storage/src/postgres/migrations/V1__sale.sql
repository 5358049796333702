-- Money is minor units. Tables that are updated often leave room on their pages (fillfactor): the next
-- version of a row stays on its page, and most updates touch no index.

-- Called when a row count contradicts what the rules assumed.
CREATE FUNCTION onsale_surprise(message text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', message USING ERRCODE = 'P0001'; END $$;

CREATE FUNCTION onsale_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'P0001'; END $$;

-- folded_name is the name as searches compare it, byte by byte whatever the database's collation.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    folded_name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 90);

-- What people queue for, each with a line of its own. The main sale holds every concert that names no
-- other; it has no times, and is open from the beginning. An opening is final: from then on nobody can
-- choose another order of the lobby.
CREATE TABLE sales (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    listed boolean NOT NULL,
    is_main boolean NOT NULL,
    "order" text NOT NULL CHECK ("order" IN ('arrival', 'draw')),
    lobby_at timestamptz,
    opens_at timestamptz,
    closes_at timestamptz,
    seats_per_person integer CHECK (seats_per_person >= 1),
    access text NOT NULL CHECK (access IN ('everyone', 'code') OR access LIKE 'group:_%'),
    commitment bytea CHECK (length(commitment) = 32),
    sealed_seed bytea CHECK (length(sealed_seed) > 0),
    beacon_source text,
    beacon bytea NOT NULL DEFAULT '',
    tail_fixed_at timestamptz,
    lobby_tail bigint CHECK (lobby_tail >= 0),
    opened_at timestamptz,
    seed bytea CHECK (length(seed) = 32),
    revision bigint NOT NULL CHECK (revision >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK ((opens_at IS NULL) = (lobby_at IS NULL)),
    CHECK (lobby_at <= opens_at),
    CHECK (opens_at < closes_at),
    CHECK (("order" = 'draw') = (commitment IS NOT NULL)),
    CHECK ((commitment IS NULL) = (sealed_seed IS NULL)),
    CHECK ("order" = 'arrival' OR opens_at IS NOT NULL),
    CHECK (beacon_source IS NOT NULL OR beacon = ''),
    CHECK (beacon = '' OR lobby_tail IS NOT NULL),
    CHECK ("order" = 'draw' OR beacon_source IS NULL),
    CHECK (opened_at >= opens_at),
    CHECK (tail_fixed_at >= opens_at),
    CHECK (tail_fixed_at IS NULL OR lobby_tail IS NOT NULL),
    CHECK (lobby_tail IS NULL OR tail_fixed_at IS NOT NULL OR opened_at IS NOT NULL),
    CHECK (seed IS NULL OR (opened_at IS NOT NULL AND lobby_tail IS NOT NULL)),
    CHECK ("order" = 'draw' OR (tail_fixed_at IS NULL AND seed IS NULL)),
    CHECK ("order" = 'arrival' OR opened_at IS NULL OR seed IS NOT NULL),
    CHECK (NOT is_main OR (opens_at IS NULL AND closes_at IS NULL AND opened_at IS NOT NULL))
);

-- However many instances start at once.
CREATE UNIQUE INDEX main_sale_is_one ON sales (is_main) WHERE is_main;

CREATE TRIGGER opened_stays_opened BEFORE UPDATE ON sales FOR EACH ROW
WHEN (OLD.opened_at IS NOT NULL AND
    (NEW.opened_at, NEW.opens_at, NEW."order", NEW.lobby_tail, NEW.seed, NEW.commitment, NEW.beacon)
    IS DISTINCT FROM
    (OLD.opened_at, OLD.opens_at, OLD."order", OLD.lobby_tail, OLD.seed, OLD.commitment, OLD.beacon))
EXECUTE FUNCTION onsale_refuse('an opened sale stays opened');
CREATE TRIGGER fixed_tail_stays_fixed BEFORE UPDATE ON sales FOR EACH ROW
WHEN (OLD.tail_fixed_at IS NOT NULL AND
    (NEW.tail_fixed_at, NEW.lobby_tail, NEW.commitment)
    IS DISTINCT FROM (OLD.tail_fixed_at, OLD.lobby_tail, OLD.commitment))
EXECUTE FUNCTION onsale_refuse('a fixed tail stays fixed');
CREATE TRIGGER beacon_stays BEFORE UPDATE ON sales FOR EACH ROW
WHEN (OLD.beacon <> '' AND NEW.beacon IS DISTINCT FROM OLD.beacon)
EXECUTE FUNCTION onsale_refuse('a beacon that was entered stays');

-- Drawings of halls, each in a form of our own, compressed. Its id follows from the hash of that form.
CREATE TABLE plans (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    name text NOT NULL CHECK (name <> ''),
    seats integer NOT NULL CHECK (seats BETWEEN 1 AND 50000),
    content bytea NOT NULL CHECK (length(content) > 0),
    created_at timestamptz NOT NULL
);
ALTER TABLE plans ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TRIGGER a_plan_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON plans
FOR EACH STATEMENT EXECUTE FUNCTION onsale_refuse('a plan never changes');

CREATE TABLE concerts (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 50000),
    price bigint NOT NULL CHECK (price BETWEEN 0 AND 1000000000),
    opening_at timestamptz NOT NULL,
    closing_at timestamptz NOT NULL,
    event_date timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (opening_at < closing_at AND closing_at <= event_date)
);

-- Which sales sell a concert, beside the main sale if there is no row.
CREATE TABLE sale_concerts (
    sale_id uuid NOT NULL REFERENCES sales (id),
    concert_id uuid NOT NULL REFERENCES concerts (id),
    PRIMARY KEY (sale_id, concert_id)
);

CREATE INDEX sales_of_concert ON sale_concerts (concert_id);

-- Only wallets have a foreign key to users. Any other row that names a user is written by a transaction that
-- has locked that user's wallet, and a key would look up and lock one more row each time. Seats have none to
-- concerts: one transaction creates a concert with its seats, and 50,000 look-ups would prove nothing.

-- One row per seat: free (no holder), held (until the deadline) or sold for good (paid_at is set), by the
-- pass that is named.
CREATE TABLE seats (
    concert_id uuid NOT NULL,
    seat_no integer NOT NULL CHECK (seat_no >= 1),
    id uuid NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    holder_id uuid,
    reserved_at timestamptz,
    deadline timestamptz,
    paid_at timestamptz,
    pass_sale_id uuid,
    pass_number bigint CHECK (pass_number >= 1),
    kind text CHECK (kind IN ('wheelchair', 'companion', 'restricted')),
    kept boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (concert_id, seat_no),
    CHECK ((holder_id IS NULL) = (reserved_at IS NULL)),
    CHECK ((holder_id IS NULL) = (deadline IS NULL)),
    CHECK (paid_at IS NULL OR (holder_id IS NOT NULL AND paid_at >= reserved_at AND paid_at < deadline)),
    CHECK ((holder_id IS NULL) = (pass_sale_id IS NULL)),
    CHECK ((holder_id IS NULL) = (pass_number IS NULL)),
    CHECK (NOT kept OR holder_id IS NULL)
) WITH (fillfactor = 50);

-- Only columns that a hold changes, so that a payment touches no index.
CREATE INDEX seats_of_holder ON seats (holder_id) WHERE holder_id IS NOT NULL;

CREATE TRIGGER sold_stays_sold BEFORE UPDATE ON seats FOR EACH ROW WHEN (OLD.paid_at IS NOT NULL)
EXECUTE FUNCTION onsale_refuse('a sold seat stays sold');

-- How many seats each person owns in each concert. Guarded by the lock of the wallet: a limit per person
-- holds in two tabs and in two sales.
CREATE TABLE owned_seats (
    user_id uuid NOT NULL,
    concert_id uuid NOT NULL,
    owned integer NOT NULL CHECK (owned >= 0),
    PRIMARY KEY (user_id, concert_id)
) WITH (fillfactor = 60);

-- Wallets. The balance is the sum of the user's ledger entries.
CREATE TABLE charges (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 60);

-- Append-only. The entries of one movement sum to zero.
CREATE TABLE ledger_entries (
    movement_id uuid NOT NULL,
    account text NOT NULL CHECK (account IN ('wallet', 'funding', 'sales')),
    user_id uuid,
    amount bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (movement_id, account),
    CHECK ((account = 'wallet') = (user_id IS NOT NULL))
);

CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION onsale_refuse('ledger_entries is append-only');

-- One bill per seat: the primary key is the last witness that no seat is sold twice.
CREATE TABLE bills (
    id uuid NOT NULL,
    holder_id uuid NOT NULL,
    seat_id uuid NOT NULL,
    concert_id uuid NOT NULL,
    seat_no integer NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (concert_id, seat_no)
);

CREATE INDEX bills_of_holder ON bills (holder_id, created_at);

-- The truth about who is inside. A row without admitted_at is a place that was left while waiting.
CREATE TABLE passes (
    sale_id uuid NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    user_id uuid NOT NULL,
    admitted_at timestamptz,
    admitted_until timestamptz,
    lasts_until timestamptz,
    ended_at timestamptz,
    ended_by text CHECK (ended_by IN ('paid', 'left')),
    PRIMARY KEY (sale_id, number),
    CHECK ((admitted_at IS NULL) = (admitted_until IS NULL)),
    CHECK ((admitted_at IS NULL) = (lasts_until IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK (admitted_at IS NOT NULL OR ended_at IS NOT NULL),
    CHECK (admitted_at IS NULL OR (admitted_until > admitted_at AND lasts_until >= admitted_until))
) WITH (fillfactor = 60);

-- For operators who look up a user. A pass changes again and again, but never its user: the index is written
-- once per pass.
CREATE INDEX passes_of_user ON passes (user_id);

CREATE TRIGGER ended_stays_ended BEFORE UPDATE ON passes FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL)
EXECUTE FUNCTION onsale_refuse('an ended pass stays ended');

-- Access codes of sales, hashed, and who used them. A person uses at most one code of a sale.
CREATE TABLE sale_codes (
    sale_id uuid NOT NULL REFERENCES sales (id),
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    uses integer NOT NULL,
    used integer NOT NULL CHECK (used BETWEEN 0 AND uses),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (sale_id, code_hash)
);

CREATE TABLE code_uses (
    sale_id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (sale_id, user_id),
    FOREIGN KEY (sale_id, code_hash) REFERENCES sale_codes
);

-- Results that are kept to answer a repeated request.
CREATE TABLE requests (
    user_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    content text NOT NULL,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);

CREATE INDEX requests_by_age ON requests (created_at);

-- How far each sale's waiting line has come, and what its operators have set. given is the last number known
-- to have been given out; it may lag behind. server_run names the run of the server that keeps this epoch of
-- the line; NULL if an instance keeps it in process. The row is the sale's mutex: its numbers, its opening
-- and every change of the sale lock it, an admission shares it. A hold only reads the sale, so that a crowd
-- of joins delays no hold: hence two tables.
CREATE TABLE lines (
    sale_id uuid PRIMARY KEY REFERENCES sales (id),
    epoch bigint NOT NULL CHECK (epoch >= 1),
    server_run uuid,
    allocated bigint NOT NULL CHECK (allocated >= 0),
    head bigint NOT NULL CHECK (head >= 0),
    given bigint NOT NULL CHECK (given BETWEEN 0 AND allocated),
    closed_tail bigint CHECK (closed_tail BETWEEN 0 AND allocated),
    capacity bigint CHECK (capacity BETWEEN 0 AND 1000000),
    rate_per_minute bigint,
    paused boolean
) WITH (fillfactor = 50);

-- Append-only. What operators changed, each entry in the transaction of its change. An action is a word with
-- its detail as JSON. The operator is the one the token names, who need not be a user of this store.
CREATE TABLE operator_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    operator uuid,
    action text NOT NULL CHECK (action <> ''),
    detail text NOT NULL CHECK (detail::json IS NOT NULL)
);

CREATE TRIGGER operator_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_log
FOR EACH STATEMENT EXECUTE FUNCTION onsale_refuse('operator_log is append-only');
