//! Corpora: uploading a document in one call.
//!
//! The API takes a document in two steps: it hands out an address of its storage, and the document
//! goes there. [`Corpora::upload`] and [`Corpora::upload_file`] do both. The address carries its own
//! permission, so the API key does not go to the storage.
//!
//! A document belongs to no source yet: name its id when you create one, with
//! [`Client::corpora_sources_create`].

use std::path::Path;

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::Url;
use uuid::Uuid;

use crate::client::without_key;
use crate::error::{FileError, TransportError, TransportErrorKind};
use crate::runtime::{ClientHooks, OperationInfo, ResponseValue};
use crate::{Client, Error};

/// As which call the upload to the storage is reported.
const OPERATION: &str = "corpora_uploads_create";

/// The media types that the API documents for uploads, by the extension of a file's name.
const MEDIA_TYPES: [(&str, &str); 8] = [
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("epub", "application/epub+zip"),
    ("md", "text/markdown"),
    ("pdf", "application/pdf"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("txt", "text/plain"),
];

/// What is not one generated call about corpora. See [`Client::corpora`].
#[derive(Clone, Copy, Debug)]
pub struct Corpora<'a> {
    client: &'a Client,
}

impl Client {
    /// The uploads of documents to corpora.
    pub fn corpora(&self) -> Corpora<'_> {
        Corpora { client: self }
    }
}

impl Corpora<'_> {
    /// Uploads the file at `path` and returns the id of the document. Its media type follows from
    /// the extension: `doc`, `docx`, `epub`, `md`, `pdf`, `ppt`, `pptx` or `txt`.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client, corpus_id: uuid::Uuid) -> Result<(), ultravox::Error> {
    /// let document_id = client.corpora().upload_file(corpus_id, "handbook.pdf").await?;
    /// println!("uploaded as {document_id}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] for another extension, [`Error::File`] if the file cannot be read,
    /// and those of [`upload`](Self::upload). Nothing is sent before the file is read.
    pub async fn upload_file(
        &self,
        corpus_id: Uuid,
        path: impl AsRef<Path>,
    ) -> Result<String, Error> {
        let path = path.as_ref();
        let media_type = media_type_of(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let content = tokio::fs::read(path).await.map_err(|source| {
            Error::File(Box::new(FileError {
                operation: OPERATION,
                path: path.to_owned(),
                action: "read",
                source,
            }))
        })?;
        self.upload(corpus_id, &name, media_type, content).await
    }

    /// Uploads `content` as a document called `name` and returns the id of the document.
    ///
    /// Both steps are retried as every call is: the second as well, because sending the same content
    /// to the same address twice is sending it once. Each has the client's timeout.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if `media_type` is none, [`TransportErrorKind::Storage`] if the
    /// storage refuses the content, and otherwise any class of [`Error`].
    pub async fn upload(
        &self,
        corpus_id: Uuid,
        name: &str,
        media_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<String, Error> {
        let content_type = header(media_type)?;
        let ticket = self
            .client
            .corpora_uploads_create()
            .corpus_id(corpus_id)
            .body_map(|body| {
                body.mime_type(media_type.to_owned())
                    .file_name(name.to_owned())
            })
            .send()
            .await?
            .into_inner();
        let address = storage_address(&self.client.baseurl, &ticket.presigned_url.to_string())?;
        let storage = without_key(self.client);
        let mut request = Request::new(reqwest::Method::PUT, address);
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        *request.body_mut() = Some(content.into().into());
        let info = OperationInfo {
            operation_id: OPERATION,
        };
        let response = storage.exec(request, &info).await.map_err(refusal)?;
        ResponseValue::empty(response);
        Ok(ticket.document_id)
    }
}

fn media_type_of(path: &Path) -> Result<&'static str, Error> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    MEDIA_TYPES
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known))
        .map(|(_, media_type)| *media_type)
        .ok_or_else(|| {
            let known = MEDIA_TYPES.map(|(extension, _)| extension).join(", ");
            Error::invalid_request(format!(
                "the media type of {} does not follow from its extension (known are {known}); name it with `upload`",
                path.display()
            ))
        })
}

/// A media type is two tokens with a slash between them, and parameters.
fn header(media_type: &str) -> Result<HeaderValue, Error> {
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim_end();
    essence
        .split_once('/')
        .filter(|(kind, subtype)| is_token(kind) && is_token(subtype))
        .and_then(|_| HeaderValue::from_str(media_type).ok())
        .ok_or_else(|| {
            Error::invalid_request(format!(
                "`{}` is no media type; one looks like application/pdf",
                media_type.escape_debug()
            ))
        })
}

/// Where the document goes. The content does not leave https, as the call for the address did not.
fn storage_address(base_url: &str, address: &str) -> Result<Url, Error> {
    let refused = |location: &Url, reason| {
        let mut location = location.clone();
        // It holds the permission to write.
        location.set_query(None);
        error(TransportErrorKind::Redirect {
            location: location.into(),
            reason,
        })
    };
    let Ok(url) = Url::parse(address) else {
        return Err(error(TransportErrorKind::Redirect {
            location: "the storage".to_owned(),
            reason: "the API names no address that can be read",
        }));
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if base_url.starts_with("http:") => Ok(url),
        "http" => Err(refused(&url, "it leaves https")),
        _ => Err(refused(&url, "it is neither https nor http")),
    }
}

/// What the storage refuses is no refusal of the API: other advice helps.
fn refusal(refused: Error) -> Error {
    match refused {
        Error::Api(refused) => error(TransportErrorKind::Storage {
            status: refused.status,
            message: refused.message,
        }),
        other => other,
    }
}

fn error(kind: TransportErrorKind) -> Error {
    Error::Transport(Box::new(TransportError {
        operation: OPERATION,
        kind,
        source: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_of_a_file_follows_from_its_extension() {
        for (path, expected) in [
            ("a/handbook.PDF", "application/pdf"),
            ("notes.md", "text/markdown"),
            ("a.b.txt", "text/plain"),
        ] {
            assert_eq!(media_type_of(Path::new(path)).unwrap(), expected);
        }
        for path in ["handbook", "movie.mp4", ".pdf", ""] {
            let error = media_type_of(Path::new(path)).unwrap_err().to_string();
            assert!(error.contains("doc, docx, epub, md, pdf"), "{error}");
        }
    }

    #[test]
    fn what_is_no_media_type_is_refused() {
        for media_type in ["text/plain", "text/plain; charset=utf-8", "image/svg+xml"] {
            assert_eq!(header(media_type).unwrap(), media_type);
        }
        for text in [
            "",
            "text",
            "text/",
            "/plain",
            "text /plain",
            "text/plain\r\nx: y",
            "a/b/c",
        ] {
            let error = header(text).unwrap_err().to_string();
            assert!(error.contains("is no media type"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_document_does_not_leave_https_and_no_error_shows_the_permission() {
        let https = "https://api.example";
        let address = |base, address| storage_address(base, address).map(String::from);
        let storage = "https://storage.example/a?sig=permission";
        assert_eq!(address(https, storage).unwrap(), storage);
        let local = "http://127.0.0.1:1/a";
        assert_eq!(address("http://127.0.0.1:2", local).unwrap(), local);
        for (refused, reason) in [
            ("http://storage.example/a?sig=permission", "it leaves https"),
            (
                "ftp://storage.example/a?sig=permission",
                "neither https nor http",
            ),
            ("/a?sig=permission", "no address that can be read"),
        ] {
            let error = address(https, refused).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("permission"), "{error}");
        }
    }
}
