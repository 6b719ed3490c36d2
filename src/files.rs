//! Saving a streamed body to a file: all of it, or nothing.
//!
//! The body goes to a temporary file beside the target, which is renamed to the target once it is
//! complete. If anything fails, the temporary file is removed, and the target is unchanged.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::error::{Error, FileError};
use crate::runtime::ByteStream;

/// How many symlinks are followed to a target, as on Linux.
const MAX_SYMLINKS: usize = 40;

impl ByteStream {
    /// Saves the whole body to a file, and returns its length in bytes.
    ///
    #[cfg_attr(ultravox_operation = "calls_recording_retrieve", doc = "```no_run")]
    #[cfg_attr(
        not(ultravox_operation = "calls_recording_retrieve"),
        doc = "```ignore"
    )]
    /// # async fn example(client: ultravox::Client, call_id: uuid::Uuid) -> Result<(), ultravox::Error> {
    /// let mut recording = client.calls().recording(call_id).await?;
    /// let bytes = recording.save_to("recording.wav").await?;
    /// println!("{bytes} bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The file appears once it is complete. It replaces an existing file, and keeps its permissions. If
    /// the path is a symlink, its target is replaced, and the link stays. Until then the content is in a
    /// temporary file in the same folder, `.ultravox-….part`, which is removed if the body breaks off or
    /// the returned future is dropped. One chunk at a time is in memory, and the size is not limited:
    /// [`max_body_bytes`](crate::ClientBuilder::max_body_bytes) is for bodies that are read as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file cannot be written, if the path is a directory, a device, a pipe or
    /// anything else that is not a regular file, or if a part of the body was read before, for example
    /// by an earlier `save_to`; and the errors of the stream. An existing file is unchanged.
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
        if !self.is_unread() {
            let reason = "a part of the body was read before, and the rest is not a whole file; \
                          request it again to save it";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let (mut file, part) = create_for(target).await.map_err(failed)?;
        let mut bytes = 0;
        while let Some(chunk) = self.try_next().await? {
            file.write_all(&chunk).await.map_err(failed)?;
            bytes += chunk.len() as u64;
        }
        // `sync_all` waits for pending writes, and does not report whether they failed.
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        part.complete().await.map_err(failed)?;
        Ok(bytes)
    }
}

/// A file that is removed unless it is renamed to its target.
struct Part {
    path: PathBuf,
    target: PathBuf,
    complete: bool,
}

impl Part {
    async fn complete(mut self) -> io::Result<()> {
        tokio::fs::rename(&self.path, &self.target).await?;
        self.complete = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.complete {
            // A failure cannot be reported from here.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file of an unused name in the folder of the file that `target` points to.
async fn create_for(target: &Path) -> io::Result<(File, Part)> {
    let target = target.to_owned();
    // Without an await in between: if the future were dropped there, the file would stay.
    let created = tokio::task::spawn_blocking(move || {
        let (target, permissions) = resolve(target)?;
        create_beside(target, permissions)
    });
    let (file, part) = created.await.map_err(io::Error::other)??;
    Ok((File::from_std(file), part))
}

/// The file that a path points to with its symlinks resolved, and its permissions if it exists.
/// Anything but a regular file is refused.
fn resolve(mut target: PathBuf) -> io::Result<(PathBuf, Option<Permissions>)> {
    let refused = |reason| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    for _ in 0..=MAX_SYMLINKS {
        if target.file_name().is_none() {
            return refused("the path does not name a file");
        }
        let metadata = match fs::symlink_metadata(&target) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((target, None)),
            Err(error) => return Err(error),
        };
        if metadata.is_file() {
            return Ok((target, Some(metadata.permissions())));
        }
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_symlink() {
            return refused("it is not a regular file, and is not replaced");
        }
        let leads_to = fs::read_link(&target)?;
        target = match target.parent() {
            Some(folder) => folder.join(leads_to),
            None => leads_to,
        };
    }
    refused("its symlinks do not lead to a file")
}

fn create_beside(
    target: PathBuf,
    permissions: Option<Permissions>,
) -> io::Result<(fs::File, Part)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!(".ultravox-{}-{number}.part", std::process::id());
        let path = target.with_file_name(name);
        match fs::File::create_new(&path) {
            Ok(file) => {
                let part = Part {
                    path,
                    target,
                    complete: false,
                };
                if let Some(permissions) = permissions {
                    // Before there is content that not everybody may read.
                    file.set_permissions(permissions)?;
                }
                return Ok((file, part));
            }
            // Left behind by a process of the same id that was killed.
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
        // The file may have been created by a thread that had not returned it yet.
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

    const TWO_CHUNKS: &[u8] = b"3\r\ntwo\r\n0\r\n\r\n";

    /// Asserts that saving fails, and returns the reason.
    async fn refused(body: &mut ByteStream, path: &Path) -> String {
        let saved = body.save_to(path).await;
        let Err(Error::File(error)) = saved else {
            panic!("{}: {saved:?}", path.display());
        };
        error.source.to_string()
    }

    #[tokio::test]
    async fn a_body_that_was_read_in_part_or_saved_before_touches_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();

        let mut begun = stream(NO_PAUSE, TWO_CHUNKS).await;
        assert_eq!(begun.try_next().await.unwrap().unwrap(), "one");
        let reason = refused(&mut begun, &path).await;
        assert!(reason.contains("was read before"), "{reason}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");

        let mut broken = stream(NO_PAUSE, b"9\r\ntw").await;
        broken.save_to(&path).await.unwrap_err();
        refused(&mut broken, &path).await;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");

        let mut whole = stream(NO_PAUSE, TWO_CHUNKS).await;
        whole.save_to(&path).await.unwrap();
        refused(&mut whole, &path).await;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "onetwo");
        assert_eq!(names(folder.path()), ["a.wav"]);
    }

