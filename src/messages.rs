//! Temporary: replaced by the generated messages.
#![allow(missing_docs)]
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

open_enum! { TranscriptRole { User = "user", Agent = "agent", } }
open_enum! { Medium { Voice = "voice", Text = "text", } }
use crate::enums::open_enum;

macro_rules! messages {
    ($($name:ident = $tag:literal { $($field:ident: $ty:ty,)* },)*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name { $(#[serde(skip_serializing_if = "crate::messages::Skip::skip")] pub $field: $ty,)* }
    )*};
}
pub(crate) trait Skip { fn skip(&self) -> bool { false } }
impl Skip for String {}
impl Skip for f64 {}
impl Skip for bool {}
impl Skip for i32 {}
impl Skip for TranscriptRole {}
impl Skip for Map<String, Value> {}
impl<T> Skip for Option<T> { fn skip(&self) -> bool { self.is_none() } }

messages! {
    Ping = "ping" { timestamp: f64, },
    Pong = "pong" { timestamp: f64, },
    UserTextMessage = "user_text_message" { text: String, urgency: Option<String>, },
    SetOutputMedium = "set_output_medium" { medium: String, },
    ClientToolResult = "client_tool_result" { invocation_id: String, result: Option<String>, error_type: Option<String>, error_message: Option<String>, response_type: Option<String>, agent_reaction: Option<String>, update_call_state: Option<Map<String, Value>>, },
    DataConnectionToolResult = "" { invocation_id: String, result: Option<String>, error_type: Option<String>, error_message: Option<String>, response_type: Option<String>, agent_reaction: Option<String>, update_call_state: Option<Map<String, Value>>, },
    ForcedAgentMessage = "" { content: Option<String>, },
    HangUp = "" { message: Option<String>, },
    State = "" { state: String, },
    ClientToolInvocation = "" { tool_name: String, invocation_id: String, parameters: Map<String, Value>, },
    DataConnectionToolInvocation = "" { tool_name: String, invocation_id: String, parameters: Map<String, Value>, },
    CallStarted = "" { call_id: String, },
    PlaybackClearBuffer = "" { },
    Debug = "" { message: String, },
    ThreadSpawned = "" { thread_id: String, },
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transcript {
    pub role: TranscriptRole,
    pub medium: Option<Medium>,
    pub text: Option<String>,
    pub delta: Option<String>,
    #[serde(rename = "final")]
    pub final_: bool,
    pub ordinal: i32,
}
macro_rules! union {
    ($union:ident { $($name:ident = $tag:literal,)* }) => {
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $union { $($name($name),)* Unknown(Value) }
        $(impl From<$name> for $union { fn from(value: $name) -> Self { Self::$name(value) } })*
        impl Serialize for $union {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let (tag, value) = match self {
                    $(Self::$name(value) => ($tag, serde_json::to_value(value)),)*
                    Self::Unknown(value) => return value.serialize(s),
                };
                let mut value = value.map_err(serde::ser::Error::custom)?;
                value["type"] = tag.into();
                value.serialize(s)
            }
        }
        impl<'de> Deserialize<'de> for $union {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(d)?;
                let Some(tag) = value.get("type").and_then(Value::as_str) else {
                    return Err(serde::de::Error::custom("no type"));
                };
                match tag {
                    $($tag => serde_json::from_value(value).map(Self::$name).map_err(serde::de::Error::custom),)*
                    _ => Ok(Self::Unknown(value)),
                }
            }
        }
    };
}
union! { ClientMessage { Ping = "ping", UserTextMessage = "user_text_message", SetOutputMedium = "set_output_medium", ClientToolResult = "client_tool_result", DataConnectionToolResult = "data_connection_tool_result", ForcedAgentMessage = "forced_agent_message", HangUp = "hang_up", } }
union! { ServerMessage { Pong = "pong", State = "state", Transcript = "transcript", ClientToolInvocation = "client_tool_invocation", DataConnectionToolInvocation = "data_connection_tool_invocation", CallStarted = "call_started", PlaybackClearBuffer = "playback_clear_buffer", Debug = "debug", ThreadSpawned = "thread_spawned", } }
impl Ping { pub fn new(timestamp: f64) -> Self { Self { timestamp } } }
impl Pong { pub fn new(timestamp: f64) -> Self { Self { timestamp } } }
impl HangUp { pub fn new() -> Self { Self { message: None } } pub fn message(mut self, m: impl Into<String>) -> Self { self.message = Some(m.into()); self } }
impl UserTextMessage { pub fn new(text: impl Into<String>) -> Self { Self { text: text.into(), urgency: None } } }
impl ForcedAgentMessage { pub fn new() -> Self { Self { content: None } } pub fn content(mut self, m: impl Into<String>) -> Self { self.content = Some(m.into()); self } }
impl State { pub fn new(state: impl Into<String>) -> Self { Self { state: state.into() } } }
impl CallStarted { pub fn new(id: impl ToString) -> Self { Self { call_id: id.to_string() } } }
impl PlaybackClearBuffer { pub fn new() -> Self { Self {} } }
impl Transcript {
    pub fn new(role: impl Into<TranscriptRole>, final_: bool, ordinal: i32) -> Self { Self { role: role.into(), medium: None, text: None, delta: None, final_, ordinal } }
    pub fn text(mut self, m: impl Into<String>) -> Self { self.text = Some(m.into()); self }
    pub fn delta(mut self, m: impl Into<String>) -> Self { self.delta = Some(m.into()); self }
    pub fn medium(mut self, m: impl Into<Medium>) -> Self { self.medium = Some(m.into()); self }
}
impl ClientToolInvocation { pub fn new(name: impl Into<String>, id: impl Into<String>, parameters: Map<String, Value>) -> Self { Self { tool_name: name.into(), invocation_id: id.into(), parameters } } }
impl DataConnectionToolInvocation { pub fn new(name: impl Into<String>, id: impl Into<String>, parameters: Map<String, Value>) -> Self { Self { tool_name: name.into(), invocation_id: id.into(), parameters } } }
