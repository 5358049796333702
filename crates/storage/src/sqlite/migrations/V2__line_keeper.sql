-- What keeps this life of the line; nothing if it is kept in process.
ALTER TABLE lines ADD COLUMN keeper BLOB CHECK (length(keeper) = 16);
