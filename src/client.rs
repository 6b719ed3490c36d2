//! The client and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::{ConfigError, Error};
use crate::key::ApiKey;
use crate::retry::{Budget, RetryPolicy};
use crate::service::DEFAULT_BASE_URL;
use crate::transport::Settings;

const API_KEY_VARIABLE: &str = "ULTRAVOX_API_KEY";
const BASE_URL_VARIABLE: &str = "ULTRAVOX_BASE_URL";
pub(crate) const USER_AGENT: &str = concat!("ultravox-rust/", env!("CARGO_PKG_VERSION"));

/// A client of the API. Its methods lead to the operations, along the paths of the API.
///
/// Each area has a [handle](crate::handles), whose page lists its operations: `client.agents()`,
/// `client.calls()`. An area is a cargo feature as well, named in the documentation of its handle.
///
/// It is cheap to clone, and the clones share their connections. It can be used from several threads
/// and tasks at once.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a client have in common.
pub(crate) struct Shared {
    /// Without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) settings: Arc<Settings>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base_url)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the key in `ULTRAVOX_API_KEY`, and for the server in `ULTRAVOX_BASE_URL` if that
    /// is set.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ultravox::Error> {
    /// let client = ultravox::Client::from_env()?;
    /// println!("{}", client.sip().get().await?.domain);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if `ULTRAVOX_API_KEY` is not set, or if either variable is invalid.
    pub fn from_env() -> Result<Self, Error> {
        let key = variable(API_KEY_VARIABLE)?.ok_or_else(|| {
            ConfigError::new(format!(
                "{API_KEY_VARIABLE} is not set; set it to your API key"
            ))
        })?;
        let mut builder = Self::builder().api_key(key);
        if let Some(url) = variable(BASE_URL_VARIABLE)? {
            builder = builder.base_url(url);
        }
        builder.build()
    }

    /// A client for this key, with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the key is invalid, or if TLS cannot be initialized.
    pub fn new(api_key: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// Starts a client with other settings.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let client = ultravox::Client::builder()
    ///     .api_key("Zk9Ht7Lm.example")
    ///     .timeout(Duration::from_secs(20))
    ///     .build()?;
    /// # Ok::<(), ultravox::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            api_key: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(30),
            retries: RetryPolicy::default(),
            max_body_bytes: 64 * 1024 * 1024,
            user_agent: USER_AGENT.to_owned(),
            reqwest: None,
        }
    }
}

/// What a client for addresses that the API hands out shares with this one. It never sends the key.
#[cfg(ultravox_operation = "corpora_uploads_create")]
pub(crate) fn without_key(client: &Client) -> Shared {
    let settings = &client.shared.settings;
    Shared {
        base_url: client.shared.base_url.clone(),
        http: client.shared.http.clone(),
        settings: Arc::new(Settings {
            key: settings.key.clone(),
            // An opaque origin equals no other, so the key is never attached.
            origin: url::Origin::new_opaque(),
            retries: settings.retries.clone(),
            budget: settings.budget.clone(),
            timeout: settings.timeout,
            read_timeout: settings.read_timeout,
            max_body_bytes: settings.max_body_bytes,
        }),
    }
}

fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(ConfigError::new(format!("{name} is not Unicode text")))
        }
    }
}

/// The settings of a [`Client`]. Start one with [`Client::builder`].
#[must_use]
pub struct ClientBuilder {
    api_key: Option<String>,
    base_url: String,
    connect_timeout: Duration,
    timeout: Duration,
    read_timeout: Duration,
    retries: RetryPolicy,
    max_body_bytes: usize,
    user_agent: String,
    reqwest: Option<reqwest::ClientBuilder>,
}

