//! The pages in a real browser, as fans and operators see them.
//!
//! Time is the system's clock, and the server runs its own ticks: what a page does between two clicks is
//! tested too. Every site ends with an audit of its store, and every visit with a check of the browser's
//! console.

mod documentation;
mod fan_choice;
mod fan_identity;
mod fan_languages;
mod fan_line;
mod fan_looks;
mod fan_purchase;
mod fan_race;
mod fan_sales;
mod fan_seats;
mod fan_streams;
mod fan_tabs;
mod fan_twice;
mod fans;
mod operator_cockpit;
mod operator_concerts;
mod operator_looks;
mod operator_sales;
mod operator_support;
mod operators;
mod screenshots;
mod site;
