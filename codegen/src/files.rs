//! From the file of a document to generated files: the only module that reads and writes files.

use std::io::Read;
use std::path::Path;

use crate::admit::one_line;
use crate::bounds::MOST_BYTES;
use crate::{Generated, Wanted};

/// Generates what is `wanted` of `document` into `out`.
///
/// If the document is refused, `out` is left unchanged.
///
/// # Errors
///
/// One line that names the file, the location in the document and the reason.
pub fn generate_into(document: &Path, out: &Path, wanted: Wanted<'_>) -> Result<Generated, String> {
    let text = read(document)?;
    let generated = crate::generate(&text, wanted).map_err(|error| located(document, &error))?;
    write_all(generated, out)
}

/// As [`generate_into`], with the types of a second document of messages.
///
/// # Errors
///
/// As [`generate_into`].
pub fn generate_with_messages_into(
    document: &Path,
    messages: &Path,
    out: &Path,
    wanted: Wanted<'_>,
) -> Result<Generated, String> {
    let generated = crate::generate_with_messages(&read(document)?, &read(messages)?, wanted);
    write_all(generated.map_err(|error| located(document, &error))?, out)
}

fn write_all(generated: Generated, out: &Path) -> Result<Generated, String> {
    for (path, text) in &generated.files {
        write(&out.join(path), text)?;
    }
    Ok(generated)
}

/// Writes the lowered form of `document`, which progenitor gets, to `lowered.yaml` in `out`.
///
/// # Errors
///
/// As [`generate_into`].
pub fn lower_into(document: &Path, out: &Path) -> Result<(), String> {
    let text = read(document)?;
    let lowered = crate::lowered(&text).map_err(|error| located(document, &error))?;
    write(&out.join("lowered.yaml"), &lowered)
}

fn located(document: &Path, error: &crate::Error) -> String {
    one_line(&format!("{}: {error}", document.display()))
}

/// Reads a regular file of bounded size: a FIFO could block, and a device could be endless.
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

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| one_line(&format!("{}: cannot be written: {e}", path.display())))
}