impl ClientBuilder {
    /// The API key. Required.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The base URL of requests. Default [`DEFAULT_BASE_URL`](crate::DEFAULT_BASE_URL). The key is
    /// sent to this origin and to no other.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long connecting may take. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a call may take in total, including retries and reading the response body. Default
    /// 60 s. It does not include a response body that is streamed, see
    /// [`read_timeout`](Self::read_timeout). For a request whose body is streamed, such as an
    /// upload, it starts when the last bytes have been sent.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long the next chunk of a streamed body may take. Default 30 s.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// When calls are retried. [`RetryPolicy::none`] disables retries.
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// The maximum length of a body that is read as a whole. Default 64 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The `User-Agent`. Default `ultravox-rust/` and the version of this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The HTTP client to build on, for a proxy, certificates or a resolver of your own.
    ///
    /// It is a builder because this crate must handle redirects: reqwest would send the API key to any
    /// origin that it is redirected to. The timeouts and the user agent are set by this crate as well.
    pub fn reqwest(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.reqwest = Some(builder);
        self
    }

    /// Makes the client. This sends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the key is missing or invalid, if the base URL is not an `https` or `http` URL
    /// or contains credentials, a query or a fragment, or if the HTTP client cannot be made.
    pub fn build(self) -> Result<Client, Error> {
        let key = self.api_key.ok_or_else(|| {
            ConfigError::new("the client has no API key; set one with `ClientBuilder::api_key`")
        })?;
        let key = ApiKey::new(key)?;
        let base_url = base_url(&self.base_url)?;
        let client = self
            .reqwest
            .unwrap_or_default()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent)
            .build()
            .map_err(|error| ConfigError {
                reason: "the HTTP client cannot be made from these settings".to_owned(),
                source: Some(error.without_url()),
            })?;
        let shared = Shared {
            base_url: base_url.as_str().trim_end_matches('/').to_owned(),
            http: client,
            settings: Arc::new(Settings {
                key,
                origin: base_url.origin(),
                budget: Arc::new(Budget::new(&self.retries)),
                retries: self.retries,
                timeout: self.timeout,
                read_timeout: self.read_timeout,
                max_body_bytes: self.max_body_bytes,
            }),
        };
        Ok(Client {
            shared: Arc::new(shared),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the key, and without the base URL, which was not checked yet and may contain
        // credentials.
        f.debug_struct("ClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("read_timeout", &self.read_timeout)
            .field("retries", &self.retries)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<Url, ConfigError> {
    let refused = |reason: &str| {
        ConfigError::new(format!(
            "the base URL is not usable: {reason}; it looks like {DEFAULT_BASE_URL}"
        ))
    };
    let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(refused("it is neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it contains credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("it contains a query or a fragment"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn a_base_url_that_is_none_is_refused_with_the_reason() {
        let table = [
            ("api.ultravox.ai", "relative URL without a base"),
            ("ftp://api.ultravox.ai", "neither https nor http"),
            ("https://me:hidden@api.ultravox.ai", "credentials"),
            ("https://api.ultravox.ai/?a=hidden", "a query"),
        ];
        for (url, reason) in table {
            let built = Client::builder().api_key("k").base_url(url).build();
            let message = built.unwrap_err().to_string();
            assert!(message.contains(reason), "{url}: {message}");
            assert!(!message.contains("hidden"), "{message}");
        }
    }

    #[test]
    fn a_base_url_keeps_its_path_and_loses_its_last_slash() {
        let client = Client::builder()
            .api_key("k")
            .base_url("http://localhost:1/proxy/");
        assert_eq!(
            client.build().unwrap().shared.base_url,
            "http://localhost:1/proxy"
        );
    }

    #[test]
    fn a_client_without_a_key_is_refused() {
        let message = Client::builder().build().unwrap_err().to_string();
        assert!(message.contains("api_key"), "{message}");
    }

    #[test]
    fn neither_client_nor_builder_shows_the_key() {
        let builder = Client::builder().api_key("secret.key");
        assert!(!format!("{builder:?}").contains("secret"));
        let client = builder.build().unwrap();
        assert!(!format!("{client:?} {:?}", client.sip().get()).contains("secret"));
    }
}
