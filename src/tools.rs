//! For servers of tools: the parameters that an agent calls a tool with, and the tool's response.
//!
//! ```
//! use serde::Deserialize;
//! use serde_json::json;
//! use ultravox::http::Response;
//! use ultravox::tools::{self, AgentReaction, NewStage, ParametersError, ToolResponse};
//!
//! #[derive(Deserialize)]
//! struct LookUp {
//!     order: u32,
//! }
//!
//! fn look_up(body: &[u8]) -> Result<ToolResponse, Box<dyn std::error::Error>> {
//!     let LookUp { order } = match tools::parameters(body) {
//!         Ok(parameters) => parameters,
//!         // The agent reads what is wrong, and calls again.
//!         Err(error) => return Ok(error.into()),
//!     };
//!     Ok(match order {
//!         0 => ToolResponse::new_stage(NewStage::new().system_prompt("You take complaints."))?,
//!         1 => ToolResponse::json(&["tulips", "roses"])?.update_call_state(&json!({"order": order}))?,
//!         _ => ToolResponse::text("Noted.").agent_reaction(AgentReaction::SpeaksOnce),
//!     })
//! }
//!
//! let response: Response<String> = look_up(br#"{"order": 0}"#)?.into();
//! assert_eq!(response.headers()["x-ultravox-response-type"], "new-stage");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A tool has 2.5 seconds to respond, unless its definition gives it more (up to 40), because the
//! conversation waits for it. If the work takes longer, respond first and report the result later.
//!
//! Parameters in the query, the path or a header are read with the web framework, such as axum's
//! extractors. To know that Ultravox calls the tool, check the authentication that its definition asks
//! for.
//!
//! A client tool, or one at the other end of a data connection, is called by a data message. With the
//! feature `messages`, the same response becomes the message to answer with: [`ToolResponse`] has
//! `into_client_tool_result` and `into_data_connection_tool_result`.
//!
//! With the feature `schemars`, the definition of a tool is made from the type of its parameters: see
//! the module `definition`.
//!
//! This follows the pages on [responses](https://docs.ultravox.ai/tools/custom/agent-responses), [the
//! state of a call](https://docs.ultravox.ai/tools/custom/changing-call-state), [kinds of
//! tools](https://docs.ultravox.ai/tools/custom/http-vs-client-tools),
//! [time](https://docs.ultravox.ai/tools/async-tools),
//! [stages](https://docs.ultravox.ai/agents/call-stages), [tool
//! state](https://docs.ultravox.ai/agents/guiding-agents) and
//! [threads](https://docs.ultravox.ai/agents/threads).

#[cfg(all(feature = "schemars", ultravox_operation = "tools_create"))]
pub mod definition;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

#[cfg(feature = "messages")]
use crate::messages::{ClientToolResult, DataConnectionToolResult, ToolErrorType};
use crate::redact::decode_failure;

const RESPONSE_TYPE: HeaderName = HeaderName::from_static("x-ultravox-response-type");
const AGENT_REACTION: HeaderName = HeaderName::from_static("x-ultravox-agent-reaction");
const UPDATE_CALL_STATE: HeaderName = HeaderName::from_static("x-ultravox-update-call-state");

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The parameters in the body, as a type of your own. The body may be empty if there are none.
///
/// A [`ParametersError`] converts into a response that tells the agent what is wrong.
pub fn parameters<T: DeserializeOwned>(body: impl AsRef<[u8]>) -> Result<T, ParametersError> {
    let body = match body.as_ref() {
        b"" => b"{}",
        body => body,
    };
    serde_json::from_slice(body).map_err(|error| ParametersError {
        reason: decode_failure(&error),
    })
}

/// The same for parameters that have been read as JSON.
#[cfg(feature = "live")]
pub(crate) fn parameters_of<T: DeserializeOwned>(parameters: Value) -> Result<T, ParametersError> {
    serde_json::from_value(parameters).map_err(|error| ParametersError {
        reason: decode_failure(&error),
    })
}

/// The parameters of a tool call are not what the tool takes. The error shows no string value of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameters are not what this tool takes: {reason}")]
pub struct ParametersError {
    reason: String,
}

/// A response with the status 400 that says what is wrong, for the agent to read.
impl From<ParametersError> for ToolResponse {
    fn from(error: ParametersError) -> Self {
        Self::text(error.to_string()).status(StatusCode::BAD_REQUEST)
    }
}

