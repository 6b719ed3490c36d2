//! The report as a page: changes by area, a filter by severity, old and new values side by side.
//!
//! The page is one file without scripts: the filter is made of checkboxes and rules of its style sheet. It loads
//! nothing, and its content security policy allows nothing but this style sheet, by its hash.

use std::io::{self, Write};

use serde_json::Value;

use super::advice::{self, PASTE};
use super::code::{self, Use};
use super::{Area, Entry, Report, Row, counted, name, reach, release, rows, with};
use crate::diff::{Severity, Subject, canonical};
use crate::escape::html;

const STYLE: &str = include_str!("page.css");

/// The SHA-256 of the style sheet, in base64. A test names the value after a change.
const STYLE_HASH: &str = "dCG7wuepE3NI9TRXSYINVgSEozyXrvq/VyWf/lmVFqI=";

/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 4_000;

/// Up to which length a value is one line.
const LINE: usize = 60;

/// How many values of one row are shown, and how many operations and items of the Rust API of one entry.
const MOST_VALUES: usize = 100;

/// How many operations are shown unfolded.
const UNFOLDED: usize = 3;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(
        out,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>API drift: {}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>API drift</h1>
<p class="about">From <code>{}</code> to <code>{}</code></p>"#,
        html(&report.summary()),
        html(&report.about.old),
        html(&report.about.new),
    )?;
    let Some(release) = release(report.diff) else {
        writeln!(out, "<p>No changes.</p>\n</header>")?;
        if !report.about.notes.is_empty() {
            writeln!(out, "<section class=\"todo\">\n<h2>What to do</h2>\n<ol>")?;
            notes(out, report)?;
            writeln!(out, "</ol>\n</section>")?;
        }
        super::prose::html(out, report.about)?;
        return writeln!(out, "</body>\n</html>");
    };
    writeln!(
        out,
        "<p><strong>{}</strong>. Recommended: <strong>{}</strong>.</p>",
        html(&report.summary()),
        html(&release)
    )?;
    if let Some(reason) = &report.diff.not_generated {
        writeln!(out, "<p>{}</p>", html(&reason.to_string()))?;
    }
    writeln!(out, "</header>")?;
    what_to_do(out, report)?;
    super::prose::html(out, report.about)?;
    let areas = report.areas();
    filter(out, report, &areas)?;
    for (index, (area, counts)) in areas.into_iter().enumerate() {
        self::area(out, report, index, area, counts)?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn what_to_do(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out, "<section class=\"todo\">\n<h2>What to do</h2>\n<ol>")?;
    writeln!(out, "<li>{}</li>", html(&advice::release(report)))?;
    let uses = code::uses(report);
    write!(out, "<li>{}", html(&uses.words()))?;
    if !uses.found.is_empty() {
        writeln!(
            out,
            "\n<details><summary>{}</summary>\n<ul class=\"uses\">",
            counted(uses.found.len(), "line")
        )?;
        for Use {
            item,
            file,
            line,
            text,
        } in &uses.found
        {
            writeln!(
                out,
                "<li><code>{}:{line}</code> names <code>{}</code>\n<pre>{}</pre></li>",
                html(file),
                html(item),
                html(text)
            )?;
        }
        write!(out, "</ul>\n</details>")?;
    }
    writeln!(out, "</li>")?;
    notes(out, report)?;
    writeln!(
        out,
        "<li>{}\n<details><summary>the entry, which a click selects</summary>\n<pre class=\"paste\">",
        html(PASTE)
    )?;
    for line in advice::changelog(report).lines() {
        writeln!(out, "{}", html(line))?;
    }
    writeln!(out, "</pre>\n</details></li>\n</ol>\n</section>")
}

fn notes(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    for note in &report.about.notes {
        writeln!(out, "<li>{}</li>", sentence(note))?;
    }
    Ok(())
}

