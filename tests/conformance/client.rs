//! The generated client as the checks see it: operations that take JSON, types that JSON goes through.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ultravox::mock::Sample;
use ultravox::{ByteStream, Client, ResponseValue, Upload};

/// Why a call gave no response.
#[derive(Debug)]
pub enum Failure {
    /// A value of the document does not fit the type that the client asks for.
    Argument(String),
    /// The call itself.
    Call(ultravox::Error),
    /// What came cannot be encoded again, or broke off.
    Response(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(reason) | Self::Response(reason) => f.write_str(reason),
            Self::Call(error) => {
                write!(f, "{error}")?;
                let mut source = std::error::Error::source(error);
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    }
}

/// A response as the caller of the client gets it.
#[derive(Debug, PartialEq)]
pub struct Observed {
    pub status: u16,
    pub body: Body,
}

#[derive(Debug, PartialEq)]
pub enum Body {
    Empty,
    Json(Value),
    Bytes(Vec<u8>),
}

/// Values by the name of the setter that takes them.
pub type Arguments = BTreeMap<String, Value>;

type Answer = Pin<Box<dyn Future<Output = Result<Observed, Failure>> + Send>>;

pub struct Operation {
    pub id: &'static str,
    pub setters: &'static [&'static str],
    pub call: fn(Client, Arguments) -> Answer,
}

type Pass = fn(&Value) -> Result<Value, String>;

/// The types that a schema became.
pub struct Types {
    pub schema: &'static str,
    pub received: Pass,
    pub sent: Pass,
}

/// A type that `ultravox::mock::sample` gives a value of.
pub struct Sampled {
    pub name: &'static str,
    pub json: &'static str,
    pub encoded: fn() -> Result<Value, String>,
}

macro_rules! tables {
    (
        operations { $($id:literal $method:ident $kind:ident ($($setter:ident: $from:expr),*);)* }
        schemas { $($schema:literal $received:ty, $sent:ty;)* }
        samples { $($sampled:ident;)* }
    ) => {
        pub fn operations() -> Vec<Operation> {
            vec![$(Operation {
                id: $id,
                setters: &[$(stringify!($setter)),*],
                #[allow(unused_mut, unused_variables)]
                call: |client, mut arguments| Box::pin(async move {
                    let mut call = client.$method();
                    $(if let Some(value) = arguments.remove(stringify!($setter)) {
                        call = call.$setter($from(stringify!($setter), &value)?);
                    })*
                    $kind(call.send().await.map_err(Failure::Call)?).await
                }),
            }),*]
        }

        pub fn types() -> Vec<Types> {
            vec![$(Types {
                schema: $schema,
                received: pass::<$received>,
                sent: pass::<$sent>,
            }),*]
        }

        pub fn samples() -> Vec<Sampled> {
            vec![$(Sampled {
                name: stringify!($sampled),
                json: <ultravox::types::$sampled as Sample>::JSON,
                encoded: || encode(&ultravox::mock::sample::<ultravox::types::$sampled>()),
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/conformance.rs"));

#[allow(dead_code, reason = "used where an operation takes anything")]
fn argument<T: DeserializeOwned>(name: &str, value: &Value) -> Result<T, Failure> {
    decode(value)
        .map_err(|reason| Failure::Argument(format!("`{name}` does not take it: {reason}")))
}

/// A body that is no JSON.
#[allow(dead_code, reason = "used where an operation takes one")]
fn raw(name: &str, value: &Value) -> Result<String, Failure> {
    argument(name, value)
}

/// What a file holds that a sample stands for: no text, and what could pass for the end of a part.
pub fn content(of: &str) -> Vec<u8> {
    [of.as_bytes(), b"\r\n--\0\xff\r\n"].concat()
}

#[allow(dead_code, reason = "used where an operation takes one")]
fn upload(name: &str, value: &Value) -> Result<Upload, Failure> {
    let text: String = argument(name, value)?;
    Ok(Upload::bytes("sample.bin", content(&text)))
}

#[allow(dead_code, reason = "used where an operation takes several")]
fn uploads(name: &str, value: &Value) -> Result<Vec<Upload>, Failure> {
    let values: Vec<Value> = argument(name, value)?;
    values.iter().map(|value| upload(name, value)).collect()
}

/// By way of text, as values travel.
fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    let text = value.to_string();
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text))
        .map_err(|error| format!("{}: {}", error.path(), error.inner()))
}

fn encode<T: Serialize>(value: &T) -> Result<Value, String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn pass<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
    encode(&decode::<T>(value)?)
}

#[allow(dead_code, reason = "used where the document has such responses")]
async fn json<T: Serialize>(response: ResponseValue<T>) -> Result<Observed, Failure> {
    Ok(Observed {
        status: response.status().as_u16(),
        body: Body::Json(encode(&*response).map_err(Failure::Response)?),
    })
}

#[allow(dead_code, reason = "used where the document has such responses")]
async fn empty(response: ResponseValue<()>) -> Result<Observed, Failure> {
    Ok(Observed {
        status: response.status().as_u16(),
        body: Body::Empty,
    })
}

#[allow(dead_code, reason = "used where the document has such responses")]
async fn bytes(response: ResponseValue<ByteStream>) -> Result<Observed, Failure> {
    let status = response.status().as_u16();
    let mut stream = Box::pin(response.into_inner());
    let mut bytes = Vec::new();
    while let Some(chunk) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        bytes.extend(chunk.map_err(|error| Failure::Response(error.to_string()))?);
    }
    Ok(Observed {
        status,
        body: Body::Bytes(bytes),
    })
}