/// What the agent does after a tool has responded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AgentReaction {
    /// It speaks at once. This is the default, if neither the response nor the tool's definition says
    /// otherwise.
    Speaks,
    /// It waits for the user.
    Listens,
    /// It speaks unless it spoke right before it called the tool, so that it does not repeat itself.
    SpeaksOnce,
}

impl AgentReaction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Speaks => "speaks",
            Self::Listens => "listens",
            Self::SpeaksOnce => "speaks-once",
        }
    }
}

/// The response of a tool. It converts into a [`Response`], which most web frameworks send, or into a
/// data message, for a tool that is called by one.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is sent"]
pub struct ToolResponse {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: String,
    response_type: Option<&'static str>,
    agent_reaction: Option<AgentReaction>,
    /// As JSON in ASCII.
    call_state: Option<HeaderValue>,
}

impl ToolResponse {
    /// A result that the agent reads: data, or an instruction such as `Noted. Now ask for the address.`
    pub fn text(result: impl Into<String>) -> Self {
        Self::new(Some(TEXT), result.into())
    }

    /// A result that the agent reads, as JSON. It fails if `result` cannot be written as JSON.
    pub fn json(result: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Self::new(Some(JSON), serde_json::to_string(result)?))
    }

    /// Ends the call.
    pub fn hang_up() -> Self {
        Self::new(None, String::new()).response_type("hang-up")
    }

    /// Begins a new stage of the call: a [`NewStage`], a `messages::NewStage`, or JSON of their form.
    /// It fails if it cannot be written as a JSON object.
    pub fn new_stage(stage: impl Serialize) -> Result<Self, serde_json::Error> {
        let stage = serde_json::to_value(stage)?;
        if !stage.is_object() {
            return Err(serde_json::Error::custom("a stage is a JSON object"));
        }
        Ok(Self::json(&stage)?.response_type("new-stage"))
    }

    /// Sends a message to another thread of the call. The thread that called the tool reads
    /// `calling_thread_result` as the result. It fails if `message` is not a data message.
    ///
    /// The message is a text from the user, something that the agent is made to say or do, or a thread
    /// to spawn: a `messages::ThreadMessage`, or JSON whose `type` is `user_text_message`,
    /// `forced_agent_message` or `spawn_thread`. A message without a `threadId` goes to the main
    /// conversation; a tool that a side thread called addresses the parent of that thread as `_PARENT`.
    /// Only the main conversation can speak, end the call or begin a stage: a side thread asks it to
    /// with a message.
    ///
    /// ```
    /// use serde_json::json;
    /// use ultravox::tools::{AgentReaction, ToolResponse};
    ///
    /// // The work continues in its own thread, which calls the tool again, while the conversation goes on.
    /// fn move_to_a_thread(order: u32) -> Result<ToolResponse, serde_json::Error> {
    ///     let call = json!({"name": "lookUp", "arguments": {"order": order}});
    ///     let message = json!({
    ///         "type": "spawn_thread",
    ///         "additionalMessages": [{"type": "forced_agent_message", "toolCalls": [call]}],
    ///     });
    ///     ToolResponse::send_to_thread("Looking it up. The result will follow.", &message)
    /// }
    ///
    /// // Reports what was found to the conversation. The thread then has nothing more to say.
    /// fn report(found: &str) -> Result<ToolResponse, serde_json::Error> {
    ///     let message = json!({"type": "user_text_message", "text": format!("<found>{found}</found>")});
    ///     let response = ToolResponse::send_to_thread("Told.", &message)?;
    ///     Ok(response.agent_reaction(AgentReaction::Listens))
    /// }
    /// # assert_eq!(report("x")?.into_http().headers()["x-ultravox-response-type"], "send-to-thread");
    /// # move_to_a_thread(7)?;
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn send_to_thread(
        calling_thread_result: impl Into<String>,
        message: &(impl Serialize + ?Sized),
    ) -> Result<Self, serde_json::Error> {
        let message = serde_json::to_value(message)?;
        if !message.get("type").is_some_and(Value::is_string) {
            return Err(serde_json::Error::custom(
                "a data message is a JSON object with its `type`, as a `ThreadMessage` has it",
            ));
        }
        let body = serde_json::json!({
            "callingThreadResultText": calling_thread_result.into(),
            "dataMessage": message,
        });
        Ok(Self::json(&body)?.response_type("send-to-thread"))
    }

    fn new(content_type: Option<HeaderValue>, body: String) -> Self {
        Self {
            status: StatusCode::OK,
            content_type,
            body,
            response_type: None,
            agent_reaction: None,
            call_state: None,
        }
    }

    /// What the body is, if it is not a result.
    fn response_type(mut self, response_type: &'static str) -> Self {
        self.response_type = Some(response_type);
        self
    }

    /// The status, 200 unless it is set. With 4xx or 5xx, the tool has failed.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// What the agent does next, if it is not what the tool's definition says.
    pub fn agent_reaction(mut self, reaction: AgentReaction) -> Self {
        self.agent_reaction = Some(reaction);
        self
    }

    /// Sets the state of the call, which later calls of tools can get as a parameter and the agent does
    /// not see. It fails if `state` is not a JSON object. It is sent as a header, and many servers and
    /// proxies refuse headers of more than a few kilobytes.
    pub fn update_call_state(
        mut self,
        state: &(impl Serialize + ?Sized),
    ) -> Result<Self, serde_json::Error> {
        let state = serde_json::to_string(&serde_json::to_value(state)?)?;
        if !state.starts_with('{') {
            return Err(serde_json::Error::custom(
                "the state of a call is a JSON object",
            ));
        }
        let state = HeaderValue::try_from(ascii(&state)).map_err(serde_json::Error::custom)?;
        self.call_state = Some(state);
        Ok(self)
    }

    /// The message that answers a client tool's invocation with this id.
    ///
    /// With a status of 4xx or 5xx the tool has failed: the body is the message of the error, which is
    /// for people and not for the agent.
    ///
    /// ```
    /// use ultravox::messages::{ClientMessage, ClientToolInvocation};
    /// use ultravox::tools::{self, ToolResponse};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Open {
    ///     page: u32,
    /// }
    ///
    /// fn answer(invocation: &ClientToolInvocation) -> ClientMessage {
    ///     let response = match tools::parameters(invocation.parameters.to_string()) {
    ///         Ok(Open { page }) => ToolResponse::text(format!("Page {page} is shown.")),
    ///         Err(error) => error.into(),
    ///     };
    ///     response.into_client_tool_result(&invocation.invocation_id).into()
    /// }
    /// # let invocation = ClientToolInvocation::new("i-1", "open", serde_json::json!({"page": 2}));
    /// # let answer = serde_json::to_value(answer(&invocation))?;
    /// # assert_eq!(answer["result"], "Page 2 is shown.");
    /// # assert_eq!(answer["type"], "client_tool_result");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[cfg(feature = "messages")]
    pub fn into_client_tool_result(self, invocation_id: impl Into<String>) -> ClientToolResult {
        result_message!(self, ClientToolResult::new(invocation_id))
    }

    /// The message that answers the invocation with this id of a tool at the other end of a data connection.
    ///
    /// With a status of 4xx or 5xx the tool has failed, as in
    /// [`into_client_tool_result`](Self::into_client_tool_result).
    #[cfg(feature = "messages")]
    pub fn into_data_connection_tool_result(
        self,
        invocation_id: impl Into<String>,
    ) -> DataConnectionToolResult {
        result_message!(self, DataConnectionToolResult::new(invocation_id))
    }

    /// What went wrong, if the tool has failed.
    #[cfg(feature = "live")]
    pub(crate) fn failure(&self) -> Option<&str> {
        self.has_failed().then_some(&self.body)
    }

    /// Whether it ends the call.
    #[cfg(feature = "live")]
    pub(crate) fn hangs_up(&self) -> bool {
        !self.has_failed() && self.response_type == Some("hang-up")
    }

    /// Whether the tool has failed.
    #[cfg(feature = "messages")]
    fn has_failed(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }

    /// The response to send.
    pub fn into_http(self) -> Response<String> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let reaction = self.agent_reaction.map(AgentReaction::as_str);
        for (name, value) in [
            (CONTENT_TYPE, self.content_type),
            (
                RESPONSE_TYPE,
                self.response_type.map(HeaderValue::from_static),
            ),
            (AGENT_REACTION, reaction.map(HeaderValue::from_static)),
            (UPDATE_CALL_STATE, self.call_state),
        ] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The properties that the two messages share. A result has no error, and an error no result.
