//! The report for a pull request or a step summary.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::advice;
use super::code::Use;
use super::{Area, Entry, Report, counted, name, reach, release, rows, values, with};
use crate::diff::{Severity, Subject};
use crate::escape::{code, fenced, start};

/// How many entries of one severity are shown unfolded.
const UNFOLDED_ENTRIES: usize = 20;

/// How many operations of a shared schema are shown unfolded.
const UNFOLDED_OPERATIONS: usize = 5;

/// How many operations of a shared schema are shown.
const MOST_OPERATIONS: usize = 100;

/// How many items of the Rust API are named for one entry.
const NAMED_ITEMS: usize = 8;

/// How many uses of changed items are shown.
const MOST_USES: usize = 40;

/// How many notes are shown.
const MOST_NOTES: usize = 20;

/// GitHub refuses the body of a pull request beyond 65 536 characters. This is in bytes, of which
/// there are at least as many, and leaves room for what surrounds the entries, pages of prose among it.
const LONGEST: usize = 56_000;

/// How much of that the entry for the changelog may take.
const LONGEST_CHANGELOG: usize = 20_000;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out, "## API drift")?;
    writeln!(out)?;
    let about = report.about;
    writeln!(out, "From {} to {}.", code(&about.old), code(&about.new))?;
    writeln!(out)?;
    let Some(release) = release(report.diff) else {
        writeln!(out, "No changes.")?;
        if !report.about.notes.is_empty() {
            writeln!(out, "\n### What to do\n")?;
            out.write_all(notes(report, 1).0.as_bytes())?;
        }
        return Ok(());
    };
    writeln!(out, "**{}.** Recommended: **{release}**.", report.summary())?;
    if let Some(reason) = &report.diff.not_generated {
        writeln!(out, "\nNote: {}", code(&reason.to_string()))?;
    }
    let before = table(report) + &what_to_do(report);
    out.write_all(before.as_bytes())?;
    let mut length = before.len();
    for severity in Severity::ALL {
        let count = report.count(severity);
        if count == 0 {
            continue;
        }
        let folded = count > UNFOLDED_ENTRIES || severity == Severity::Documentation;
        writeln!(out)?;
        writeln!(out, "### {severity}: {}", counted(count, "change"))?;
        if folded {
            writeln!(out)?;
            writeln!(out, "<details><summary>show all</summary>")?;
        }
        let mut left = count;
        let mut area = None;
        for entry in report.of(severity) {
            let mut text = String::new();
            if area != Some(entry.area) {
                area = Some(entry.area);
                text = format!("\n**{}**\n\n", area_name(entry.area));
            }
            text.push_str(&match severity {
                Severity::Documentation => brief(entry),
                _ => self::entry(entry),
            });
            length += text.len();
            if length > LONGEST {
                break;
            }
            out.write_all(text.as_bytes())?;
            left -= 1;
        }
        if left > 0 {
            writeln!(out)?;
            writeln!(
                out,
                "…and {left} more: this report is truncated; those in text, HTML and JSON are complete."
            )?;
        }
        if folded {
            writeln!(out)?;
            writeln!(out, "</details>")?;
        }
    }
    Ok(())
}

/// The name of a tag is text of the document, the others are ours.
fn area_name(area: Area<'_>) -> String {
    match area {
        Area::Named(name) => code(&start(name, LONGEST_NAME)),
        other => other.name().to_owned(),
    }
}

/// How many areas the table shows, and how many characters of a name; a document that means well has fewer.
const MOST_AREAS: usize = 50;
const LONGEST_NAME: usize = 60;

fn table(report: &Report<'_>) -> String {
    let areas = report.areas();
    if areas.len() < 2 {
        return String::new();
    }
    let mut table = String::from("\n| area |");
    // Writing to a string does not fail.
    for severity in Severity::ALL {
        let _ = write!(table, " {severity} |");
    }
    table.push_str("\n|---|---:|---:|---:|\n");
    for (area, counts) in areas.iter().take(MOST_AREAS) {
        // A cell ends at this character, in a code span as well.
        let name = area_name(*area).replace('|', "\\u{7c}");
        let _ = write!(table, "| {name} |");
        for count in counts {
            match count {
                0 => table.push_str(" |"),
                count => {
                    let _ = write!(table, " {count} |");
                }
            }
        }
        table.push('\n');
    }
    let more = areas.len().saturating_sub(MOST_AREAS);
    if more > 0 {
        let _ = write!(table, "\n…and {}.\n", counted(more, "more area"));
    }
    table
}

