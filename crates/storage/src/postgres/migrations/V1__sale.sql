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

-- Only wallets have a foreign key to users. Any other row that names a user is written by a transaction that
-- has locked that user's wallet, and a key would look up and lock one more row each time. Seats have none to
-- concerts: one transaction creates a concert with its seats, and 50,000 look-ups would prove nothing.

-- One row per seat: free (no holder), held (until the deadline) or sold for good (paid_at is set).
CREATE TABLE seats (
    concert_id uuid NOT NULL,
    seat_no integer NOT NULL CHECK (seat_no >= 1),
    id uuid NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    holder_id uuid,
    reserved_at timestamptz,
    deadline timestamptz,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (concert_id, seat_no),
    CHECK ((holder_id IS NULL) = (reserved_at IS NULL)),
    CHECK ((holder_id IS NULL) = (deadline IS NULL)),
    CHECK (paid_at IS NULL OR (holder_id IS NOT NULL AND paid_at >= reserved_at AND paid_at < deadline))
) WITH (fillfactor = 50);

-- Only columns that a hold changes, so that a payment touches no index.
CREATE INDEX seats_of_holder ON seats (holder_id) WHERE holder_id IS NOT NULL;

CREATE TRIGGER sold_stays_sold BEFORE UPDATE ON seats FOR EACH ROW WHEN (OLD.paid_at IS NOT NULL)
EXECUTE FUNCTION onsale_refuse('a sold seat stays sold');

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
    line_id uuid NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    user_id uuid NOT NULL,
    admitted_at timestamptz,
    admitted_until timestamptz,
    lasts_until timestamptz,
    ended_at timestamptz,
    ended_by text CHECK (ended_by IN ('paid', 'left')),
    PRIMARY KEY (line_id, number),
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

-- How far the waiting line has come, and what its operators have set. server_run names the run of the server
-- that keeps this epoch of the line; NULL if an instance keeps it in process.
CREATE TABLE lines (
    id uuid PRIMARY KEY,
    epoch bigint NOT NULL CHECK (epoch >= 1),
    server_run uuid,
    allocated bigint NOT NULL CHECK (allocated >= 0),
    head bigint NOT NULL CHECK (head >= 0),
    closed_tail bigint CHECK (closed_tail BETWEEN 0 AND allocated),
    capacity bigint CHECK (capacity BETWEEN 0 AND 1000000),
    rate_per_minute bigint,
    paused boolean
) WITH (fillfactor = 50);

-- There is one line, however many instances start at once.
CREATE UNIQUE INDEX lines_are_one ON lines ((true));

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
