//! The page in a real browser, which only runs if asked for:
//!
//! ```sh
//! cargo test -p xtask --lib browser -- --ignored
//! ```
//!
//! The program is `chromium`, or what the variable `CHROMIUM` names. Leaves the page and its pictures (light and dark, wide and narrow) in `target/drift-page`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::super::{Area, Format, entries};
use super::{report, update::update};
use crate::diff::Severity;

/// Says what can be seen with each set of checkboxes, as JSON in an element of its own.
const PROBE: &str = r#"<script>
const names = ["breaking", "additive", "documentation"];
const visible = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
const seen = [];
for (let set = 0; set < 8; set++) {
  names.forEach((name, bit) => document.getElementById("show-" + name).checked = Boolean(set & 1 << bit));
  seen.push({
    shown: names.filter((_, bit) => set & 1 << bit),
    entries: names.map((name) => visible("article." + name).length),
    areas: visible(".area > h2").map((heading) => heading.textContent),
  });
}
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
const result = document.createElement("pre");
result.id = "probe";
result.textContent = JSON.stringify({seen, wide});
document.body.append(result);
</script>"#;

struct Browser {
    program: PathBuf,
    profile: tempfile::TempDir,
}

impl Browser {
    fn new() -> Self {
        let program = std::env::var_os("CHROMIUM").unwrap_or("chromium".into());
        Self {
            program: program.into(),
            profile: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, page: &Path, options: &[&str]) -> String {
        let output = Command::new(&self.program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args(["--disable-sync", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .args(options)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the script of [`PROBE`] says of a page, which the policy of this copy lets run.
    fn probe(&self, page: &str, folder: &Path, size: &str) -> Value {
        let page = page
            .replacen(
                "default-src 'none'; ",
                "default-src 'none'; script-src 'unsafe-inline'; ",
                1,
            )
            .replacen("</main>", &format!("</main>{PROBE}"), 1);
        let file = folder.join("probe.html");
        std::fs::write(&file, page).unwrap();
        let dom = self.run(&file, &["--dump-dom", &format!("--window-size={size}")]);
        let (_, result) = dom
            .split_once("<pre id=\"probe\">")
            .expect("the probe did not run");
        let (result, _) = result.split_once("</pre>").unwrap();
        serde_json::from_str(&result.replace("&amp;", "&")).unwrap()
    }
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/drift-page");
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

#[test]
#[ignore = "needs a browser"]
fn the_filter_of_the_page_hides_entries_and_areas_that_are_left_empty() {
    let (update, folder) = (update(), folder());
    let page = report(&update, Format::Html, false);
    let browser = Browser::new();
    let entries = entries(&update);
    for size in ["1280,900", "500,900"] {
        let result = browser.probe(&page, &folder, size);
        assert_eq!(result["wide"], json!(false), "{size}");
        for seen in result["seen"].as_array().unwrap() {
            let shown = |severity: Severity| {
                let shown = seen["shown"].as_array().unwrap();
                shown.contains(&json!(severity.name()))
            };
            let counts = Severity::ALL.map(|severity| {
                let of = entries
                    .iter()
                    .filter(|entry| entry.severity == severity)
                    .count();
                if shown(severity) { of } else { 0 }
            });
            assert_eq!(seen["entries"], json!(counts), "{seen}");
            let visible = entries.iter().filter(|entry| shown(entry.severity));
            let areas: std::collections::BTreeSet<Area<'_>> =
                visible.map(|entry| entry.area).collect();
            let names: Vec<_> = areas.iter().map(Area::name).collect();
            assert_eq!(seen["areas"], json!(names), "{seen}");
        }
    }
}

#[test]
#[ignore = "needs a browser"]
fn the_policy_of_the_page_lets_no_script_run() {
    let folder = folder();
    let page = report(&update(), Format::Html, false);
    let injected =
        "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">";
    let file = folder.join("injected.html");
    std::fs::write(
        &file,
        page.replacen("</main>", &format!("{injected}</main>"), 1),
    )
    .unwrap();
    let dom = Browser::new().run(&file, &["--dump-dom"]);
    assert!(
        dom.contains(injected.split("<img").next().unwrap()),
        "{dom}"
    );
    assert!(!dom.contains("<title>ran"), "{dom}");
}

#[test]
#[ignore = "needs a browser"]
fn pictures_of_the_page_are_taken() {
    let folder = folder();
    let file = folder.join("page.html");
    std::fs::write(&file, report(&update(), Format::Html, false)).unwrap();
    let browser = Browser::new();
    for (name, size, scheme) in [
        ("light", "1280,5200", "1"),
        ("dark", "1280,5200", "0"),
        ("narrow", "500,7000", "1"),
    ] {
        let picture = folder.join(format!("{name}.png"));
        let options = [
            format!("--screenshot={}", picture.display()),
            format!("--window-size={size}"),
            format!("--blink-settings=preferredColorScheme={scheme}"),
        ];
        let _ = std::fs::remove_file(&picture);
        browser.run(&file, &options.each_ref().map(String::as_str));
        assert!(picture.metadata().unwrap().len() > 10_000, "{name}");
    }
}
