//! Files to upload, and forms that contain them.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::Frame;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Body, RequestBuilder, multipart};
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::Error;
use crate::error::FileError;
use crate::parameter::scalar;
use crate::runtime::not_built;

/// How many bytes of a file are read at once.
const CHUNK: usize = 256 * 1024;

/// A file to upload: its content, its name and its media type.
///
/// Methods called `upload` take one. The content comes from a path, from memory, or from a stream;
/// files and streams are never in memory as a whole.
///
/// ```no_run
/// # async fn example(bytes: Vec<u8>) -> Result<(), ultravox::Error> {
/// use ultravox::Upload;
///
/// let from_disk = Upload::path("recordings/ada.wav");
/// let from_memory = Upload::bytes("ada.wav", bytes).media_type("audio/wav");
/// # Ok(())
/// # }
/// ```
///
/// The media type follows from the extension of the name unless [`media_type`](Self::media_type)
/// sets it.
///
/// # Time and retries
///
/// The client's [`timeout`](crate::ClientBuilder::timeout) starts when the last bytes have been
/// sent, so that a large file may take as long as it needs. Content in memory is retried like any
/// other request; content from a path or a stream is sent once.
///
/// # Length
///
/// The length of a file, or of a stream with a [`length`](Self::length), is announced to the API.
/// If the content turns out longer or shorter, for example because the file was changed, the call
/// fails with
/// [`TransportErrorKind::Upload`](crate::TransportErrorKind::Upload), and the API never receives a
/// complete request.
pub struct Upload {
    name: Option<String>,
    media_type: Option<String>,
    content: Content,
}

enum Content {
    Bytes(Bytes),
    Path(PathBuf),
    Stream(Body, Option<u64>),
}

impl Upload {
    /// A file on disk. It is opened when the request is sent. On Unix it can be a named pipe, whose
    /// length is not known, and which is read like a stream; anything else that is not a regular
    /// file is refused.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into());
        Self {
            name,
            media_type: None,
            content: Content::Path(path),
        }
    }

    /// Content in memory, under this name.
    pub fn bytes(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self {
            name: Some(name.into()),
            media_type: None,
            content: Content::Bytes(content.into()),
        }
    }

    /// Content that arrives in chunks, under this name. Without a [`length`](Self::length) the
    /// request is sent in chunks as well, which not every server accepts.
    pub fn stream<S, B, E>(name: impl Into<String>, content: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
        Bytes: From<B>,
    {
        Self {
            name: Some(name.into()),
            media_type: None,
            content: Content::Stream(Body::wrap_stream(content), None),
        }
    }

    /// Sets the length of a stream in bytes. The length of a file or of memory is known.
    pub fn length(mut self, bytes: u64) -> Self {
        if let Content::Stream(_, length) = &mut self.content {
            *length = Some(bytes);
        }
        self
    }

    /// Sets the name that is sent to the API.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the media type, such as `audio/wav`.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// The name that was set, or that of the path.
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The media type that was set, or else the documented one, or else that of the extension.
    pub(crate) fn media_type_or(&self, documented: Option<&str>) -> String {
        self.media_type
            .as_deref()
            .or(documented)
            .map(str::to_owned)
            .unwrap_or_else(|| {
                let name = self.name.as_deref().unwrap_or_default();
                mime_guess::from_path(name)
                    .first_or_octet_stream()
                    .to_string()
            })
    }

    fn is_in_memory(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    /// The content, and its length if known.
    pub(crate) async fn open(self, operation: &'static str) -> Result<(Body, Option<u64>), Error> {
        match self.content {
            Content::Bytes(bytes) => {
                let length = bytes.len() as u64;
                Ok((bytes.into(), Some(length)))
            }
            // A body that is announced as empty is never polled.
            Content::Stream(body, Some(0)) => Ok((Body::wrap(Exact::new(body, 0)), None)),
            Content::Stream(body, Some(length)) => {
                Ok((Body::wrap(Exact::new(body, length)), Some(length)))
            }
            Content::Stream(body, None) => Ok((body, None)),
            Content::Path(path) => match open(&path).await {
                Ok((body, Some(length))) => {
                    Ok((Body::wrap(Exact::new(body, length)), Some(length)))
                }
                Ok((body, None)) => Ok((body, None)),
                Err(source) => Err(Error::File(Box::new(FileError {
                    operation,
                    path,
                    action: "read",
                    source,
                }))),
            },
        }
    }

    async fn part(
        self,
        operation: &'static str,
        documented: Option<&str>,
    ) -> Result<multipart::Part, Error> {
        let media_type = self.media_type_or(documented);
        let name = self.name.clone();
        let part = match self.open(operation).await? {
            (body, Some(length)) => multipart::Part::stream_with_length(body, length),
            (body, None) => multipart::Part::stream(body),
        };
        let part = match name {
            Some(name) => part.file_name(name),
            None => part,
        };
        typed(part, &media_type)
    }
}

/// The content of a file, and its length if it has one.
async fn open(path: &Path) -> io::Result<(Body, Option<u64>)> {
    let metadata = tokio::fs::metadata(path).await?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        let mut file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        // A virtual file, such as those in `/proc`, has length 0.
        if length == 0 && file.read(&mut [0]).await? > 0 {
            file.rewind().await?;
            return Ok((chunks(file), None));
        }
        return Ok((chunks(file), Some(length)));
    }
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
        // Opening it as a file would block a thread until there is a writer, without a timeout.
        let pipe = tokio::net::unix::pipe::OpenOptions::new().open_receiver(path)?;
        return Ok((chunks(pipe), None));
    }
    let reason = "it is neither a regular file nor a named pipe";
    Err(io::Error::new(io::ErrorKind::InvalidInput, reason))
}

