//! What holds across rules, and what takes many steps to show.

mod changes;
mod limits;
mod passes;
mod selling;
