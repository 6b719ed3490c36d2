//! The report for a pull request or a step summary.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{About, advice, counted, name, reached, summary, values};
use crate::diff::{Change, Diff, Severity, Subject};
use crate::escape::code;

/// How many changes of one severity are shown unfolded.
const UNFOLDED_CHANGES: usize = 20;

/// How many operations of a shared schema are shown unfolded.
const UNFOLDED_OPERATIONS: usize = 5;

/// GitHub refuses the body of a pull request beyond 65 536 characters. This is in bytes, of which
/// there are at least as many, and leaves room for what surrounds the entries.
const LONGEST: usize = 60_000;

pub(super) fn write(out: &mut dyn Write, diff: &Diff, about: &About) -> io::Result<()> {
    writeln!(out, "## API drift")?;
    writeln!(out)?;
    writeln!(out, "From {} to {}.", code(&about.old), code(&about.new))?;
    writeln!(out)?;
    let Some(advice) = advice(diff) else {
        return writeln!(out, "No changes.");
    };
    writeln!(out, "**{}.** Recommended: **{advice}**.", summary(diff))?;
    let mut length = 0;
    for severity in Severity::ALL {
        let count = diff.count(severity);
        if count == 0 {
            continue;
        }
        let title = severity.name();
        let folded = count > UNFOLDED_CHANGES;
        writeln!(out)?;
        writeln!(out, "### {title}: {}", counted(count, "change"))?;
        if folded {
            writeln!(out)?;
            writeln!(out, "<details><summary>show all</summary>")?;
        }
        let mut left = count;
        'section: for (subject, changes) in super::groups(diff, severity) {
            let mut heading = Some(heading(subject));
            for change in changes {
                let entry = heading.take().unwrap_or_default() + &entry(change);
                length += entry.len();
                if length > LONGEST {
                    break 'section;
                }
                out.write_all(entry.as_bytes())?;
                left -= 1;
            }
        }
        if left > 0 {
            writeln!(out)?;
            writeln!(
                out,
                "…and {left} more: this report is truncated; those in text and JSON are complete."
            )?;
        }
        if folded {
            writeln!(out)?;
            writeln!(out, "</details>")?;
        }
    }
    Ok(())
}

fn heading(subject: &Subject) -> String {
    let (kind, name) = name(subject);
    let mut heading = String::from("\n**");
    if kind.is_empty() {
        heading.push_str(&code(&name.unwrap_or_default()));
    } else {
        heading.push_str(kind);
        if let Some(name) = name {
            heading.push(' ');
            heading.push_str(&code(&name));
        }
    }
    heading.push_str("**");
    if let Subject::Operation(operation) = subject
        && let Some(id) = &operation.id
    {
        heading.push_str(&format!(" ({})", code(id)));
    }
    heading.push_str("\n\n");
    heading
}

fn entry(change: &Change) -> String {
    let mut entry = format!("- `{}`", change.check.name());
    if !change.location.is_empty() {
        let location: Vec<_> = change.location.iter().map(|step| code(step)).collect();
        entry.push_str(&format!(" {}", location.join(" › ")));
    }
    let values = match values(change) {
        (None, None) => None,
        (Some(old), Some(new)) => Some(format!("{} → {}", code(&old), code(&new))),
        (Some(old), None) => Some(format!("{} → none", code(&old))),
        (None, Some(new)) => Some(format!("none → {}", code(&new))),
    };
    if let Some(values) = values {
        entry.push_str(&format!(": {values}"));
    }
    // Writing to a string does not fail.
    let _ = writeln!(entry, "\\\n  {}.", change.explanation());
    let operations = reached(change);
    if operations.is_empty() {
        return entry;
    }
    let directions: Vec<_> = change.directions.names().collect();
    let reach = format!(
        "in the {} of {}",
        directions.join(" and "),
        counted(operations.len(), "operation")
    );
    let names = operations
        .iter()
        .map(|operation| code(&operation.to_string()));
    if operations.len() > UNFOLDED_OPERATIONS {
        let names: Vec<_> = names.map(|name| format!("  - {name}\n")).collect();
        entry.push_str(&format!(
            "\n  <details><summary>{reach}</summary>\n\n{}\n  </details>\n",
            names.concat()
        ));
    } else {
        let names: Vec<_> = names.collect();
        let _ = writeln!(entry, "  {reach}: {}", names.join(", "));
    }
    entry
}
