//! From a document's file to generated files: the only module that reads and writes.

use std::io::ErrorKind;
use std::path::Path;

use crate::{FOLDERS, Generated, Wanted, one_line};

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

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|e| one_line(&format!("{}: cannot be read: {e}", path.display())))
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
