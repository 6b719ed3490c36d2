//! Saving a streamed body to a file: all of it, or nothing.
//!
//! What arrives goes to a temporary file beside the target, which takes the target's name once it is
//! complete. Where anything goes wrong, the temporary file is removed, and what stood at the target
//! stays as it was.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::error::{Error, FileError};
use crate::runtime::ByteStream;

impl ByteStream {
    /// Saves what is left of the body to a file, and returns how many bytes that were.
    ///
    #[cfg_attr(ultravox_operation = "calls_recording_retrieve", doc = "```no_run")]
    #[cfg_attr(
        not(ultravox_operation = "calls_recording_retrieve"),
        doc = "```ignore"
    )]
    /// # async fn example(client: ultravox::Client, call_id: uuid::Uuid) -> Result<(), ultravox::Error> {
    /// let mut recording = client.calls_recording_retrieve().call_id(call_id).send().await?;
    /// let bytes = recording.save_to("recording.wav").await?;
    /// println!("{bytes} bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The file appears once it is complete, in place of a file of that name. Until then its content
    /// is in a temporary file in the same folder, `.ultravox-….part`, which is removed if the body
    /// breaks off or the returned future is dropped. One chunk at a time is in memory, and nothing
    /// but the disk bounds the size: [`max_body_bytes`](crate::ClientBuilder::max_body_bytes) is for
    /// bodies that are read as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file cannot be written, and the errors of the stream.
    pub async fn save_to(&mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let target = path.as_ref();
        let operation = self.operation();
        let failed = |source| {
            Error::File(Box::new(FileError {
                operation,
                path: target.to_owned(),
                action: "written",
                source,
            }))
        };
        let (mut file, part) = create_beside(target).await.map_err(failed)?;
        let mut bytes = 0;
        while let Some(chunk) = self.try_next().await? {
            file.write_all(&chunk).await.map_err(failed)?;
            bytes += chunk.len() as u64;
        }
        // Also waits for what is still being written.
        file.sync_all().await.map_err(failed)?;
        drop(file);
        part.rename_to(target).await.map_err(failed)?;
        Ok(bytes)
    }
}

/// A file that is removed unless it is renamed.
struct Part {
    path: PathBuf,
    renamed: bool,
}

impl Part {
    async fn rename_to(mut self, target: &Path) -> io::Result<()> {
        tokio::fs::rename(&self.path, target).await?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.renamed {
            // Nobody is left to be told that it stays.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Creates a file of an unused name in the folder of `target`.
async fn create_beside(target: &Path) -> io::Result<(File, Part)> {
    if target.file_name().is_none() {
        let reason = "the path names no file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let target = target.to_owned();
    // In one piece: given up in between, the file would stay.
    let created = tokio::task::spawn_blocking(move || create(&target)).await;
    let (file, part) = created.map_err(io::Error::other)??;
    Ok((File::from_std(file), part))
}

fn create(target: &Path) -> io::Result<(std::fs::File, Part)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!(".ultravox-{}-{number}.part", std::process::id());
        let path = target.with_file_name(name);
        match std::fs::File::create_new(&path) {
            Ok(file) => {
                let renamed = false;
                return Ok((file, Part { path, renamed }));
            }
            // Left by a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use super::*;
    use crate::runtime::tests::stream;

    const NO_PAUSE: std::time::Duration = std::time::Duration::ZERO;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[tokio::test]
    async fn a_body_is_saved_whole_and_takes_the_place_of_an_older_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for text in ["onetwo", "one"] {
            let end: &[u8] = if text == "one" {
                b"0\r\n\r\n"
            } else {
                b"3\r\ntwo\r\n0\r\n\r\n"
            };
            let bytes = stream(NO_PAUSE, end).await.save_to(&path).await.unwrap();
            assert_eq!(bytes, text.len() as u64);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["a.wav"]);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_leaves_the_older_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        let error = stream(NO_PAUSE, b"9\r\ntw").await.save_to(&path).await;
        assert!(matches!(error, Err(Error::Transport(_))), "{error:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a.wav"]);
    }

    #[tokio::test]
    async fn saving_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut body = stream(std::time::Duration::from_secs(60), b"").await;
        {
            let mut saving = pin!(body.save_to(folder.path().join("a.wav")));
            // Until the file is there.
            std::future::poll_fn(|cx| {
                assert!(saving.as_mut().poll(cx).is_pending());
                cx.waker().wake_by_ref();
                match names(folder.path()).is_empty() {
                    true => Poll::Pending,
                    false => Poll::Ready(()),
                }
            })
            .await;
        }
        // The file may have been created by a thread that had not handed it over yet.
        while !names(folder.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing").join("a.wav");
        for path in [&*missing, folder.path(), Path::new("/"), Path::new("")] {
            let saved = stream(NO_PAUSE, b"0\r\n\r\n").await.save_to(path).await;
            let Err(Error::File(error)) = saved else {
                panic!("{}: {saved:?}", path.display());
            };
            assert_eq!((&*error.path, error.action), (path, "written"));
            let message = error.to_string();
            let start = format!("test: {} cannot be written: ", path.display());
            assert!(message.starts_with(&start), "{message}");
        }
        assert!(names(folder.path()).is_empty());
    }
}
