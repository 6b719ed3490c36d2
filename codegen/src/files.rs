//! From a document's file to generated files: the only module that reads and writes.

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::admit::one_line;
use crate::bounds::MOST_BYTES;
use crate::{FOLDERS, Generated, Wanted};

/// The list, beside the document, of operations that are left out by name.
const EXCLUDED: &str = "excluded.yaml";

/// Writes what is `wanted` of `document` into `out`, or says in one line why it cannot.
///
/// A document that does not generate leaves `out` as it was. The list `excluded.yaml` beside the
/// document, if there is one, leaves operations out.
///
/// # Errors
///
/// One line that names the file, the location in the document and the reason.
pub fn generate_into(document: &Path, out: &Path, wanted: Wanted<'_>) -> Result<Generated, String> {
    let name = document.display();
    let text = read(document)?;
    let excluded = document.with_file_name(EXCLUDED);
    let excluded = if excluded.exists() {
        read(&excluded)?
    } else {
        String::new()
    };
    let generated =
        crate::generate(&text, &excluded, wanted).map_err(|e| one_line(&format!("{name}: {e}")))?;
    // Else the types of an earlier document would stay there.
    for folder in FOLDERS {
        remove(&out.join(folder))?;
    }
    for (path, text) in &generated.files {
        write(&out.join(path), text)?;
    }
    Ok(generated)
}

/// Reads a regular file of a bounded size: a FIFO would be waited for, and a device never ends.
fn read(path: &Path) -> Result<String, String> {
    let read = || {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        let mut text = String::new();
        let most = MOST_BYTES as u64;
        let file = std::fs::File::open(path)?;
        file.take(most + 1).read_to_string(&mut text)?;
        if text.len() as u64 > most {
            let reason = format!("it is longer than {most} bytes");
            return Err(std::io::Error::other(reason));
        }
        Ok(text)
    };
    read().map_err(|e| one_line(&format!("{}: cannot be read: {e}", path.display())))
}

fn remove(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(one_line(&format!(
            "{}: cannot be removed: {e}",
            folder.display()
        ))),
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| one_line(&format!("{}: cannot be written: {e}", path.display())))
}