fn chunks(content: impl AsyncRead + Send + 'static) -> Body {
    Body::wrap_stream(ReaderStream::with_capacity(content, CHUNK))
}

/// A body that is as long as was announced, or fails before it is complete.
///
/// Without it, content that is too long would be truncated silently, and a form would lose its end.
struct Exact {
    inner: Body,
    length: u64,
    /// How many bytes `inner` should still have.
    left: u64,
    /// The last bytes, held back until `inner` has ended.
    last: Option<Bytes>,
}

impl Exact {
    fn new(inner: Body, length: u64) -> Self {
        Self {
            inner,
            length,
            left: length,
            last: None,
        }
    }
}

impl http_body::Body for Exact {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let differs = |how: &str| {
            let announced = this.length;
            format!(
                "it is {how} than the {announced} bytes that were announced, or has changed while it was sent"
            )
        };
        loop {
            let Some(frame) = ready!(Pin::new(&mut this.inner).poll_frame(cx)?) else {
                if this.left > 0 {
                    return Poll::Ready(Some(Err(differs("shorter").into())));
                }
                return Poll::Ready(this.last.take().map(|last| Ok(Frame::data(last))));
            };
            let Ok(data) = frame.into_data() else {
                // Trailers, which content does not have.
                continue;
            };
            let Some(left) = this.left.checked_sub(data.len() as u64) else {
                return Poll::Ready(Some(Err(differs("longer").into())));
            };
            if data.is_empty() {
                continue;
            }
            this.left = left;
            if left > 0 {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            this.last = Some(data);
        }
    }
}

fn typed(part: multipart::Part, media_type: &str) -> Result<multipart::Part, Error> {
    part.mime_str(media_type)
        .map_err(|_| Error::invalid_request(format!("`{media_type}` is not a media type")))
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// The form of one request, field by field.
pub(crate) struct Form {
    operation: &'static str,
    /// Name, documented media type, and content.
    fields: Vec<(Cow<'static, str>, Option<&'static str>, Field)>,
}

enum Field {
    Value(Value),
    File(Upload),
}

impl Form {
    pub(crate) fn new(operation: &'static str) -> Self {
        Self {
            operation,
            fields: Vec::new(),
        }
    }

    /// Adds a field unless its value is null: once for each item of a list, and an object as JSON.
    pub(crate) fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        media_type: Option<&'static str>,
        value: &impl Serialize,
    ) -> Result<Self, Error> {
        let name = name.into();
        let value = serde_json::to_value(value)
            .map_err(|error| Error::invalid_request(format!("`{name}` cannot be sent: {error}")))?;
        let values = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            value => vec![value],
        };
        let fields = values.into_iter().map(Field::Value);
        self.fields
            .extend(fields.map(|field| (name.clone(), media_type, field)));
        Ok(self)
    }

    /// Adds the files of one field.
    pub(crate) fn files(
        mut self,
        name: &'static str,
        media_type: Option<&'static str>,
        files: impl IntoIterator<Item = Upload>,
    ) -> Self {
        let fields = files.into_iter().map(Field::File);
        self.fields
            .extend(fields.map(|field| (name.into(), media_type, field)));
        self
    }

    /// Makes the form the body of `request`.
    pub(crate) async fn attach(self, request: RequestBuilder) -> Result<RequestBuilder, Error> {
        let in_memory = self.fields.iter().all(|(_, _, field)| match field {
            Field::Value(_) => true,
            Field::File(file) => file.is_in_memory(),
        });
        let mut form = multipart::Form::new();
        for (name, media_type, field) in self.fields {
            let part = match field {
                Field::File(file) => {
                    let media_type = media_type.filter(|media_type| is_one(media_type));
                    file.part(self.operation, media_type).await?
                }
                Field::Value(value @ (Value::Object(_) | Value::Array(_))) => typed(
                    multipart::Part::text(value.to_string()),
                    media_type.unwrap_or("application/json"),
                )?,
                Field::Value(value) => {
                    let part = multipart::Part::text(scalar(&value));
                    match media_type {
                        Some(media_type) => typed(part, media_type)?,
                        None => part,
                    }
                }
            };
            form = form.part(name, part);
        }
        if !in_memory {
            return Ok(request.multipart(form));
        }
        // A body in memory can be sent again, which the body of a reqwest form cannot.
        let media_type = format!("multipart/form-data; boundary={}", form.boundary());
        let media_type = HeaderValue::try_from(media_type)
            .map_err(|error| Error::invalid_request(error.to_string()))?;
        let body = collect(form.into_stream()).await?;
        Ok(request.header(CONTENT_TYPE, media_type).body(body))
    }
}

/// Whether a documented media type is a single one, and not a choice of several.
fn is_one(media_type: &str) -> bool {
    !media_type.contains([',', '*'])
}

async fn collect(chunks: impl Stream<Item = reqwest::Result<Bytes>>) -> Result<Bytes, Error> {
    let mut chunks = std::pin::pin!(chunks);
    let mut body = BytesMut::new();
    while let Some(chunk) = std::future::poll_fn(|cx| chunks.as_mut().poll_next(cx)).await {
        body.extend_from_slice(&chunk.map_err(not_built)?);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests;
