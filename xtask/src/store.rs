//! The file of the document: read, and replaced atomically.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::NamedTempFile;
use ultravox_codegen::bounds::MOST_BYTES;

use crate::fetch::file;

/// The names of temporary files. A run that was killed leaves one behind.
const PREFIX: &str = ".update-spec-";
const SUFFIX: &str = ".tmp";

/// Reads the file; `None` if it does not exist.
pub fn read(path: &Path) -> Result<Option<String>> {
    let named = || format!("cannot read {}", path.display());
    match file::read(path, MOST_BYTES as u64) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .context("it is not text in UTF-8")
            .with_context(named),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(named),
    }
}

/// Writes `text` to `path` atomically: the text goes to a temporary file beside it, is synced to
/// disk, and then replaces the file.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let named = || format!("cannot write {}; it is as it was", path.display());
    let target = target(path).with_context(named)?;
    let old = fs::metadata(&target).ok();
    if let Some(old) = &old {
        ensure!(
            old.is_file(),
            "cannot write {}: it is not a regular file",
            path.display()
        );
    }
    let directory = directory(&target);
    fs::create_dir_all(&directory).with_context(named)?;
    let mut file = temporary(&directory, old.as_ref()).with_context(named)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .with_context(named)?;
    file.persist(&target)
        .map_err(|e| e.error)
        .with_context(named)?;
    sync_directory(&directory);
    Ok(())
}

/// The file to replace: a symlink stays, and its target is replaced.
fn target(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            ensure!(
                fs::symlink_metadata(path).is_err(),
                "it is a link to a file that does not exist"
            );
            Ok(path.to_owned())
        }
        Err(error) => Err(error.into()),
    }
}

fn directory(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn temporary(directory: &Path, old: Option<&fs::Metadata>) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    match old {
        Some(old) => builder.permissions(old.permissions()),
        None => public(&mut builder),
    };
    let file = builder.tempfile_in(directory)?;
    #[cfg(unix)]
    in_use(file.as_file());
    Ok(file)
}

/// Whether another process is writing the file. If not, this one holds the lock, which ends with
/// the process at the latest.
#[cfg(unix)]
fn in_use(file: &fs::File) -> bool {
    rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err()
}

/// Removes the temporary files that killed runs have left beside `path`. If that is not possible,
/// they do no harm.
#[cfg(unix)]
pub fn sweep(path: &Path) {
    let Ok(target) = target(path) else { return };
    let Ok(entries) = fs::read_dir(directory(&target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(PREFIX)
            && name.ends_with(SUFFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours && fs::File::open(entry.path()).is_ok_and(|file| !in_use(&file)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// There is no lock here to tell whether another process is writing the file.
#[cfg(not(unix))]
pub fn sweep(_: &Path) {}

/// With the permissions of an ordinary new file, not those of a temporary one.
#[cfg(unix)]
fn public<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn public<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    builder
}

/// Syncs the new name to disk as well. The file is complete without it, and not every system
/// supports it.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = fs::File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_made_with_its_folders_and_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/document.yaml");
        assert_eq!(read(&path).unwrap(), None);
        for text in ["old", "new"] {
            replace(&path, text).unwrap();
            assert_eq!(read(&path).unwrap().as_deref(), Some(text));
        }
        assert_eq!(names(path.parent().unwrap()), ["document.yaml"]);
    }

    #[test]
    fn what_is_not_a_file_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let error = replace(directory.path(), "new").unwrap_err().to_string();
        assert!(error.contains("is not a regular file"), "{error}");
        let below_a_file = directory.path().join("file/document.yaml");
        fs::write(directory.path().join("file"), "x").unwrap();
        let error = replace(&below_a_file, "new").unwrap_err().to_string();
        assert!(error.contains("as it was"), "{error}");
        assert_eq!(names(directory.path()), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (
            directory.path().join("document.yaml"),
            directory.path().join("link"),
        );
        replace(&path, "old").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path) & 0o600, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("document.yaml", &link).unwrap();
        replace(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(mode(&path), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let error = format!("{:#}", replace(&link, "new").unwrap_err());
        assert!(error.contains("does not exist"), "{error}");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(directory.path()), ["link"]);
    }

    #[cfg(unix)]
    #[test]
    fn files_of_killed_runs_are_removed_and_those_in_use_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("document.yaml");
        let used = temporary(directory.path(), None).unwrap();
        for name in [".update-spec-Ab1.tmp", ".update-spec-", "other.tmp"] {
            fs::write(directory.path().join(name), "x").unwrap();
        }
        sweep(&path);
        let used_name = used.path().file_name().unwrap().to_str().unwrap();
        let mut expected = [".update-spec-", used_name, "other.tmp"];
        expected.sort_unstable();
        assert_eq!(names(directory.path()), expected);
        let file = directory.path().join("file");
        fs::write(&file, "x").unwrap();
        sweep(&file.join("below/a/file"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_or_too_large_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let sparse = directory.path().join("sparse");
        fs::File::create(&sparse).unwrap().set_len(3 << 30).unwrap();
        for (path, reason) in [
            (fifo.as_path(), "not a regular file"),
            (Path::new("/dev/full"), "not a regular file"),
            (Path::new("/dev/zero"), "not a regular file"),
            (directory.path(), "not a regular file"),
            (&sparse, "longer than the limit"),
        ] {
            let error = format!("{:#}", read(path).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