    #[tokio::test]
    async fn a_path_that_is_refused_leaves_the_body_to_be_saved_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut body = stream(NO_PAUSE, TWO_CHUNKS).await;
        refused(&mut body, folder.path()).await;
        let path = folder.path().join("a.wav");
        assert_eq!(body.save_to(&path).await.unwrap(), 6);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_no_regular_file_is_refused_and_stays() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        let round = folder.path().join("round");
        std::os::unix::fs::symlink("round", &round).unwrap();
        for (path, reason) in [
            (&*pipe, "not a regular file"),
            (Path::new("/dev/null"), "not a regular file"),
            (&link, "not a regular file"),
            (&round, "symlinks do not lead to a file"),
        ] {
            let mut body = stream(NO_PAUSE, TWO_CHUNKS).await;
            let said = refused(&mut body, path).await;
            assert!(said.contains(reason), "{}: {said}", path.display());
        }
        assert!(
            std::fs::symlink_metadata(&pipe)
                .unwrap()
                .file_type()
                .is_fifo()
        );
        assert_eq!(names(folder.path()).len(), 3);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_behind_a_symlink_is_replaced_with_its_mode_and_the_link_stays() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let file = inner.join("a.wav");
        let links = [folder.path().join("one"), folder.path().join("two")];
        symlink("inner/a.wav", &links[0]).unwrap();
        symlink(folder.path().join("one"), &links[1]).unwrap();
        // A dangling link, then one to a file that only its owner may read.
        for mode in [None, Some(0o600), Some(0o640)] {
            if let Some(mode) = mode {
                std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            }
            let mut body = stream(NO_PAUSE, TWO_CHUNKS).await;
            body.save_to(&links[1]).await.unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "onetwo");
            for link in &links {
                assert!(std::fs::symlink_metadata(link).unwrap().is_symlink());
            }
            if let Some(mode) = mode {
                let found = std::fs::metadata(&file).unwrap().permissions().mode();
                assert_eq!(found & 0o777, mode);
            }
            assert_eq!(names(&inner), ["a.wav"]);
        }
    }

    const CHILD: &str = "files::tests::saving_where_the_disk_is_full";

    #[tokio::test]
    #[ignore = "the next test runs it, with a limit on the size of files"]
    async fn saving_where_the_disk_is_full() {
        let path = PathBuf::from(std::env::var_os("ULTRAVOX_TEST_FILE").unwrap());
        let chunk = format!("1000\r\n{}\r\n0\r\n\r\n", "x".repeat(0x1000));
        let mut body = stream(NO_PAUSE, chunk.leak().as_bytes()).await;
        let reason = refused(&mut body, &path).await;
        assert!(reason.to_lowercase().contains("too large"), "{reason}");
        refused(&mut body, &path).await;
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_leaves_the_older_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        // Files are limited to a kilobyte; writing more fails, as on a full disk, instead of
        // raising a signal.
        let limited = "trap '' XFSZ; ulimit -f 2; exec \"$0\" --exact \"$1\" --ignored --nocapture";
        let output = std::process::Command::new("sh")
            .args(["-c", limited])
            .arg(std::env::current_exe().unwrap())
            .arg(CHILD)
            .env("ULTRAVOX_TEST_FILE", &path)
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && stdout.contains("1 passed"),
            "{output:?}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a.wav"]);
    }
}
