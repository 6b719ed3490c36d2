//! Reading a file, which whoever runs the command may have named by mistake: a device never ends, a FIFO
//! waits for a writer, a sparse file is larger than the memory.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use super::Failure;

/// Reads a regular file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    // Before it is opened, which would wait for the other end of a FIFO, and after it, for what it is by
    // then.
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
