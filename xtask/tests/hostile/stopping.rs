//! Ctrl-C and the deadline, whatever a command is doing.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::server::{Answer, Server};
use super::{CANONICAL, GET, INDEX, exit, fixture_site, replaced, update_spec};

/// A second, and another for a machine that runs other tests at the same time.
const SOON: Duration = Duration::from_secs(2);

/// A document with this in it.
fn large(path: &Path, text: &str, count: usize) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    write!(file, "{CANONICAL}x-large: [").unwrap();
    for _ in 0..count {
        file.write_all(text.as_bytes()).unwrap();
    }
    file.write_all(b"0]\n").unwrap();
    file.flush().unwrap();
}

fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Presses Ctrl-C; asserts that the program ends soon and has changed nothing, and returns its
/// stderr.
#[track_caller]
fn interrupt(child: Child, file: &Path) -> String {
    let pressed = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let took = pressed.elapsed();
    let (_, err) = exit(&output, 2);
    assert!(took < SOON, "{took:?}: {err}");
    assert!(err.contains("error: interrupted; "), "{err}");
    assert_eq!(fs::read_to_string(file).unwrap(), CANONICAL);
    err
}

fn document(directory: &Path) -> std::path::PathBuf {
    let file = directory.join("document.yaml");
    fs::write(&file, CANONICAL).unwrap();
    file
}

#[test]
fn ctrl_c_ends_a_refresh_that_waits_for_a_server() {
    for (path, answer) in [
        (INDEX, Answer::Stall("")),
        (GET, Answer::Stall("HTTP/1.1 200 OK\r\n\r\n# Beg")),
        // Between two attempts.
        (GET, Answer::status("503 Busy", "retry-after: 50\r\n")),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let file = document(directory.path());
        let server = Server::with(&[(path, answer)]);
        let child = start(&mut update_spec(&server.root, &file));
        server.wait_for(path);
        let err = interrupt(child, &file);
        assert!(err.contains("nothing was written"), "{err}");
    }
}

#[test]
fn ctrl_c_ends_a_refresh_that_parses() {
    let directory = tempfile::tempdir().unwrap();
    let file = document(directory.path());
    let source = directory.path().join("large.yaml");
    // About ten seconds of work in a debug build.
    large(&source, "0, ", 15 << 20);
    let child = start(&mut update_spec(source.to_str().unwrap(), &file));
    std::thread::sleep(Duration::from_millis(700));
    let err = interrupt(child, &file);
    assert!(err.contains("nothing was written"), "{err}");
}

#[test]
fn ctrl_c_ends_a_refresh_whose_report_nobody_reads() {
    let directory = tempfile::tempdir().unwrap();
    let file = document(directory.path());
    let site = directory.path().join("many.yaml");
    // Each with a line of its own in the report, which no pipe holds as a whole.
    let schemas: String = (0..2_000)
        .map(|n| {
            format!(
                "    Many{n}: {{type: string, description: '{}'}}\n",
                "x".repeat(99)
            )
        })
        .collect();
    let many = CANONICAL.replacen("  schemas:\n", &format!("  schemas:\n{schemas}"), 1);
    fs::write(&site, many).unwrap();
    let mut child = start(&mut update_spec(site.to_str().unwrap(), &file));
    let mut report = child.stdout.take().unwrap();
    report.read_exact(&mut [0]).unwrap();
    // It is waiting by now, or soon.
    std::thread::sleep(Duration::from_millis(300));
    let err = interrupt(child, &file);
    assert!(err.contains("its old content, or all of the new"), "{err}");
    drop(report);
}

#[test]
fn the_deadline_ends_a_refresh() {
    let directory = tempfile::tempdir().unwrap();
    let file = document(directory.path());
    let source = directory.path().join("large.yaml");
    large(&source, "0, ", 15 << 20);
    let server = Server::with(&[(GET, Answer::Stall(""))]);
    for source in [server.root.as_str(), source.to_str().unwrap()] {
        let start = Instant::now();
        let output = update_spec(source, &file).args(["--timeout", "1"]).output();
        let took = start.elapsed();
        let (_, err) = exit(&output.unwrap(), 2);
        assert!(err.contains("longer than the limit of 1s"), "{err}");
        assert!(took < Duration::from_secs(1) + SOON, "{took:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), CANONICAL);
    }
}

#[test]
fn brackets_on_one_line_take_no_time() {
    let directory = tempfile::tempdir().unwrap();
    let file = document(directory.path());
    let pairs = "[".repeat(100_000) + &"]".repeat(100_000);
    let page = replaced(
        GET,
        "openapi: 3.0.3\n",
        &format!("openapi: 3.0.3\nx-a: {pairs}\n"),
    );
    let server = Server::with(&[(GET, Answer::Page(page))]);
    let start = Instant::now();
    let (_, err) = exit(&update_spec(&server.root, &file).output().unwrap(), 2);
    assert!(err.contains("levels deep"), "{err}");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn ctrl_c_ends_cargo_with_the_refresh() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    let old = CANONICAL.replacen("summary: Get Lamp", "summary: A lamp", 1);
    fs::write(&file, &old).unwrap();
    let pid = directory.path().join("pid");
    let cargo = super::proof::toolchain(
        directory.path(),
        &format!(
            "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60",
            pid.display()
        ),
    );
    let mut command = super::proof::update_spec(&fixture_site(), &file, &cargo, directory.path());
    let child = start(&mut command);
    while !pid.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pressed = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let (_, err) = exit(&child.wait_with_output().unwrap(), 2);
    assert!(pressed.elapsed() < SOON, "{err}");
    assert!(err.contains("interrupted; nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), old);
    let pid = fs::read_to_string(pid).unwrap();
    let alive = || {
        let probe = Command::new("kill")
            .args(["-0", pid.trim()])
            .output()
            .unwrap();
        // A process that was not waited for yet is dead too.
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        probe.status.success() && !stat.contains(") Z ")
    };
    let end = Instant::now() + SOON;
    while alive() {
        assert!(Instant::now() < end, "cargo goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
}
