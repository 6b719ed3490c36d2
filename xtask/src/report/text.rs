//! The report for a terminal.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde_json::Value;

use super::advice;
use super::code::{self, Use};
use super::{Entry, Report, name, reach, release, rows, values, with};
use crate::diff::{ApiChange, Severity, Subject};
use crate::escape::controls;

/// How many operations of a shared schema are named.
const NAMED_OPERATIONS: usize = 4;

/// How many items of the Rust API are named for one entry.
const NAMED_ITEMS: usize = 2;

/// How many locations of one entry are named.
const NAMED_PLACES: usize = 6;

/// Up to which length an item of the Rust API is shown with its types.
const LONGEST_ITEM: usize = 100;

/// The width up to which two values share a line.
const LINE: usize = 72;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>, color: bool) -> io::Result<()> {
    writeln!(out, "old: {}", controls(&report.about.old))?;
    writeln!(out, "new: {}", controls(&report.about.new))?;
    writeln!(out)?;
    let Some(release) = release(report.diff) else {
        writeln!(out, "no changes")?;
        if !report.about.notes.is_empty() {
            writeln!(out)?;
            writeln!(out, "what to do")?;
            write_notes(out, report)?;
        }
        return Ok(());
    };
    writeln!(out, "{}", report.summary())?;
    writeln!(out, "recommended: {release}")?;
    if let Some(reason) = &report.diff.not_generated {
        writeln!(out, "{}", controls(&reason.to_string()))?;
    }
    table(out, report)?;
    for severity in Severity::ALL {
        let count = report.count(severity);
        if count == 0 {
            continue;
        }
        let style = if color { style(severity) } else { Style::new() };
        writeln!(out)?;
        writeln!(out, "{style}{severity} ({count}){style:#}")?;
        let mut area = None;
        for entry in report.of(severity) {
            if area != Some(entry.area) {
                area = Some(entry.area);
                writeln!(out)?;
                writeln!(out, "  {}", controls(entry.area.name()))?;
            }
            if severity == Severity::Documentation {
                write_briefly(out, entry)?;
            } else {
                write_entry(out, entry, style)?;
            }
        }
    }
    write_advice(out, report)
}