/// The checkboxes, one for each severity that there is, and the table of areas.
fn filter(
    out: &mut dyn Write,
    report: &Report<'_>,
    areas: &[(Area<'_>, [usize; 3])],
) -> io::Result<()> {
    writeln!(
        out,
        "<main>\n<fieldset class=\"filter\"><legend>Show</legend>"
    )?;
    for severity in Severity::ALL {
        let count = report.count(severity);
        if count > 0 {
            writeln!(
                out,
                "<label class=\"{severity}\"><input type=\"checkbox\" id=\"show-{severity}\" checked> {severity} <b>{count}</b></label>"
            )?;
        }
    }
    writeln!(out, "</fieldset>")?;
    writeln!(
        out,
        "<nav aria-label=\"Areas\">\n<table>\n<thead><tr><th scope=\"col\">area</th>"
    )?;
    for severity in Severity::ALL {
        writeln!(
            out,
            "<th scope=\"col\" class=\"{severity}\">{severity}</th>"
        )?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for (index, (area, counts)) in areas.iter().enumerate() {
        write!(
            out,
            "<tr><th scope=\"row\"><a href=\"#area-{index}\">{}</a></th>",
            html(area.name())
        )?;
        for (severity, count) in Severity::ALL.iter().zip(counts) {
            match count {
                0 => write!(out, "<td class=\"{severity}\"></td>")?,
                count => write!(out, "<td class=\"{severity}\">{count}</td>")?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</nav>")
}

fn area(
    out: &mut dyn Write,
    report: &Report<'_>,
    index: usize,
    area: Area<'_>,
    counts: [usize; 3],
) -> io::Result<()> {
    // An area is hidden with the last of its entries.
    let has: Vec<_> = Severity::ALL
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(severity, _)| format!(" has-{severity}"))
        .collect();
    writeln!(
        out,
        "<section class=\"area{}\" id=\"area-{index}\">\n<h2>{}</h2>",
        has.concat(),
        html(area.name())
    )?;
    for entry in report.entries.iter().filter(|entry| entry.area == area) {
        self::entry(out, entry)?;
    }
    writeln!(out, "</section>")
}

fn entry(out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    let severity = entry.severity;
    writeln!(out, "<article class=\"{severity}\">")?;
    writeln!(out, "<header><span class=\"badge\">{severity}</span>")?;
    for place in &entry.places {
        write!(out, "<h3>{}", heading(place.subject))?;
        for step in place.location {
            write!(
                out,
                " <span class=\"step\">›</span> <code>{}</code>",
                html(step)
            )?;
        }
        writeln!(out, "</h3>")?;
    }
    writeln!(out, "</header>")?;
    for row in rows(entry) {
        self::row(out, &row)?;
    }
    let api = entry.api();
    if !api.is_empty() {
        writeln!(out, "<table class=\"rust\"><caption>in Rust</caption>")?;
        writeln!(
            out,
            "<thead><tr><th scope=\"col\">item</th><th scope=\"col\">old</th><th scope=\"col\">new</th></tr></thead>\n<tbody>"
        )?;
        for item in api.iter().take(MOST_VALUES) {
            let side = |side: &Option<String>| match side {
                Some(text) => format!("<td><code>{}</code></td>", html(text)),
                None => "<td class=\"none\">none</td>".to_owned(),
            };
            writeln!(
                out,
                "<tr class=\"{}\"><th scope=\"row\"><code>{}</code></th>{}{}</tr>",
                item.severity,
                html(&item.item),
                side(&item.old),
                side(&item.new)
            )?;
        }
        writeln!(out, "</tbody></table>")?;
        let more = api.len().saturating_sub(MOST_VALUES);
        if more > 0 {
            writeln!(out, "<p>and {} in Rust</p>", counted(more, "more item"))?;
        }
    }
    for line in with(entry, &|name| format!("<code>{}</code>", html(name))) {
        writeln!(out, "<p>{line}</p>")?;
    }
    let reach = reach(entry);
    let shown = reach.operations.iter().take(MOST_VALUES);
    let mut operations: Vec<_> = shown
        .map(|operation| {
            let name = html(&operation.to_string());
            format!("<code>{name}</code>{}", reach.note(operation))
        })
        .collect();
    let more = reach.operations.len().saturating_sub(MOST_VALUES);
    if more > 0 {
        operations.push(format!("and {more} more"));
    }
    match operations.len() {
        0 => {}
        count if count <= UNFOLDED => {
            writeln!(
                out,
                "<p class=\"reach\">{}: {}</p>",
                reach.words(),
                operations.join(", ")
            )?;
        }
        _ => {
            writeln!(
                out,
                "<details class=\"reach\"><summary>{}</summary>\n<ul><li>{}</li></ul>\n</details>",
                reach.words(),
                operations.join("</li>\n<li>")
            )?;
        }
    }
    writeln!(out, "</article>")
}

fn heading(subject: &Subject) -> String {
    let (kind, name) = name(subject);
    let mut heading = String::from(kind);
    if let Some(name) = name {
        heading.push_str(&format!(" <code>{}</code>", html(&name)));
    }
    if let Subject::Operation(operation) = subject
        && let Some(id) = &operation.id
    {
        heading.push_str(&format!(" <small>{}</small>", html(id)));
    }
    heading
}

fn row(out: &mut dyn Write, row: &Row<'_>) -> io::Result<()> {
    write!(out, "<p><code class=\"check\">{}</code>", row.check.name())?;
    for (index, step) in row.location.iter().enumerate() {
        let separator = if index == 0 { "in" } else { "›" };
        write!(out, " {separator} <code>{}</code>", html(step))?;
    }
    writeln!(out, " {}{}</p>", sentence(&row.explanation), row.wire)?;
    let shown = || row.values.iter().take(MOST_VALUES);
    // What was only added, or only removed, is one list.
    let olds: Vec<_> = shown().filter_map(|(old, _)| *old).collect();
    let news: Vec<_> = shown().filter_map(|(_, new)| *new).collect();
    if olds.is_empty() || news.is_empty() {
        if olds.len() + news.len() > 0 {
            side_by_side(out, &olds, &news)?;
        }
    } else {
        for (old, new) in shown() {
            side_by_side(out, old.as_slice(), new.as_slice())?;
        }
    }
    match row.values.len().saturating_sub(MOST_VALUES) {
        0 => Ok(()),
        more => writeln!(out, "<p>and {more} more</p>"),
    }
}

fn side_by_side(out: &mut dyn Write, olds: &[&Value], news: &[&Value]) -> io::Result<()> {
    writeln!(out, "<div class=\"values\"><div><h4>old</h4>")?;
    side(out, olds, news, "del")?;
    writeln!(out, "</div><div><h4>new</h4>")?;
    side(out, news, olds, "ins")?;
    writeln!(out, "</div></div>")
}

fn side(out: &mut dyn Write, values: &[&Value], others: &[&Value], mark: &str) -> io::Result<()> {
    if values.is_empty() {
        writeln!(out, "<p class=\"none\">none</p>")?;
    }
    for (index, value) in values.iter().enumerate() {
        self::value(out, value, others.get(index).copied(), mark)?;
    }
    Ok(())
}

/// Words of ours, in which backticks enclose code.
fn sentence(words: &str) -> String {
    let parts = words.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => html(part),
        _ => format!("<code>{}</code>", html(part)),
    });
    parts.collect()
}

/// A value as JSON, with what the other does not have marked.
fn value(out: &mut dyn Write, value: &Value, other: Option<&Value>, mark: &str) -> io::Result<()> {
    let text = pretty(value);
    let other = other.map(pretty).unwrap_or_default();
    let equal = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let characters: Vec<char> = text.chars().collect();
    let others: Vec<char> = other.chars().collect();
    // The digits that two numbers share mean nothing.
    let (start, end) = if value.is_number() {
        (0, 0)
    } else {
        let start = equal(&mut characters.iter().copied(), &mut others.iter().copied());
        let end = equal(
            &mut characters.iter().skip(start).rev().copied(),
            &mut others.iter().skip(start).rev().copied(),
        );
        (start, end)
    };
    let middle = characters.len() - end;
    // The text up to the difference is shown in part if it is long.
    let from = match characters.len() > LONGEST_VALUE {
        true => start.saturating_sub(LONGEST_VALUE / 4),
        false => 0,
    };
    let to = characters.len().min(from + LONGEST_VALUE);
    let part = |from: usize, to: usize| -> String {
        let part = characters.get(from..to.max(from)).unwrap_or_default();
        let part: String = part.iter().collect();
        let lines: Vec<_> = part.split('\n').map(html).collect();
        lines.join("\n")
    };
    let (before, after) = (
        if from > 0 { "…" } else { "" },
        if to < characters.len() { "…" } else { "" },
    );
    let middle = middle.clamp(start, to.max(start));
    let marked = part(start, middle);
    let marked = match marked.is_empty() || others.is_empty() {
        true => marked,
        false => format!("<{mark}>{marked}</{mark}>"),
    };
    writeln!(
        out,
        "<pre>{before}{}{marked}{}{after}</pre>",
        part(from, start),
        part(middle, to)
    )
}

/// JSON, indented if it is long, keys in order whatever the features of serde_json.
fn pretty(value: &Value) -> String {
    let line = canonical(value);
    if line.len() <= LINE {
        return line;
    }
    let value = super::json::sorted(value);
    serde_json::to_string_pretty(&value).unwrap_or_else(|_| value.to_string())
}
