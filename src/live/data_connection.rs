//! The accepting half of a data connection: a WebSocket that Ultravox opens to a server, for the messages of a
//! call whatever its medium.

use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::handshake::{lists, upgrades};
use super::session::{Session, SessionBuilder};
use crate::webhooks::{CONNECTION_CALL_ID_HEADER, SignatureError, Verifier};

/// A data connection that a server is about to accept.
///
/// It takes part in the call as a session does: it sends and receives the same messages, runs tools (those of the
/// kind `dataConnection`), and hears the audio of the call if its configuration asks for that.
///
/// ```
/// use ultravox::http::{HeaderMap, Response, StatusCode};
/// use ultravox::live::{DataConnection, Event, Session, Tools};
/// use ultravox::webhooks::Verifier;
///
/// // `upgraded` is what the server makes of the connection once the response is sent: `hyper::upgrade::on(request)`
/// // with hyper and axum.
/// fn accept<F, C>(verifier: &Verifier, headers: &HeaderMap, upgraded: F) -> Response<()>
/// where
///     F: Future<Output = C> + Send + 'static,
///     C: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
/// {
///     let connection = match DataConnection::verify(verifier, headers) {
///         Ok(connection) => connection,
///         Err(error) => return error.response(),
///     };
///     let response = connection.response();
///     tokio::spawn(async move {
///         let session = connection.open(&Session::builder().tools(Tools::new()), upgraded.await).await;
///         let (_sender, mut events) = session.split();
///         while let Some(event) = events.next().await {
///             println!("{event:?}");
///         }
///     });
///     response
/// }
///
/// let verifier = Verifier::new(["one of the call's sharedSecrets"]);
/// let nobody = std::future::ready(tokio::io::empty());
/// assert_eq!(accept(&verifier, &HeaderMap::new(), nobody).status(), StatusCode::UNAUTHORIZED);
/// ```
#[derive(Clone, Debug)]
pub struct DataConnection {
    call_id: Option<String>,
    accept: HeaderValue,
}

impl DataConnection {
    /// Checks by the request's headers that it comes from Ultravox, and that it opens a WebSocket. The secrets of
    /// the verifier are the call's `sharedSecrets`.
    ///
    /// # Errors
    ///
    /// [`DataConnectionError::Unverified`] if it is not from Ultravox, [`DataConnectionError::NotWebSocket`] if it
    /// is another request.
    ///
    /// ```
    /// use ultravox::http::HeaderMap;
    /// use ultravox::live::DataConnection;
    /// use ultravox::webhooks::Verifier;
    ///
    /// let verifier = Verifier::new(["one of the call's sharedSecrets"]);
    /// let error = DataConnection::verify(&verifier, &HeaderMap::new()).unwrap_err();
    /// assert_eq!(error.response().status(), 401);
    /// ```
    pub fn verify(verifier: &Verifier, headers: &HeaderMap) -> Result<Self, DataConnectionError> {
        verifier.verify_data_connection(headers)?;
        Self::trust(headers)
    }

    /// Takes the request as one of Ultravox, which the program has made sure of by itself: by a header of its own,
    /// one of the `headers` of the call's data connection.
    ///
    /// # Errors
    ///
    /// [`DataConnectionError::NotWebSocket`] if the request does not open a WebSocket.
    ///
    /// ```
    /// use ultravox::http::{HeaderMap, Response};
    /// use ultravox::live::{DataConnection, DataConnectionError};
    ///
    /// fn accept(headers: &HeaderMap, is_ours: fn(&HeaderMap) -> bool) -> Response<()> {
    ///     if !is_ours(headers) {
    ///         let mut response = Response::new(());
    ///         *response.status_mut() = ultravox::http::StatusCode::UNAUTHORIZED;
    ///         return response;
    ///     }
    ///     DataConnection::trust(headers).map_or_else(|error| error.response(), |ours| ours.response())
    /// }
    /// assert_eq!(accept(&HeaderMap::new(), |_| false).status(), 401);
    /// assert_eq!(accept(&HeaderMap::new(), |_| true).status(), 400);
    /// ```
    pub fn trust(headers: &HeaderMap) -> Result<Self, DataConnectionError> {
        let not = |reason| DataConnectionError::NotWebSocket { reason };
        if !upgrades(headers) {
            return Err(not("it does not ask for an upgrade to a WebSocket"));
        }
        if !lists(headers, header::SEC_WEBSOCKET_VERSION, "13") {
            return Err(not("it is not of version 13 of the protocol"));
        }
        let key = headers
            .get(header::SEC_WEBSOCKET_KEY)
            .ok_or(not("it has no `Sec-WebSocket-Key`"))?;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()))
            .map_err(|_| not("its `Sec-WebSocket-Key` is not one"))?;
        let call_id = headers.get(CONNECTION_CALL_ID_HEADER);
        let call_id = call_id.and_then(|id| id.to_str().ok());
        Ok(Self {
            call_id: call_id.map(str::to_owned),
            accept,
        })
    }

    /// The id of the call, which Ultravox sends where the call has shared secrets.
    ///
    /// ```
    /// # fn example(connection: ultravox::live::DataConnection) {
    /// println!("{}", connection.call_id().unwrap_or("a call"));
    /// # }
    /// ```
    pub fn call_id(&self) -> Option<&str> {
        self.call_id.as_deref()
    }

    /// The response that accepts, of the status 101.
    ///
    /// ```
    /// # fn example(connection: ultravox::live::DataConnection) {
    /// assert_eq!(connection.response().status(), 101);
    /// # }
    /// ```
    pub fn response(&self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        response
    }

    /// Begins the session, over the connection that was upgraded when the [response](Self::response) was sent. Of
    /// the settings, those of joining have no effect.
    ///
    /// ```
    /// use ultravox::live::{DataConnection, Session};
    ///
    /// # async fn example(connection: DataConnection, upgraded: tokio::net::TcpStream) {
    /// let settings = Session::builder().output_sample_rate(16_000).channels(2);
    /// let (sender, mut events) = connection.open(&settings, upgraded).await.split();
    /// # }
    /// ```
    pub async fn open(
        self,
        settings: &SessionBuilder,
        upgraded: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Session {
        settings.begin(Box::new(upgraded), Role::Server).await
    }
}

/// Why a request does not become a data connection.
///
/// ```
/// use ultravox::http::HeaderMap;
/// use ultravox::live::{DataConnection, DataConnectionError};
///
/// let error = DataConnection::trust(&HeaderMap::new()).unwrap_err();
/// assert!(matches!(error, DataConnectionError::NotWebSocket { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataConnectionError {
    /// It is not from Ultravox, or not recent.
    #[error(transparent)]
    Unverified(#[from] SignatureError),
    /// It does not open a WebSocket.
    #[error("the request does not open a WebSocket: {reason}")]
    NotWebSocket {
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl DataConnectionError {
    /// The response that refuses: 401 or 400, without a body.
    ///
    /// ```
    /// use ultravox::http::HeaderMap;
    /// use ultravox::live::DataConnection;
    ///
    /// let error = DataConnection::trust(&HeaderMap::new()).unwrap_err();
    /// assert_eq!(error.response().status(), 400);
    /// ```
    pub fn response(&self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = match self {
            Self::Unverified(_) => StatusCode::UNAUTHORIZED,
            Self::NotWebSocket { .. } => StatusCode::BAD_REQUEST,
        };
        response
    }
}
