//! The rules of a choice one by one, and against a chooser that looks at every group.

mod apart;
mod exhaustive;
mod pools;
mod side_by_side;
mod work;
