//! Requests to operations that the API's document does not describe yet.

use std::fmt;

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Client;
use crate::error::Error;
use crate::operations::call_options;
use crate::options::CallOptions;
use crate::runtime::{ByteStream, ResponseValue, not_built};
use crate::setters::maybe;
use crate::transport;

/// The operation in errors of such a request.
const OPERATION: &str = "request";

impl Client {
    /// Starts a request to a path of the API, with the same key, retries, limits and errors as the
    /// calls of its operations.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
    /// use ultravox::reqwest::Method;
    ///
    /// let request = client.request(Method::GET, "/api/something_new").query(&[("limit", 3)]);
    /// let answer = request.send::<serde_json::Value>().await?;
    /// println!("{answer:?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> Request {
        let mut options = CallOptions::new(self);
        let path = path.as_ref();
        // Appended to the base URL, anything else could change the host.
        if !path.starts_with('/') {
            options.invalid(format!(
                "the path {path:?} does not start with a slash; it is appended to the client's base URL"
            ));
        }
        let url = format!("{}{path}", self.shared.base_url);
        let builder = self.shared.http.request(method, url);
        Request { options, builder }
    }
}

/// A request to a path of the API. Made by [`Client::request`].
#[must_use = "nothing is sent until `send` is called"]
pub struct Request {
    options: CallOptions,
    builder: reqwest::RequestBuilder,
}

impl Request {
    /// Adds parameters to the query: pairs, or a struct.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        self.builder = self.builder.query(query);
        self
    }

    /// Sends this value as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    call_options! { options }

    async fn response(self) -> Result<reqwest::Response, Error> {
        let Self { options, builder } = self;
        let client = options.client()?;
        let options = &client.inner;
        let mut request = builder.build().map_err(not_built)?;
        options.add_headers(request.headers_mut());
        transport::send(&options.shared, options, OPERATION, request).await
    }

    /// Sends the request, and decodes the response as JSON. A response without content is null, which
    /// decodes as `()` or an `Option`.
    ///
    /// # Errors
    ///
    /// Those of the operations: [`Error::Api`] if the API returns an error, and otherwise any
    /// variant of
    /// [`Error`].
    pub async fn send<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        let response = self.response().await;
        let response = response.map_err(|error| error.in_operation(OPERATION))?;
        ResponseValue::from_response(response)
            .await
            .map_err(|error| error.into_error(OPERATION))
    }

    /// Sends the request, and streams the response.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn bytes(self) -> Result<ResponseValue<ByteStream>, Error> {
        let response = self.response().await;
        let response = response.map_err(|error| error.in_operation(OPERATION))?;
        Ok(ResponseValue::stream(response))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}
