//! The report for a terminal.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};

use super::{About, advice, counted, name, reached, summary, values};
use crate::diff::{Change, Diff, Severity, Subject};
use crate::escape::controls;

/// How many operations of a shared schema are named.
const NAMED_OPERATIONS: usize = 5;

/// The width up to which two values share a line.
const LINE: usize = 72;

pub(super) fn write(
    out: &mut dyn Write,
    diff: &Diff,
    color: bool,
    about: &About,
) -> io::Result<()> {
    writeln!(out, "old: {}", controls(&about.old))?;
    writeln!(out, "new: {}", controls(&about.new))?;
    writeln!(out)?;
    let Some(advice) = advice(diff) else {
        return writeln!(out, "no changes");
    };
    writeln!(out, "{}", summary(diff))?;
    writeln!(out, "recommended: {advice}")?;
    for severity in Severity::ALL {
        let groups = super::groups(diff, severity);
        if groups.is_empty() {
            continue;
        }
        let style = if color { style(severity) } else { Style::new() };
        let count = diff.count(severity);
        writeln!(out)?;
        writeln!(out, "{style}{severity} ({count}){style:#}")?;
        for (subject, changes) in groups {
            writeln!(out)?;
            writeln!(out, "  {}", heading(subject))?;
            for change in changes {
                write_change(out, change, style)?;
            }
        }
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

fn heading(subject: &Subject) -> String {
    let (kind, name) = name(subject);
    let heading = match name {
        Some(name) if kind.is_empty() => name,
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    };
    match subject {
        Subject::Operation(operation) => match &operation.id {
            Some(id) => controls(&format!("{heading} ({id})")),
            None => controls(&heading),
        },
        Subject::Document | Subject::Component { .. } => controls(&heading),
    }
}

fn write_change(out: &mut dyn Write, change: &Change, style: Style) -> io::Result<()> {
    write!(out, "    {style}{}{style:#}", change.check.name())?;
    if !change.location.is_empty() {
        write!(out, "  {}", controls(&change.location.join(" > ")))?;
    }
    writeln!(out)?;
    match values(change) {
        (None, None) => {}
        (Some(old), Some(new)) => {
            if old.chars().count() + new.chars().count() <= LINE {
                writeln!(out, "      {old} → {new}")?;
            } else {
                writeln!(out, "      {old}")?;
                writeln!(out, "      → {new}")?;
            }
        }
        (Some(old), None) => writeln!(out, "      {old} → none")?,
        (None, Some(new)) => writeln!(out, "      none → {new}")?,
    }
    writeln!(out, "      {}", change.explanation())?;
    let operations = reached(change);
    if !operations.is_empty() {
        let directions: Vec<_> = change.directions.names().collect();
        let named: Vec<_> = operations
            .iter()
            .take(NAMED_OPERATIONS)
            .map(|operation| controls(&operation.to_string()))
            .collect();
        let more = operations.len() - named.len();
        write!(
            out,
            "      in the {} of {}: {}",
            directions.join(" and "),
            counted(operations.len(), "operation"),
            named.join(", ")
        )?;
        if more > 0 {
            write!(out, ", and {more} more")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
