//! Reads a file that may have been named by mistake: a device can be endless, a FIFO can block, and
//! a sparse file can be larger than memory.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use super::Failure;

/// Reads a regular file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    // Checked before it is opened, because opening a FIFO can block, and again after it, in case it was
    // replaced.
    check(&std::fs::metadata(path)?, most)?;
    let file = File::open(path)?;
    check(&file.metadata()?, most)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Error::other(Failure::Large(most)));
    }
    Ok(bytes)
}

fn check(metadata: &Metadata, most: u64) -> Result<()> {
    if !metadata.is_file() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    if metadata.len() > most {
        return Err(Error::other(Failure::Large(most)));
    }
    Ok(())
}
