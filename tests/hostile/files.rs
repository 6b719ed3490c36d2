//! What is at the path where a body is to be saved, and what is there afterwards.

use std::fs;
use std::path::Path;

use crate::api::*;
use crate::server::*;

const NEW: &str = "new content";

async fn serving(script: Vec<Step>) -> ultravox::ByteStream {
    let server = Server::start([script]).await;
    let client = builder(&server.url).read_timeout(SHORT).build().unwrap();
    stream(&client).await.unwrap()
}

fn whole() -> Vec<Step> {
    answer("200 OK", &[], NEW)
}

#[tokio::test]
async fn a_file_is_replaced_by_a_whole_body_or_stays_as_it_is() {
    let cut = bytes("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nnew");
    let stalled = [cut.clone(), vec![Step::Stall]].concat();
    // The body, how often it is saved, and the outcome of the last time.
    let table = [
        (whole(), 1, "ok", NEW),
        (whole(), 2, "file", NEW),
        (cut.clone(), 1, "interrupted", "old"),
        (cut, 2, "file", "old"),
        (stalled.clone(), 1, "timeout", "old"),
        (stalled, 2, "file", "old"),
    ];
    for (number, (script, times, expected, content)) in table.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        fs::write(&path, "old").unwrap();
        let mut body = serving(script).await;
        let mut saved = body.save_to(&path).await;
        for _ in 1..times {
            saved = body.save_to(&path).await;
        }
        assert_eq!(class(&saved), expected, "{number}: {saved:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "{number}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{number}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_regular_files_are_replaced_and_links_stay() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let make_pipe = |path: &Path| {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    type Make<'a> = &'a dyn Fn(&Path);
    type Holds = fn(&Path) -> bool;
    // What is created at the target, the outcome of saving there, and what must be true afterwards.
    let table: [(&str, Make<'_>, &str, Holds); 7] = [
        ("nothing", &|_| (), "ok", |path| path.is_file()),
        (
            "folder",
            &|path| fs::create_dir(path).unwrap(),
            "file",
            Path::is_dir,
        ),
        ("pipe", &make_pipe, "file", |path| {
            fs::metadata(path).unwrap().file_type().is_fifo()
        }),
        (
            "link to a device",
            &|path| symlink("/dev/full", path).unwrap(),
            "file",
            |path| fs::metadata(path).unwrap().file_type().is_char_device(),
        ),
        (
            "link to itself",
            &|path| symlink(path, path).unwrap(),
            "file",
            Path::is_symlink,
        ),
        (
            "link to a file",
            &|path| {
                fs::write(path.with_extension("file"), "old").unwrap();
                symlink(path.with_extension("file"), path).unwrap();
            },
            "ok",
            |path| {
                let file = path.with_extension("file");
                path.is_symlink() && fs::read_to_string(file).unwrap() == NEW
            },
        ),
        (
            "file of its owner",
            &|path| {
                fs::write(path, "old").unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
            },
            "ok",
            |path| fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600,
        ),
    ];
    for (what, make, expected, holds) in table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        make(&path);
        let saved = serving(whole()).await.save_to(&path).await;
        assert_eq!(class(&saved), expected, "{what}: {saved:?}");
        assert!(holds(&path), "{what}");
        let entries = fs::read_dir(folder.path()).unwrap();
        let left: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        let is_part = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".part");
        assert!(!left.iter().any(is_part), "{what}: {left:?}");
    }
}
