//! Files to upload, and forms that contain them.

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
/// Methods called `upload` take one. The content comes from a path, from memory, or from a stream; files
/// and streams are never in memory as a whole.
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
/// The media type follows from the extension of the name unless [`media_type`](Self::media_type) sets it.
///
/// # Time and retries
///
/// The client's [`timeout`](crate::ClientBuilder::timeout) starts when the last bytes have been sent, so
/// that a large file may take as long as it needs. Content in memory is retried like any other request;
/// content from a path or a stream is sent once.
///
/// # Length
///
/// The length of a file, or of a stream with a [`length`](Self::length), is announced to the API. If the
/// content turns out longer or shorter, for example because the file was changed, the call fails with
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
    /// A file on disk. It is opened when the request is sent. On Unix it can be a named pipe, whose length
    /// is not known, and which is read like a stream; anything else that is not a regular file is refused.
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

    /// Content that arrives in chunks, under this name. Without a [`length`](Self::length) the request is
    /// sent in chunks as well, which not every server accepts.
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
    #[allow(dead_code, reason = "used where the document has corpora")]
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
    fields: Vec<(&'static str, Option<&'static str>, Field)>,
}

enum Field {
    Value(Value),
    File(Upload),
}

#[allow(dead_code, reason = "used where the document has uploads")]
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
        self.fields
            .extend(fields.map(|field| (name, media_type, field)));
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
            .extend(fields.map(|field| (name, media_type, field)));
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
mod tests {
    use httpmock::MockServer;

    use super::*;
    use crate::options::CallOptions;
    use crate::{Client, transport};

    /// A stream of these chunks.
    struct Chunks(Vec<Result<&'static str, std::io::Error>>);

    impl Stream for Chunks {
        type Item = Result<Bytes, std::io::Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            Poll::Ready(Some(self.0.remove(0).map(Bytes::from)))
        }
    }

    fn client(server: &MockServer) -> Client {
        let builder = Client::builder().api_key("secret.key");
        let builder = builder.reqwest(reqwest::Client::builder().no_proxy());
        builder.base_url(server.base_url()).build().unwrap()
    }

    async fn send(server: &MockServer, form: Form) -> Result<(), Error> {
        let client = client(server);
        let request = client.shared.http.post(server.base_url());
        let request = form.attach(request).await?.build().map_err(not_built)?;
        let options = CallOptions::new(&client);
        let response = transport::send(&client.shared, &options, "test", request).await?;
        assert_eq!(response.status(), 200);
        Ok(())
    }

    /// A server that only accepts bodies that contain all of these.
    async fn server(parts: &[&str]) -> MockServer {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            let when = when.header("x-api-key", "secret.key");
            let when = when.header_matches("content-type", "^multipart/form-data; boundary=.+");
            parts
                .iter()
                .fold(when, |when, part| when.body_includes(*part));
            then.status(200);
        });
        server
    }

    #[tokio::test]
    async fn each_field_is_sent_as_its_value_asks_for() {
        let server = server(&[
            "name=\"text\"\r\n\r\nA & B\r\n",
            "name=\"list\"\r\n\r\n1\r\n",
            "name=\"list\"\r\n\r\n2\r\n",
            "name=\"object\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n",
            "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n",
            "name=\"typed\"; filename=\"b\"\r\nContent-Type: text/x-own\r\n\r\n\r\n",
        ])
        .await;
        let form = Form::new("test")
            .field("text", None, &"A & B")
            .and_then(|form| form.field("none", None, &None::<String>))
            .and_then(|form| form.field("list", None, &[1, 2]))
            .and_then(|form| {
                form.field(
                    "object",
                    None,
                    &std::collections::BTreeMap::from([("k", 1)]),
                )
            })
            .unwrap()
            .files("file", None, [Upload::bytes("a.wav", "RIFF")])
            .files(
                "typed",
                None,
                [Upload::bytes("b", "").media_type("text/x-own")],
            )
            .files("missing", None, None);
        send(&server, form).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_on_disk_is_sent_with_its_name_its_type_and_its_length() {
        let path = std::env::temp_dir().join(format!("ultravox-{}.mp3", std::process::id()));
        std::fs::write(&path, "ID3").unwrap();
        let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let named = format!("filename=\"{file_name}\"\r\nContent-Type: audio/mpeg\r\n\r\nID3\r\n");
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.body_includes(named).header_exists("content-length");
            then.status(200);
        });
        let form = Form::new("test").files("file", None, [Upload::path(&path)]);
        let sent = send(&server, form).await;
        std::fs::remove_file(&path).unwrap();
        sent.unwrap();
    }

    #[tokio::test]
    async fn a_file_is_read_in_large_chunks() {
        use http_body::Body as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, vec![7; 2 * CHUNK + 1]).unwrap();
        let (mut body, length) = Upload::path(&path).open("test").await.unwrap();
        assert_eq!(length, Some(2 * CHUNK as u64 + 1));
        let mut lengths = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
        {
            lengths.push(frame.unwrap().into_data().unwrap().len());
        }
        assert_eq!(lengths, [CHUNK, CHUNK, 1]);
    }

    #[tokio::test]
    async fn a_stream_is_sent_with_its_length_if_that_is_known() {
        let chunks = || Chunks(vec![Ok("one"), Ok("two")]);
        for known in [true, false] {
            let server = MockServer::start_async().await;
            server.mock(|when, then| {
                let when = when.body_includes("\r\n\r\nonetwo\r\n");
                if known {
                    when.header_exists("content-length");
                } else {
                    when.header_missing("content-length");
                }
                then.status(200);
            });
            let upload = Upload::stream("a", chunks());
            let upload = if known { upload.length(6) } else { upload };
            send(&server, Form::new("test").files("file", None, [upload]))
                .await
                .unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_in_memory_is_sent_again_and_a_stream_is_not() {
        let server = MockServer::start_async().await;
        let mock = server.mock(|when, then| {
            when.method("POST");
            then.status(429).header("retry-after", "0");
        });
        let form = Form::new("test").files("file", None, [Upload::bytes("a", "b")]);
        let error = send(&server, form).await.unwrap_err();
        assert_eq!(mock.calls(), 3, "{error}");
        let stream = Upload::stream("a", Chunks(vec![Ok("b")]));
        let error = send(&server, Form::new("test").files("file", None, [stream])).await;
        assert!(error.unwrap_err().is_rate_limited());
        assert_eq!(mock.calls(), 4);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_named_and_nothing_is_sent() {
        let server = MockServer::start_async().await;
        let directory = std::env::temp_dir();
        for path in [directory.join("ultravox-no-such-file"), directory] {
            let form = Form::new("test").files("file", None, [Upload::path(&path)]);
            let error = send(&server, form).await.unwrap_err();
            assert!(matches!(error, Error::File(_)), "{error}");
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_stream_that_fails_says_why() {
        let server = MockServer::start_async().await;
        let chunks = vec![Ok("one"), Err(std::io::Error::other("the disk is gone"))];
        let upload = Upload::stream("a", Chunks(chunks));
        let error = send(&server, Form::new("test").files("file", None, [upload])).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("the disk is gone"), "{error}");
    }

    #[tokio::test]
    async fn a_media_type_that_is_none_is_refused() {
        let server = MockServer::start_async().await;
        let upload = Upload::bytes("a", "b").media_type("audio");
        let error = send(&server, Form::new("test").files("file", None, [upload])).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("`audio` is not a media type"), "{error}");
    }

    #[test]
    fn an_upload_does_not_show_its_content() {
        let shown = format!("{:?}", Upload::bytes("a.wav", "secret"));
        assert!(
            shown.contains("a.wav") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
