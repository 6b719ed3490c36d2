//! The options of a single call, which travel with the generated client.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::client::{Client, Shared};
use crate::error::Error;
use crate::generated::Client as Generated;
use crate::id::Id;
use crate::redact::excerpt;
use crate::retry::RetryPolicy;
use crate::service::API_KEY_HEADER;
use crate::upload::Form;

/// The options of one call. The generated client carries them to where the request is sent.
#[derive(Clone)]
pub struct CallOptions {
    pub(crate) shared: Arc<Shared>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: Option<RetryPolicy>,
    pub(crate) headers: Option<Box<HeaderMap>>,
    /// Properties of the body, or fields of the form, that the crate does not describe.
    extra: Option<Box<Map<String, Value>>>,
    /// The media type to ask for, if it is not the generated one.
    pub(crate) accept: Option<&'static str>,
    /// How a redirect is treated.
    pub(crate) redirects: Redirects,
    /// The body that replaces the generated one.
    content: Option<Content>,
    /// Why the call cannot be sent.
    invalid: Option<Box<str>>,
}

/// How a redirect is treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Redirects {
    Followed,
    Returned,
}

/// A body for an operation whose generated method takes raw bytes.
#[derive(Clone)]
pub(crate) enum Content {
    Json,
    /// Taken by the request that sends it.
    Form(Arc<Mutex<Option<Form>>>),
}

impl CallOptions {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            shared: client.shared.clone(),
            timeout: None,
            retries: None,
            headers: None,
            extra: None,
            accept: None,
            redirects: Redirects::Followed,
            content: None,
            invalid: None,
        }
    }

    pub(crate) fn header<N, V>(&mut self, name: N, value: V)
    where
        N: TryInto<HeaderName, Error: fmt::Display>,
        V: TryInto<HeaderValue, Error: fmt::Display>,
    {
        let header = || -> Result<_, String> {
            let name = name.try_into().map_err(|error| error.to_string())?;
            let value = value.try_into().map_err(|error| error.to_string())?;
            if name == API_KEY_HEADER {
                return Err(format!(
                    "`{name}` carries the API key, which the client sends itself"
                ));
            }
            Ok((name, value))
        };
        match header() {
            Ok((name, value)) => {
                self.headers.get_or_insert_default().append(name, value);
            }
            Err(reason) => self.invalid(format!("a header cannot be sent: {reason}")),
        }
    }

    /// Adds the headers of the call, which replace existing ones of the same names.
    pub(crate) fn add_headers(&self, to: &mut HeaderMap) {
        let Some(headers) = &self.headers else {
            return;
        };
        for name in headers.keys() {
            to.remove(name);
        }
        for (name, value) in headers.iter() {
            to.append(name, value.clone());
        }
    }

    /// Adds a property to the body, or a field to the form.
    pub(crate) fn extra(&mut self, name: String, value: Value) {
        let extra = self.extra.get_or_insert_default();
        merge(extra, Map::from_iter([(name, value)]));
    }

    /// The body with the properties that the call adds to it; `None` if it adds none.
    pub(crate) fn extended(&self, body: Option<&[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let Some(extra) = &self.extra else {
            return Ok(None);
        };
        let Some(Value::Object(mut body)) = body.and_then(|body| serde_json::from_slice(body).ok())
        else {
            let names: Vec<_> = extra.keys().map(String::as_str).collect();
            return Err(Error::invalid_request(format!(
                "`extra` sets {}, and the body is not an object: send it whole, with `Client::request`",
                excerpt(&names.join(", "))
            )));
        };
        merge(&mut body, (**extra).clone());
        Ok(Some(Value::Object(body).to_string().into_bytes()))
    }

    /// Keeps the first reason why the call cannot be sent.
    pub(crate) fn invalid(&mut self, reason: String) {
        self.invalid.get_or_insert_with(|| reason.into());
    }

    pub(crate) fn id(&mut self, id: Id, name: &str) -> uuid::Uuid {
        id.unwrap_or_else(|text| {
            self.invalid(format!("`{name}` is not a UUID: \"{}\"", excerpt(&text)));
            uuid::Uuid::nil()
        })
    }

    /// URL parsers remove `.` and `..`, even percent-encoded, and an empty segment changes the path.
    pub(crate) fn segment(&mut self, text: String, name: &str) -> String {
        if matches!(text.as_str(), "" | "." | "..") {
            self.invalid(format!(
                "`{name}` cannot be `{text}`: it would change the path"
            ));
        }
        text
    }

    pub(crate) fn json(&mut self, body: &impl serde::Serialize) -> Vec<u8> {
        self.content = Some(Content::Json);
        serde_json::to_vec(body).unwrap_or_else(|error| {
            self.invalid(format!("the body cannot be serialized to JSON: {error}"));
            Vec::new()
        })
    }

    pub(crate) fn form(&mut self, form: Result<Form, Error>) {
        let extra = self.extra.take().into_iter().flat_map(|extra| *extra);
        let form = form.and_then(|form| {
            extra
                .into_iter()
                .try_fold(form, |form, (name, value)| form.field(name, None, &value))
        });
        match form {
            Ok(form) => self.content = Some(Content::Form(Arc::new(Mutex::new(Some(form))))),
            Err(error) => self.invalid(error.to_string()),
        }
    }

    pub(crate) fn take_content(&self) -> Option<TakenContent> {
        match self.content.as_ref()? {
            Content::Json => Some(TakenContent::Json),
            Content::Form(form) => {
                let mut form = form.lock().unwrap_or_else(PoisonError::into_inner);
                form.take().map(TakenContent::Form)
            }
        }
    }

    /// The generated client, for this one call.
    pub(crate) fn client(self) -> Result<Generated, Error> {
        if let Some(reason) = self.invalid {
            return Err(Error::invalid_request(reason));
        }
        Ok(Generated {
            baseurl: self.shared.base_url.clone(),
            client: self.shared.http.clone(),
            inner: self,
        })
    }
}

/// Adds properties to an object: an object is merged into the object of the same name, and any
/// other value replaces it.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// The argument for the body of a generated method whose body is replaced.
pub(crate) enum TakenContent {
    Json,
    Form(Form),
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A header that the user sets may be a secret.
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_cannot_be_added_to_what_is_no_object() {
        let client = Client::new("key").unwrap();
        let mut options = CallOptions::new(&client);
        assert!(options.extended(Some(b"[1]")).unwrap().is_none());
        options.extra("brandNew".to_owned(), json!(true));
        let body = options.extended(Some(b"{\"a\":1}")).unwrap().unwrap();
        assert_eq!(body, br#"{"a":1,"brandNew":true}"#);
        for body in [Some(&b"[1]"[..]), Some(b"\"a\""), Some(b""), None] {
            let error = options.extended(body).unwrap_err().to_string();
            assert!(error.contains("`extra` sets brandNew"), "{error}");
        }
    }
}
