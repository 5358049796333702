-- For an operator who asks what became of somebody. A pass changes again and again, but its user never does: the index is
-- touched once a pass.
CREATE INDEX passes_of_user ON passes (user_id);
