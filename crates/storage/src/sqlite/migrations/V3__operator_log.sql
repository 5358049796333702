-- Append only: what operators have changed, each entry in the transaction of its change. An action is a word, and its
-- detail JSON. The operator is whoever the token names, who need not be a user of this store.
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
