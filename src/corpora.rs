//! Corpora: uploading a document in one call.
//!
//! The API takes a document in two steps: it returns an address of its storage, and the document is
//! sent there. [`Corpora::upload`] does both. The address carries its own permission, so the API
//! key does not go to the storage.
//!
//! A document belongs to no source yet: name its id when you create one, with
//! `client.corpora().sources().create(corpus_id)`.

use reqwest::Request;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use url::Url;

use crate::client::without_key;
use crate::error::{TransportError, TransportErrorKind};
use crate::handles::Corpora;
use crate::operations::CorporaUploadsCreate;
use crate::options::CallOptions;
use crate::redact::{self, excerpt};
use crate::runtime::ResponseValue;
use crate::{Error, IntoId, Upload, transport};

/// The operation in errors of the upload to the storage.
const OPERATION: &str = "corpora_uploads_create";

/// The media types that the API documents for uploads, with the extensions of their files.
const MEDIA_TYPES: [(&str, &str); 8] = [
    ("application/msword", "doc"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    ("application/epub+zip", "epub"),
    ("text/markdown", "md"),
    ("application/pdf", "pdf"),
    ("application/vnd.ms-powerpoint", "ppt"),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "pptx",
    ),
    ("text/plain", "txt"),
];

impl Corpora<'_> {
    /// Uploads a document and returns its id.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client, corpus_id: uuid::Uuid, text: String) -> Result<(), ultravox::Error> {
    /// use ultravox::Upload;
    ///
    /// let corpora = client.corpora();
    /// let handbook = corpora.upload(corpus_id, Upload::path("handbook.pdf")).await?;
    /// let notes = corpora.upload(corpus_id, Upload::bytes("notes.md", text)).await?;
    /// println!("uploaded as {handbook} and {notes}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The media type of the [`Upload`] must be one that the API documents: that of a `doc`, `docx`,
    /// `epub`, `md`, `pdf`, `ppt`, `pptx` or `txt` file.
    ///
    /// The content is streamed unless it is in memory already. Both steps are retried like every
    /// call, but the second only if the content is in memory; sending it to the same address twice
    /// is harmless. A stream should have a [`length`](Upload::length), because many storages
    /// require one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] for another media type, [`Error::File`] if the file cannot be opened,
    /// both before anything is sent; [`TransportErrorKind::Storage`] if the storage refuses the
    /// content, and otherwise any class of [`Error`].
    pub async fn upload(&self, corpus_id: impl IntoId, document: Upload) -> Result<String, Error> {
        let media_type = document.media_type_or(None);
        let name = document.file_name().map(str::to_owned);
        let content_type = documented(&media_type, name.as_deref())
            .map_err(|error| error.in_operation(OPERATION))?;
        let (content, length) = document.open(OPERATION).await?;
        let uploads = self.uploads();
        let ticket = uploads
            .create(corpus_id, media_type)
            .maybe(name, CorporaUploadsCreate::file_name)
            .await?;
        let address = storage_address(&self.client().shared.base_url, &ticket.presigned_url)?;
        let storage = without_key(self.client());
        let mut request = Request::new(reqwest::Method::PUT, address);
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        if let Some(length) = length {
            // Without it, the content of a file would be sent in chunks.
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        *request.body_mut() = Some(content);
        let options = CallOptions::new(self.client());
        let sent = transport::send(&storage, &options, OPERATION, request).await;
        ResponseValue::empty(sent.map_err(refusal)?);
        Ok(ticket.document_id)
    }
}

/// A media type that the API documents, perhaps with parameters, as a header.
fn documented(media_type: &str, name: Option<&str>) -> Result<HeaderValue, Error> {
    let essence = media_type.split(';').next().unwrap_or_default().trim_end();
    let is_known = |(known, _): &(&str, &str)| essence.eq_ignore_ascii_case(known);
    MEDIA_TYPES
        .iter()
        .find(|known| is_known(known))
        .and_then(|_| HeaderValue::from_str(media_type).ok())
        .ok_or_else(|| {
            let known = MEDIA_TYPES.map(|(_, extension)| extension).join(", ");
            Error::invalid_request(format!(
                "the document `{}` is `{}`, and a corpus takes those of files called {known}; set \
                 another with `Upload::media_type` if it is one of these",
                name.unwrap_or_default().escape_debug(),
                media_type.escape_debug(),
            ))
        })
}

/// The address of the storage. If the call for it used https, it must use https as well.
fn storage_address(base_url: &str, address: &str) -> Result<Url, Error> {
    let refused = |to: &Url, reason| {
        let location = excerpt(&redact::location(to));
        error(TransportErrorKind::Redirect { location, reason })
    };
    let Ok(url) = Url::parse(address) else {
        return Err(error(TransportErrorKind::Redirect {
            location: "the storage".to_owned(),
            reason: "the API sent no valid address",
        }));
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if base_url.starts_with("http:") => Ok(url),
        "http" => Err(refused(&url, "it leaves https")),
        _ => Err(refused(&url, "it is neither https nor http")),
    }
}

/// An error of the storage, which is not [`Error::Api`]: it needs other advice.
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
    fn each_documented_media_type_is_that_of_files_of_its_extension() {
        for (media_type, extension) in MEDIA_TYPES {
            let name = format!("a.b.{}", extension.to_uppercase());
            let upload = Upload::bytes(&name, "");
            let found = documented(&upload.media_type_or(None), upload.file_name());
            assert_eq!(found.unwrap(), media_type);
        }
        let with_parameter = "Text/Plain; charset=utf-8";
        assert_eq!(documented(with_parameter, None).unwrap(), with_parameter);
    }

    #[test]
    fn another_media_type_is_refused_with_those_that_are_taken() {
        for text in [
            "video/mp4",
            "",
            "text",
            "text/plain;\r\nx: y",
            "text/plainer",
        ] {
            let error = documented(text, Some("a\nb.mp4")).unwrap_err().to_string();
            assert!(error.contains("doc, docx, epub, md, pdf"), "{error}");
            assert!(error.contains("Upload::media_type"), "{error}");
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
            ("http://permission@storage.example/#permission", "https"),
            (
                "ftp://storage.example/a?sig=permission",
                "neither https nor http",
            ),
            ("/a?sig=permission", "no valid address"),
        ] {
            let error = address(https, refused).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("permission"), "{error}");
        }
    }
}
