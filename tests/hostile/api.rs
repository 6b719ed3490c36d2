//! The operations that these tests call. Only this module uses the API's surface, so that the tests
//! do not depend on it.

use std::time::Duration;

use serde::Serialize;
use ultravox::mock::sample;
use ultravox::types::{
    CorpusUploadsResponse, ModelAlias, SipConfig, SipRegistrationRequest, Voice, Webhook,
    WebhookRequest,
};
use ultravox::{ByteStream, Client, ClientBuilder, Error, RetryPolicy, Upload};
use uuid::Uuid;

pub const KEY: &str = "Zk9Ht7Lm.the-secret-part";
/// Longer than anything here takes, so that reaching it would be noticed.
pub const LONG: Duration = Duration::from_secs(20);
/// For tests that reach it.
pub const SHORT: Duration = Duration::from_millis(700);
const ID: Uuid = Uuid::from_u128(7);

/// The methods, each by an operation of its own.
pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A client with retries that do not wait.
pub fn builder(url: &str) -> ClientBuilder {
    let retries = RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2));
    Client::builder()
        .api_key(KEY)
        .base_url(url)
        .reqwest(reqwest::Client::builder().no_proxy())
        .timeout(LONG)
        .read_timeout(LONG)
        .retries(retries)
}

pub fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

/// Without retries.
pub fn once(url: &str) -> Client {
    let builder = builder(url).retries(RetryPolicy::none());
    builder.build().unwrap()
}

/// Without retries, and with a short timeout, for tests of the timeout.
pub fn impatient(url: &str) -> Client {
    let builder = builder(url).timeout(SHORT).read_timeout(SHORT);
    builder.retries(RetryPolicy::none()).build().unwrap()
}

/// Calls an operation of this method.
pub async fn call(client: &Client, method: &str) -> Result<(), Error> {
    match method {
        "GET" => client.sip().get().await.map(drop),
        "POST" => {
            let registration: SipRegistrationRequest = sample();
            let registrations = client.sip().registrations();
            registrations.create(registration).await.map(drop)
        }
        "PUT" => {
            let webhook: WebhookRequest = sample();
            let replace = client.webhooks().replace(ID, "", webhook.events.clone());
            replace.body(webhook).await.map(drop)
        }
        "PATCH" => {
            let update = client.sip().update().allow_all_agents(true);
            update.await.map(drop)
        }
        "DELETE" => client.webhooks().delete(ID).await,
        other => panic!("no operation for {other}"),
    }
}

pub async fn get(client: &Client) -> Result<(), Error> {
    call(client, "GET").await
}

/// The status and the body of a success of the operation of this method.
pub fn success(method: &str) -> (&'static str, String) {
    match method {
        "GET" | "PATCH" => ("200 OK", json(&sample::<SipConfig>())),
        "POST" => (
            "201 Created",
            json(&sample::<ultravox::types::SipRegistration>()),
        ),
        "PUT" => ("200 OK", json(&sample::<Webhook>())),
        "DELETE" => ("204 No Content", String::new()),
        other => panic!("no operation for {other}"),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// A body that arrives in chunks.
pub async fn stream(client: &Client) -> Result<ByteStream, Error> {
    client.calls().recording(ID).await
}

/// A POST of a form with a file.
pub async fn send_form(client: &Client, file: Upload) -> Result<(), Error> {
    client.voices().upload(file, "Ada").await.map(drop)
}

/// The response to [`send_form`].
pub fn form_success() -> (&'static str, String) {
    ("201 Created", json(&sample::<Voice>()))
}

/// A POST that asks for an address, and a PUT of the content to it.
pub async fn store(client: &Client, content: Upload) -> Result<(), Error> {
    let content = content.media_type("text/plain");
    client.corpora().upload(ID, content).await.map(drop)
}

/// The response to the first step of [`store`].
pub fn ticket(address: &str) -> String {
    let mut ticket: CorpusUploadsResponse = sample();
    ticket.presigned_url = address.into();
    json(&ticket)
}

/// The names on all pages of a list.
pub async fn list(client: &Client) -> Result<Vec<String>, Error> {
    let mut models = client.models().list().stream();
    let mut names = Vec::new();
    while let Some(model) = models.try_next().await? {
        names.push(model.name);
    }
    Ok(names)
}

/// A page of [`list`].
pub fn page(name: &str, next: &str) -> String {
    let mut model: ModelAlias = sample();
    model.name = name.to_owned();
    let next = (!next.is_empty()).then_some(next);
    serde_json::json!({"results": [model], "next": next}).to_string()
}

/// The outcome of a call, in a word or two.
pub fn class<T>(result: &Result<T, Error>) -> String {
    use ultravox::TransportErrorKind as Kind;
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Error::Api(error)) => error.status.as_str().to_owned(),
        Err(Error::Transport(error)) => match &error.kind {
            Kind::Connect { .. } => "no connection".to_owned(),
            Kind::Interrupted => "interrupted".to_owned(),
            Kind::Upload { .. } => "upload".to_owned(),
            Kind::BodyTooLarge { .. } => "too large".to_owned(),
            Kind::Redirect { .. } => "redirect".to_owned(),
            Kind::Storage { status, .. } => format!("storage {}", status.as_str()),
            other => panic!("{other:?}"),
        },
        Err(Error::Timeout(_)) => "timeout".to_owned(),
        Err(Error::Decode(_)) => "decode".to_owned(),
        Err(Error::File(_)) => "file".to_owned(),
        Err(Error::Pagination(_)) => "pagination".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// Everything that an error shows, in every format, with its sources.
pub fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:#} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    text
}
