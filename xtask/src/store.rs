//! The file that holds the document: read, and replaced as a whole or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Reads the file; nothing where there is none.
pub fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes `text` to `path`. Whatever happens on the way, the file has its old content or all of the
/// new: the text goes to a temporary file beside it, to the disk, and then takes its place.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let named = || format!("cannot write {}; it is as it was", path.display());
    // A link goes on pointing where it does.
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(_) => path.to_owned(),
    };
    let old = fs::metadata(&target).ok();
    if let Some(old) = &old {
        ensure!(
            old.is_file(),
            "cannot write {}: it is not a file",
            path.display()
        );
    }
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&directory).with_context(named)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".update-spec-").suffix(".tmp");
    match &old {
        Some(old) => builder.permissions(old.permissions()),
        None => public(&mut builder),
    };
    let mut file = builder.tempfile_in(&directory).with_context(named)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .with_context(named)?;
    file.persist(&target)
        .map_err(|e| e.error)
        .with_context(named)?;
    sync_directory(&directory);
    Ok(())
}

/// As any program makes a file, not the private one that a temporary file is.
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

/// The new name on the disk as well. The file is whole without it; not every system can.
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
        assert!(error.contains("is not a file"), "{error}");
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
}