#[cfg(feature = "messages")]
macro_rules! result_message {
    ($response:expr, $message:expr) => {{
        let (response, mut message) = ($response, $message);
        if response.has_failed() {
            message = message
                .error_type(ToolErrorType::ImplementationError)
                .error_message(response.body);
        } else if !(response.body.is_empty() && response.response_type.is_some()) {
            message = message.result(response.body);
        }
        if let Some(response_type) = response.response_type {
            message = message.response_type(response_type);
        }
        if let Some(reaction) = response.agent_reaction {
            message = message.agent_reaction(reaction.as_str());
        }
        let state = response.call_state.as_ref().map(HeaderValue::as_bytes);
        // It was written as JSON by `update_call_state`.
        if let Some(state) = state.and_then(|state| serde_json::from_slice::<Value>(state).ok()) {
            message = message.update_call_state(state);
        }
        message
    }};
}
#[cfg(feature = "messages")]
use result_message;

impl From<ToolResponse> for Response<String> {
    fn from(response: ToolResponse) -> Self {
        response.into_http()
    }
}

/// A new stage of a call: what is not set stays the same.
///
/// The methods are the properties that can change with a stage according to `agents/call-stages`.
#[derive(Debug)]
#[must_use = "it does nothing until it is answered"]
pub struct NewStage {
    properties: Result<Map<String, Value>, serde_json::Error>,
}

