//! Files to upload, and the forms that carry them.

use std::fmt;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Body, RequestBuilder, multipart};
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::parameter::scalar;

/// A file to upload: its content, its name and its media type.
///
/// The operations whose names end in `_upload` take one. The content comes from a path, from memory,
/// or from a stream; a path and a stream are never held in memory as a whole.
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
/// The media type is guessed from the end of the name unless [`media_type`](Self::media_type) sets
/// it.
///
/// # Time and retries
///
/// The client's [`timeout`](crate::ClientBuilder::timeout) counts from the last bytes that left, so
/// that a large file may take as long as it needs. What is in memory is sent again as any other
/// request is; what comes from a path or a stream is sent once.
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
    /// A file on disk. It is opened when the request is sent.
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

    /// Content that arrives in chunks, under this name. Without [`length`](Self::length) the request
    /// is sent in chunks as well, which not every server takes.
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

    /// The length of a stream in bytes. Of a path and of memory it is known.
    pub fn length(mut self, bytes: u64) -> Self {
        if let Content::Stream(_, length) = &mut self.content {
            *length = Some(bytes);
        }
        self
    }

    /// The name that the API is told.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The media type, such as `audio/wav`.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    fn is_in_memory(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    async fn part(self, documented: Option<&str>) -> Result<multipart::Part, Error> {
        let media_type = self
            .media_type
            .or_else(|| documented.map(str::to_owned))
            .unwrap_or_else(|| {
                let name = self.name.as_deref().unwrap_or_default();
                mime_guess::from_path(name)
                    .first_or_octet_stream()
                    .to_string()
            });
        let part = match self.content {
            Content::Bytes(bytes) => {
                let length = bytes.len() as u64;
                multipart::Part::stream_with_length(bytes, length)
            }
            Content::Path(path) => {
                let unreadable = |error: std::io::Error| {
                    Error::invalid_request(format!(
                        "the file {} cannot be read: {error}",
                        path.display()
                    ))
                };
                let file = tokio::fs::File::open(&path).await.map_err(unreadable)?;
                let metadata = file.metadata().await.map_err(unreadable)?;
                if metadata.is_dir() {
                    return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
                }
                // What is no regular file, a pipe, does not know its length.
                if metadata.is_file() {
                    multipart::Part::stream_with_length(file, metadata.len())
                } else {
                    multipart::Part::stream(file)
                }
            }
            Content::Stream(body, Some(length)) => {
                multipart::Part::stream_with_length(body, length)
            }
            Content::Stream(body, None) => multipart::Part::stream(body),
        };
        let part = match self.name {
            Some(name) => part.file_name(name),
            None => part,
        };
        typed(part, &media_type)
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
#[derive(Default)]
pub(crate) struct Form(Vec<(&'static str, Option<&'static str>, Field)>);

enum Field {
    Value(Value),
    File(Upload),
}

#[allow(dead_code, reason = "used where the document has uploads")]
impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A field, unless its value is null: a list once for each item, an object as JSON.
    pub(crate) fn field(
        mut self,
        name: &'static str,
        media_type: Option<&'static str>,
        value: &impl Serialize,
    ) -> Result<Self, Error> {
        let value = serde_json::to_value(value)
            .map_err(|error| Error::invalid_request(format!("`{name}` cannot be sent: {error}")))?;
        let values = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            value => vec![value],
        };
        let fields = values.into_iter().map(Field::Value);
        self.0.extend(fields.map(|field| (name, media_type, field)));
        Ok(self)
    }

    /// The files of one field.
    pub(crate) fn files(
        mut self,
        name: &'static str,
        media_type: Option<&'static str>,
        files: impl IntoIterator<Item = Upload>,
    ) -> Self {
        let fields = files.into_iter().map(Field::File);
        self.0.extend(fields.map(|field| (name, media_type, field)));
        self
    }

    /// Makes the form the body of `request`.
    pub(crate) async fn attach(self, request: RequestBuilder) -> Result<RequestBuilder, Error> {
        let in_memory = self.0.iter().all(|(_, _, field)| match field {
            Field::Value(_) => true,
            Field::File(file) => file.is_in_memory(),
        });
        let mut form = multipart::Form::new();
        for (name, media_type, field) in self.0 {
            let part = match field {
                Field::File(file) => file.part(media_type.filter(|m| is_one(m))).await?,
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
        // One piece of memory can be sent again, which reqwest's own body of a form cannot.
        let media_type = format!("multipart/form-data; boundary={}", form.boundary());
        let media_type = HeaderValue::try_from(media_type)?;
        let body = collect(form.into_stream()).await?;
        Ok(request.header(CONTENT_TYPE, media_type).body(body))
    }
}

/// Whether a documented media type is one, and not a choice of several.
fn is_one(media_type: &str) -> bool {
    !media_type.contains([',', '*'])
}

async fn collect(chunks: impl Stream<Item = reqwest::Result<Bytes>>) -> Result<Bytes, Error> {
    let mut chunks = std::pin::pin!(chunks);
    let mut body = BytesMut::new();
    while let Some(chunk) = std::future::poll_fn(|cx| chunks.as_mut().poll_next(cx)).await {
        body.extend_from_slice(&chunk?);
    }
    Ok(body.freeze())
}
