//! `onsale plan check`: reads a seating plan, says what is in it, and draws it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use onsale_plan::limits::BYTES_MAX;
use onsale_plan::{Plan, PlanError, svg};

/// What to check, and where to draw it.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The plan, in the JSON format of pretix's seating-plan editor
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also draw what was read as an SVG file, in place of one that may be there
    #[arg(long, value_name = "OUT")]
    svg: Option<PathBuf>,
}

/// Why nothing could be checked, or drawn.
#[derive(Debug)]
pub struct Unchecked(String);

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the plan, and gives what to print of it or why it is refused. A plan that is refused is not drawn.
///
/// # Errors
/// [`Unchecked`] if the file cannot be read, or the drawing not written.
pub fn check(options: &Options) -> Result<Result<String, PlanError>, Unchecked> {
    let mut bytes = Vec::new();
    let file = File::open(&options.file).map_err(|error| unchecked(&options.file, &error))?;
    // One byte more than a plan may have, so that the reader sees that there are more.
    file.take(BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unchecked(&options.file, &error))?;
    let plan = match Plan::read(&bytes) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(out) = &options.svg {
        std::fs::write(out, svg(&plan)).map_err(|error| unchecked(out, &error))?;
    }
    Ok(Ok(describe(&plan)))
}

fn unchecked(path: &Path, error: &std::io::Error) -> Unchecked {
    Unchecked(format!("{}: {error}", path.display()))
}

fn describe(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write_plan(&mut out, plan);
    out
}

fn write_plan(out: &mut String, plan: &Plan) -> fmt::Result {
    writeln!(out, "{}", plan.name)?;
    writeln!(out, "{} seats", plan.seat_count())?;
    writeln!(out, "\nBy category:")?;
    for (category, count) in plan.categories.iter().zip(plan.seats_by_category()) {
        writeln!(out, "  {count:>6}  {}  {}", category.color, or(&category.name, "(no category)"))?;
    }
    writeln!(out, "\nBy section:")?;
    for zone in plan.zones.iter().filter(|zone| !zone.rows.is_empty()) {
        let mut counts = BTreeMap::new();
        for seat in zone.rows.iter().flat_map(|row| &row.seats) {
            *counts.entry(seat.category).or_insert(0_usize) += 1;
        }
        let seats: usize = counts.values().sum();
        let parts = counts.iter().map(|(category, count)| {
            format!("{} {count}", or(&plan.categories[*category].name, "(no category)"))
        });
        let parts: Vec<String> = parts.collect();
        let (name, rows) = (or(&zone.name, "(no name)"), zone.rows.len());
        writeln!(out, "  {seats:>6}  {name}: {rows} rows; {}", parts.join(", "))?;
    }
    let focus = plan.focus();
    let at = format!("{:.1}, {:.1}", focus.at.x, focus.at.y);
    match focus.stage {
        Some(stage) => writeln!(out, "\nThe best seats are those nearest to {at}: {stage:?}.")?,
        None => writeln!(out, "\nThe best seats are those nearest to {at}: the top middle of all seats.")?,
    }
    writeln!(out, "Hash of the drawing: {}", plan.drawing().hash)?;
    writeln!(out, "\nWarnings: {}", plan.warnings.len())?;
    plan.warnings.iter().try_for_each(|warning| writeln!(out, "  {warning}"))
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}