impl NewStage {
    /// A stage in which nothing changes yet.
    pub fn new() -> Self {
        Self {
            properties: Ok(Map::new()),
        }
    }

    /// The instructions for the agent.
    pub fn system_prompt(self, system_prompt: impl Into<String>) -> Self {
        self.set("systemPrompt", &system_prompt.into())
    }

    /// How much the model's choice of words varies, from 0 to 1.
    pub fn temperature(self, temperature: f64) -> Self {
        self.set("temperature", &temperature)
    }

    /// The name or the id of the voice.
    pub fn voice(self, voice: impl Into<String>) -> Self {
        self.set("voice", &voice.into())
    }

    /// The language of the conversation, as a BCP 47 tag such as `en-GB`.
    pub fn language_hint(self, language_hint: impl Into<String>) -> Self {
        self.set("languageHint", &language_hint.into())
    }

    /// The conversation that the stage begins with, instead of the previous one:
    /// `ultravox::types::Message`s or JSON of their form.
    pub fn initial_messages(self, messages: impl IntoIterator<Item = impl Serialize>) -> Self {
        self.set_list("initialMessages", messages)
    }

    /// The tools of the stage, instead of the previous ones: `ultravox::types::SelectedTool`s or JSON
    /// of their form.
    pub fn selected_tools(self, tools: impl IntoIterator<Item = impl Serialize>) -> Self {
        self.set_list("selectedTools", tools)
    }

    /// A property that this version of the crate does not know, by its name in the API.
    pub fn property(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, &value.into())
    }

    fn set_list(self, name: &str, items: impl IntoIterator<Item = impl Serialize>) -> Self {
        let items = items.into_iter().map(serde_json::to_value);
        match items.collect::<Result<Vec<Value>, _>>() {
            Ok(items) => self.set(name, &items),
            Err(error) => self.failed(error),
        }
    }

    fn set(mut self, name: impl Into<String>, value: &impl Serialize) -> Self {
        match (&mut self.properties, serde_json::to_value(value)) {
            (Ok(properties), Ok(value)) => {
                properties.insert(name.into(), value);
                self
            }
            (Ok(_), Err(error)) => self.failed(error),
            // The first failure is returned.
            (Err(_), _) => self,
        }
    }

    fn failed(self, error: serde_json::Error) -> Self {
        Self {
            properties: self.properties.and(Err(error)),
        }
    }
}

/// As the body of a response. It fails if a value could not be written as JSON.
impl Serialize for NewStage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.properties {
            Ok(properties) => properties.serialize(serializer),
            Err(error) => Err(S::Error::custom(error)),
        }
    }
}

impl Default for NewStage {
    fn default() -> Self {
        Self::new()
    }
}

/// JSON that fits in a header: what is not printable ASCII, which is in strings only, is escaped.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
