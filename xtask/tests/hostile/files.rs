//! Sources that are not ordinary files: devices, FIFOs, folders, files larger than the memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{CANONICAL, exit, fixture_site, update_spec};

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The program ends with 2 and these words.
#[track_caller]
fn refused(command: &mut Command, words: &str) {
    let start = Instant::now();
    let (_, err) = exit(&command.output().unwrap(), 2);
    assert!(err.contains(words), "{command:?}: {err}");
    assert!(start.elapsed() < Duration::from_secs(5), "{command:?}");
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_written() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let site = fixture_site();
    let site = site.to_str().unwrap();
    let vendored = at("document.yaml");
    fs::write(&vendored, CANONICAL).unwrap();
    fifo(&at("fifo"));
    fs::File::create(at("sparse"))
        .unwrap()
        .set_len(3 << 30)
        .unwrap();
    fs::write(at("latin"), b"openapi: \xe9").unwrap();
    std::os::unix::fs::symlink("fifo", at("link-to-fifo")).unwrap();
    std::os::unix::fs::symlink("loop", at("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
    for (path, words) in [
        (Path::new("/dev/full"), "not a regular file"),
        (Path::new("/dev/zero"), "not a regular file"),
        (&at("fifo"), "not a regular file"),
        (&at("link-to-fifo"), "not a regular file"),
        (directory.path(), "not a regular file"),
        (&at("sparse"), "longer than the limit"),
        (&at("latin"), "UTF-8"),
        (&at("loop"), "cannot read"),
        (&at("dangling"), "does not exist"),
        (&at("document.yaml/below"), "cannot read"),
    ] {
        refused(&mut update_spec(site, path), words);
    }
    for (source, words) in [
        (Path::new("/dev/zero"), "not a regular file"),
        (Path::new("/dev/stdin"), "not a regular file"),
        (&at("fifo"), "not a regular file"),
        (&at("sparse"), "longer than the limit"),
        (&at("latin"), "UTF-8"),
        (&at("loop"), "cannot read"),
    ] {
        let mut command = update_spec(source.to_str().unwrap(), &vendored);
        refused(command.stdin(Stdio::null()), words);
    }
    assert_eq!(fs::read_to_string(&vendored).unwrap(), CANONICAL);
    assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink());
}

#[test]
fn a_copy_of_the_site_with_something_else_for_a_page_is_refused() {
    for (name, words) in [
        ("llms.txt", "llms.txt"),
        ("api-reference/lamps/get.md", "get.md"),
    ] {
        for kind in ["fifo", "folder", "sparse", "device"] {
            let directory = tempfile::tempdir().unwrap();
            let copied = Command::new("cp")
                .args(["-R", &format!("{}/.", fixture_site().display())])
                .arg(directory.path())
                .status();
            assert!(copied.unwrap().success());
            let page = directory.path().join(name);
            fs::remove_file(&page).unwrap();
            match kind {
                "fifo" => fifo(&page),
                "folder" => fs::create_dir(&page).unwrap(),
                "sparse" => fs::File::create(&page).unwrap().set_len(3 << 30).unwrap(),
                _ => std::os::unix::fs::symlink("/dev/zero", &page).unwrap(),
            }
            let output = directory.path().join("document.yaml");
            let source = directory.path().to_str().unwrap();
            refused(&mut update_spec(source, &output), words);
            assert!(!output.exists());
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    let site = fixture_site();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = update_spec(site.to_str().unwrap(), &file);
    refused(command.stdout(full), "cannot write the report");
    assert!(!file.exists());
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.yaml");
    let site = fixture_site();
    // One run that writes, and one that has nothing to write.
    for _ in 0..2 {
        fs::write(
            directory.path().join(".update-spec-Ab1Cd2.tmp"),
            &CANONICAL[..99],
        )
        .unwrap();
        fs::write(directory.path().join("mine.tmp"), "").unwrap();
        exit(
            &update_spec(site.to_str().unwrap(), &file).output().unwrap(),
            0,
        );
        let mut names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["document.yaml", "mine.tmp"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), CANONICAL);
    }
}
