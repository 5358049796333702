//! Stories of a sale: fans and operators use a real server with a real store over TCP.
//!
//! The stories move the clock, so nothing here sleeps, except until the server
//! has noticed that a client is gone. Every stage ends with an audit of its store, and every
//! answer is checked for what all answers have in common, so a story asserts only what is special to it. Each
//! story runs twice: on the embedded store and line, and on PostgreSQL and Redis.

pub(crate) mod actors;
pub(crate) mod answer;
mod any_input;
mod bad_heads;
mod bad_input;
mod bad_paths;
mod beacon_form;
mod beacon_pages;
mod capacity;
mod cockpit;
mod concert_times;
mod dials;
mod document;
mod draws;
mod entrances;
mod estimates;
pub(crate) mod events;
mod fairness_pages;
mod faults;
mod faults_of_money;
pub(crate) mod held_polls;
mod idempotency;
mod in_flight;
mod languages;
mod latest;
pub(crate) mod line;
mod names;
mod notices;
mod old_pages;
mod old_sale_forms;
mod openings;
mod operator_people;
pub(crate) mod operator_sales;
mod operators;
mod order;
mod outlook;
mod page_refusals;
mod page_safety;
mod pages;
mod pass;
mod personal_links;
mod proxies;
mod purchase;
mod refusals;
mod restart;
mod sale_access;
mod sale_pages;
mod sale_passes;
mod sales;
mod seat_events;
mod second_browser;
mod several;
mod sign_out;
pub(crate) mod stage;
mod titles;
mod tokens;
mod turn_pages;
mod unread_bodies;
mod visitor;
mod visits;
mod watching;
