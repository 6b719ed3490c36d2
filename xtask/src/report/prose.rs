//! The section about pages of prose: what to look at, and what rests on it.

use std::io::{self, Write};

use clap::builder::styling::Style;
use serde::Serialize;

use super::{About, counted};
use crate::escape::{self, code, controls};
use crate::prose::Finding;

const INTRODUCTION: &str =
    "facts of ours rest on these pages; look whether they still hold. No release depends on it";

/// How many pages, and how many of the facts that rest on one, are shown in Markdown, so that the report
/// stays within what GitHub takes.
const SHOWN_PAGES: usize = 8;
const SHOWN_FACTS: usize = 2;

/// The longest that a line of Markdown is, in characters.
const LONGEST: usize = 100;

/// The longest that a line of text is, in characters: a reason can hold what a server said.
const LONGEST_LINE: usize = 400;

pub(super) fn text(out: &mut dyn Write, about: &About, color: bool) -> io::Result<()> {
    let findings = about.prose.as_deref().unwrap_or_default();
    if findings.is_empty() {
        return Ok(());
    }
    let style = if color {
        Style::new().bold()
    } else {
        Style::new()
    };
    writeln!(out)?;
    writeln!(out, "{style}prose ({}){style:#}", findings.len())?;
    writeln!(out)?;
    writeln!(out, "  {INTRODUCTION}")?;
    for finding in findings {
        writeln!(out)?;
        writeln!(out, "  {}", shown(&finding.page, LONGEST_LINE))?;
        writeln!(out, "    {style}{}{style:#}", finding.state.name())?;
        let explanation = shown(&finding.explanation(), LONGEST_LINE);
        writeln!(out, "      {explanation}")?;
        for fact in &finding.rests {
            writeln!(out, "      {}", shown(fact, LONGEST_LINE))?;
        }
        if let Some(command) = command(about, finding) {
            writeln!(out, "      once looked at: {}", controls(&command))?;
        }
    }
    Ok(())
}

pub(super) fn markdown(out: &mut dyn Write, about: &About) -> io::Result<()> {
    let findings = about.prose.as_deref().unwrap_or_default();
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "### prose: {}", counted(findings.len(), "page"))?;
    writeln!(out)?;
    writeln!(
        out,
        "Facts of ours rest on these pages; look whether they still hold. No release depends on it."
    )?;
    writeln!(out)?;
    for finding in findings.iter().take(SHOWN_PAGES) {
        let span = |text: &str| code(&shown(text, LONGEST));
        let explanation = span(&finding.explanation());
        writeln!(out, "- {}: {explanation}", span(&finding.page))?;
        for fact in finding.rests.iter().take(SHOWN_FACTS) {
            writeln!(out, "  - {}", span(fact))?;
        }
        if finding.rests.len() > SHOWN_FACTS {
            writeln!(out, "  - …and {} more", finding.rests.len() - SHOWN_FACTS)?;
        }
        if let Some(command) = command(about, finding) {
            writeln!(out, "  - once looked at: {}", code(&command))?;
        }
    }
    if findings.len() > SHOWN_PAGES {
        let more = findings.len() - SHOWN_PAGES;
        writeln!(
            out,
            "- …and {more} more; the reports in text, HTML and JSON are complete"
        )?;
    }
    Ok(())
}

pub(super) fn html(out: &mut dyn Write, about: &About) -> io::Result<()> {
    let findings = about.prose.as_deref().unwrap_or_default();
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"prose\">\n<h2>Pages of prose: {}</h2>",
        findings.len()
    )?;
    writeln!(out, "<p>{}.</p>\n<ul>", escape::html(INTRODUCTION))?;
    for finding in findings {
        let html = |text: &str| escape::html(&shown(text, LONGEST_LINE));
        writeln!(
            out,
            "<li><code>{}</code>: <b>{}</b>, {}",
            html(&finding.page),
            html(finding.state.name()),
            html(&finding.explanation())
        )?;
        let facts: Vec<_> = finding.rests.iter().map(|fact| html(fact)).collect();
        writeln!(out, "<ul><li>{}</li></ul>", facts.join("</li>\n<li>"))?;
        if let Some(command) = command(about, finding) {
            let command = escape::html(&command);
            writeln!(out, "<p>once looked at: <code>{command}</code></p>")?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>\n</section>")
}

/// The command for a shell that records that somebody has looked at a page, where it was read.
fn command(about: &About, finding: &Finding) -> Option<String> {
    let option = finding.option()?;
    let mut command = "cargo xtask update-spec ".to_owned();
    for option in &about.options {
        command.push_str(&quoted(option));
        command.push(' ');
    }
    Some(command + &option)
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/.:-_=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// One line of at most this many characters.
fn shown(text: &str, longest: usize) -> String {
    escape::start(&controls(text), longest).into_owned()
}

/// A page in JSON.
#[derive(Serialize)]
pub(super) struct Page<'d> {
    page: &'d str,
    state: &'static str,
    explanation: String,
    hash: Option<&'d str>,
    rests: &'d [String],
}

pub(super) fn pages(about: &About) -> Option<Vec<Page<'_>>> {
    let findings = about.prose.as_ref()?.iter();
    let pages = findings.map(|finding| Page {
        page: &finding.page,
        state: finding.state.name(),
        explanation: finding.explanation(),
        hash: finding.state.hash(),
        rests: &finding.rests,
    });
    Some(pages.collect())
}