fn what_to_do(report: &Report<'_>) -> String {
    let mut text = String::from("\n### What to do\n\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "1. {}", advice::release(report));
    let uses = super::code::uses(report);
    let _ = writeln!(text, "2. {}", uses.words());
    for Use {
        item, file, line, ..
    } in uses.found.iter().take(MOST_USES)
    {
        let _ = writeln!(
            text,
            "   - {}: {}",
            code(&format!("{file}:{line}")),
            code(item)
        );
    }
    let more = uses.found.len().saturating_sub(MOST_USES);
    if more > 0 {
        let _ = writeln!(text, "   - …and {}", counted(more, "more line"));
    }
    let (notes, number) = notes(report, 3);
    text.push_str(&notes);
    let changelog = advice::changelog(report);
    let mut shown = String::new();
    let mut lines = changelog.lines();
    for line in lines.by_ref() {
        if shown.len() + line.len() > LONGEST_CHANGELOG {
            let left = lines.count() + 1;
            let _ = writeln!(shown, "- …and {}", counted(left, "more line"));
            break;
        }
        let _ = writeln!(shown, "{line}");
    }
    let _ = writeln!(
        text,
        "{number}. {}\n\n   <details><summary>the entry</summary>\n\n{}\n\n   </details>",
        advice::PASTE,
        fenced(&shown, "   ")
    );
    text
}

/// The notes as steps from this number on, and the number after them.
fn notes(report: &Report<'_>, first: usize) -> (String, usize) {
    let notes = &report.about.notes;
    let mut text = String::new();
    let mut number = first;
    for note in notes.iter().take(MOST_NOTES) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{number}. {note}");
        number += 1;
    }
    let more = notes.len().saturating_sub(MOST_NOTES);
    if more > 0 {
        let _ = writeln!(
            text,
            "{number}. …and {}; the reports in text, HTML and JSON are complete.",
            counted(more, "more note")
        );
        number += 1;
    }
    (text, number)
}

fn heading(subject: &Subject, location: &[String]) -> String {
    let (kind, name) = name(subject);
    let mut heading = String::from("**");
    match (kind, name) {
        ("", name) => heading.push_str(&code(&name.unwrap_or_default())),
        (kind, None) => heading.push_str(kind),
        (kind, Some(name)) => heading.push_str(&format!("{kind} {}", code(&name))),
    }
    heading.push_str("**");
    if let Subject::Operation(operation) = subject
        && let Some(id) = &operation.id
    {
        heading.push_str(&format!(" ({})", code(id)));
    }
    if !location.is_empty() {
        let steps: Vec<_> = location.iter().map(|step| code(step)).collect();
        heading.push_str(&format!(" {}", steps.join(" › ")));
    }
    heading
}

/// A change of prose, on one line.
fn brief(entry: &Entry<'_>) -> String {
    let Some(place) = entry.places.first() else {
        return String::new();
    };
    let checks = rows(entry);
    let checks: Vec<_> = checks.iter().map(|row| code(row.check.name())).collect();
    let heading = heading(place.subject, place.location);
    let more = match entry.places.len() {
        1 => String::new(),
        count => format!(", and {} more with the same", count - 1),
    };
    format!("- {heading}: {}{more}\n", checks.join(", "))
}

fn entry(entry: &Entry<'_>) -> String {
    let headings = entry.places.iter();
    let headings: Vec<_> = headings
        .map(|place| heading(place.subject, place.location))
        .collect();
    let mut text = format!("- {}", headings.join(",\\\n  "));
    // Writing to a string does not fail.
    for row in rows(entry) {
        let _ = write!(text, "\\\n  {}", code(row.check.name()));
        if !row.location.is_empty() {
            let location: Vec<_> = row.location.iter().map(|step| code(step)).collect();
            let _ = write!(text, " {}", location.join(" › "));
        }
        let _ = write!(text, ": {}{}", row.explanation, row.wire);
        for (old, new) in values(&row, &code) {
            let _ = write!(text, "\\\n  {old} → {new}");
        }
    }
    let api = entry.api();
    for item in api.iter().take(NAMED_ITEMS) {
        let words = code(&item.to_string());
        let _ = match item.severity {
            severity if severity == entry.severity => write!(text, "\\\n  Rust: {words}"),
            severity => write!(text, "\\\n  Rust, {severity}: {words}"),
        };
    }
    let more = api.len().saturating_sub(NAMED_ITEMS);
    if more > 0 {
        let _ = write!(text, "\\\n  and {} in Rust", counted(more, "more item"));
    }
    for line in with(entry, &code) {
        let _ = write!(text, "\\\n  {line}");
    }
    let reach = reach(entry);
    let shown = reach.operations.iter().take(MOST_OPERATIONS);
    let names = shown.map(|operation| {
        let name = code(&operation.to_string());
        format!("{name}{}", reach.note(operation))
    });
    let more = match reach.operations.len().saturating_sub(MOST_OPERATIONS) {
        0 => None,
        more => Some(format!("and {more} more")),
    };
    let names = names.chain(more);
    match reach.operations.len() {
        0 => text.push('\n'),
        count if count > UNFOLDED_OPERATIONS => {
            let names: Vec<_> = names.map(|name| format!("  - {name}\n")).collect();
            let _ = write!(
                text,
                "\n\n  <details><summary>{}</summary>\n\n{}\n  </details>\n",
                reach.words(),
                names.concat()
            );
        }
        _ => {
            let names: Vec<_> = names.collect();
            let _ = writeln!(text, "\\\n  {}: {}", reach.words(), names.join(", "));
        }
    }
    text
}
