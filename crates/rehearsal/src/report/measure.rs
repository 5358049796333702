//! From a history to its figures.