/// How many entries each area has, if there are several.
fn table(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let areas = report.areas();
    if areas.len() < 2 {
        return Ok(());
    }
    let names: Vec<_> = areas
        .iter()
        .map(|(area, _)| controls(area.name()))
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0).min(40);
    writeln!(out)?;
    write!(out, "  {:width$}", "")?;
    for severity in Severity::ALL {
        write!(out, "  {:>13}", severity.name())?;
    }
    writeln!(out)?;
    for (name, (_, counts)) in names.iter().zip(&areas) {
        write!(out, "  {name:width$}")?;
        for count in counts {
            match count {
                0 => write!(out, "  {:>13}", "·")?,
                count => write!(out, "  {count:>13}")?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Breaking => AnsiColor::Red,
        Severity::Additive => AnsiColor::Green,
        Severity::Documentation => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

/// The subject of a place, and the location in it.
fn heading(subject: &Subject, location: &[String]) -> String {
    let (kind, name) = name(subject);
    let mut heading = match name {
        Some(name) if kind.is_empty() => name,
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    };
    if let Subject::Operation(operation) = subject
        && let Some(id) = &operation.id
    {
        heading.push_str(&format!(" ({id})"));
    }
    if !location.is_empty() {
        heading.push_str(&format!(": {}", location.join(" > ")));
    }
    controls(&heading)
}

/// A change of prose, on one line.
fn write_briefly(out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    let Some(place) = entry.places.first() else {
        return Ok(());
    };
    let checks: Vec<_> = rows(entry).iter().map(|row| row.check.name()).collect();
    let heading = heading(place.subject, place.location);
    write!(out, "    {heading}: {}", checks.join(", "))?;
    match entry.places.len() {
        1 => writeln!(out),
        count => writeln!(out, ", and {} more with the same", count - 1),
    }
}

fn write_entry(out: &mut dyn Write, entry: &Entry<'_>, style: Style) -> io::Result<()> {
    writeln!(out)?;
    for place in entry.places.iter().take(NAMED_PLACES) {
        writeln!(out, "    {}", heading(place.subject, place.location))?;
    }
    let more = entry.places.len().saturating_sub(NAMED_PLACES);
    if more > 0 {
        writeln!(out, "    and {more} more")?;
    }
    let api = entry.api();
    for row in rows(entry) {
        write!(out, "      {style}{}{style:#}", row.check.name())?;
        if !row.location.is_empty() {
            write!(out, " ({})", controls(&row.location.join(" > ")))?;
        }
        writeln!(out, ": {}{}", row.explanation, row.wire)?;
        // The Rust types say in fewer words what a schema says.
        let mut sides = row.values.iter().flat_map(|(old, new)| [old, new]);
        let is_schema = sides.any(|value| value.is_some_and(Value::is_object));
        if is_schema && !api.is_empty() {
            continue;
        }
        for (old, new) in values(&row, &str::to_owned) {
            if old.chars().count() + new.chars().count() <= LINE {
                writeln!(out, "        {old} → {new}")?;
            } else {
                writeln!(out, "        {old}")?;
                writeln!(out, "        → {new}")?;
            }
        }
    }
    let more = api.len().saturating_sub(NAMED_ITEMS);
    for (index, item) in api.iter().take(NAMED_ITEMS).enumerate() {
        let severity = match item.severity {
            severity if severity == entry.severity => String::new(),
            severity => format!(", {severity}"),
        };
        write!(out, "      Rust{severity}: {}", controls(&rust(item)))?;
        match more {
            more if more > 0 && index + 1 == NAMED_ITEMS => writeln!(out, ", and {more} more")?,
            _ => writeln!(out)?,
        }
    }
    for line in with(entry, &controls) {
        writeln!(out, "      {line}")?;
    }
    let reach = reach(entry);
    // Nobody has to look at what goes on as before.
    if !reach.operations.is_empty() && entry.severity == Severity::Breaking {
        let named: Vec<_> = reach
            .operations
            .iter()
            .take(NAMED_OPERATIONS)
            .map(|operation| {
                let name = operation.id.clone();
                let name = name.unwrap_or_else(|| operation.to_string());
                format!("{}{}", controls(&name), reach.note(operation))
            })
            .collect();
        let more = reach.operations.len() - named.len();
        write!(out, "      {}: {}", reach.words(), named.join(", "))?;
        match more {
            0 => writeln!(out)?,
            more => writeln!(out, ", and {more} more")?,
        }
    }
    Ok(())
}

/// An item of the Rust API, with its types if they are short.
fn rust(item: &ApiChange) -> String {
    let words = item.to_string();
    if words.chars().count() <= LONGEST_ITEM {
        return words;
    }
    let name = &item.item;
    match (&item.old, &item.new) {
        (None, _) => format!("{name} is new"),
        (_, None) => format!("{name} is gone"),
        _ => format!("{name} has another signature"),
    }
}

fn write_advice(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "what to do")?;
    writeln!(out)?;
    writeln!(out, "  {}", advice::release(report))?;
    let uses = code::uses(report);
    writeln!(out)?;
    writeln!(out, "  {}", uses.words())?;
    for Use {
        item, file, line, ..
    } in &uses.found
    {
        writeln!(out, "    {}:{line}  {}", controls(file), controls(item))?;
    }
    write_notes(out, report)?;
    writeln!(out)?;
    writeln!(out, "  {}", advice::PASTE)?;
    writeln!(out)?;
    for line in advice::changelog(report).lines() {
        match line {
            "" => writeln!(out)?,
            line => writeln!(out, "    {line}")?,
        }
    }
    Ok(())
}

fn write_notes(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    for note in &report.about.notes {
        writeln!(out)?;
        writeln!(out, "  {}", controls(note))?;
    }
    Ok(())
}
