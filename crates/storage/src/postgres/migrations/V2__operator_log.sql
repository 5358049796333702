-- Append only: what operators have changed, each entry in the transaction of its change. An action is a word, and its
-- detail JSON. The operator is whoever the token names, who need not be a user of this store.
CREATE TABLE operator_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    operator uuid,
    action text NOT NULL CHECK (action <> ''),
    detail text NOT NULL CHECK (detail::json IS NOT NULL)
);

CREATE TRIGGER operator_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_log
FOR EACH STATEMENT EXECUTE FUNCTION onsale_refuse('operator_log is append-only');
