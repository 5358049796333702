//! Every method of the ports is exercised by some case.

const PORT: &str = include_str!("../../src/port.rs");
const LINE: &str = include_str!("../../src/line/mod.rs");
const LINES: &str = include_str!("../../src/line/lines.rs");
const WRITER: &str = include_str!("../../src/writer.rs");

const CASES: &[&str] = &[
    include_str!("rows.rs"),
    include_str!("results.rs"),
    include_str!("reads.rs"),
    include_str!("operators.rs"),
    include_str!("batches.rs"),
    include_str!("races.rs"),
    include_str!("sales.rs"),
    include_str!("halls.rs"),
    include_str!("openings.rs"),
    include_str!("sale_races.rs"),
    include_str!("sequences.rs"),
    include_str!("admission.rs"),
    include_str!("line_cases.rs"),
    include_str!("line_openings.rs"),
    include_str!("line_restarts.rs"),
    include_str!("lines.rs"),
    include_str!("../support/sale.rs"),
];

#[test]
fn every_read_has_a_case() {
    let methods = methods_between(PORT, "pub trait Reads", "fn ");
    assert_eq!(
        methods,
        [
            "balance",
            "reservations",
            "bills",
            "user",
            "users_named",
            "passes_of",
            "bills_of_sale",
            "plan",
            "concerts",
            "sales",
            "sale",
            "has_redeemed",
            "main_sale",
            "line_row",
            "lines_left_open",
            "passes",
            "passes_by_number",
            "line",
            "operator_log",
            "audit"
        ]
    );
    assert_called("reads", &methods);
}

#[test]
fn every_method_of_the_line_has_a_case() {
    let methods = methods_between(LINE, "pub trait LinePort", "fn ");
    assert!(methods.len() >= 10 && methods.contains(&"join"), "{methods:?}");
    // The store calls it, as each commit's watcher; cases see its effect in the line's answers.
    let called: Vec<_> = methods.into_iter().filter(|method| *method != "passes_changed").collect();
    assert_called("line", &called);
}

#[test]
fn every_method_of_the_lines_has_a_case() {
    let methods = methods_between(LINES, "impl Lines {", "    pub fn ");
    let mut waiting = methods_between(LINES, "impl Lines {", "    pub async fn ");
    assert!(waiting.contains(&"open") && methods.contains(&"opened"), "{methods:?} {waiting:?}");
    waiting.extend(methods);
    // Opening the store makes them, closing it closes them, and each commit notifies them.
    waiting.retain(|method| !["new", "close_all", "passes_changed", "sales_changed"].contains(method));
    assert_called("lines", &waiting);
}

#[test]
fn every_way_to_write_has_a_case() {
    let methods = methods_between(WRITER, "impl Writer {", "    pub fn ");
    let mut waiting = methods_between(WRITER, "impl Writer {", "    pub async fn ");
    assert!(waiting.contains(&"submit") && methods.contains(&"tidy"), "{methods:?} {waiting:?}");
    waiting.extend(methods);
    // Not every backend can be made to fail: the SQLite suite has that case.
    waiting.retain(|method| *method != "failed");
    assert_called("writer", &waiting);
}

#[test]
fn a_method_without_a_case_would_be_found() {
    assert!(!is_called("reads", "dividends"));
}

/// The methods that a trait or impl block declares.
fn methods_between(source: &'static str, head: &str, before_name: &str) -> Vec<&'static str> {
    let start = source.find(head).unwrap();
    let block = &source[start..];
    let block = &block[..block.find("\n}").unwrap()];
    let lines = block.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.filter_map(|line| line.split_once(before_name)?.1.split(['(', '<']).next()).collect()
}

fn assert_called(port: &str, methods: &[&str]) {
    let without: Vec<_> = methods.iter().filter(|method| !is_called(port, method)).collect();
    assert!(without.is_empty(), "no case calls {port}: {without:?}");
}

fn is_called(port: &str, method: &str) -> bool {
    // A chain may be broken over lines.
    let call = format!("{port}.{method}(");
    CASES.iter().any(|source| source.split_whitespace().collect::<String>().contains(&call))
}
