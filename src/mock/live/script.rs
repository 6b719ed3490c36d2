//! What a server does in a session, step by step.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::player::Player;
use super::{InMemory, Received, config};
use crate::messages::{CallStarted, ClientMessage, ServerMessage};

/// What the server does in a session, step by step. Meanwhile it reads what it is sent.
#[derive(Clone, Default)]
#[must_use = "it does nothing until it is played"]
pub struct Script {
    pub(super) steps: Vec<Step>,
}

#[derive(Clone)]
pub(super) enum Step {
    Send(Message),
    /// Bytes on the connection, which need not be frames.
    Raw(Bytes),
    RealTime {
        audio: Bytes,
        hz: u32,
    },
    Pause(Duration),
    Echo(Duration),
    Wait(Awaited),
    StopReading(Duration),
    Close(u16, String),
    Drop,
    Reset,
}

pub(super) type Predicate = Arc<dyn Fn(&ClientMessage) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) enum Awaited {
    Message(Predicate),
    Audio(usize),
}

impl Script {
    /// A script without a step: the server waits for the client to leave.
    pub fn new() -> Self {
        Self::default()
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Sends `call_started`, with the id of no call.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().call_started();
    /// ```
    pub fn call_started(self) -> Self {
        self.message(CallStarted::new(uuid::Uuid::nil()))
    }

    /// Sends a message.
    ///
    /// ```
    /// use ultravox::messages::State;
    ///
    /// let script = ultravox::mock::live::Script::new().message(State::new("listening"));
    /// ```
    pub fn message(self, message: impl Into<ServerMessage>) -> Self {
        let json = serde_json::to_value(message.into()).unwrap_or_default();
        self.text(json.to_string())
    }

    /// Calls a client tool. The result is among [`Received::messages`].
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_tool("look_up", "1", json!({"order": 7}));
    /// ```
    pub fn call_tool(self, name: &str, invocation_id: &str, parameters: Value) -> Self {
        self.invocation("client_tool_invocation", name, invocation_id, parameters)
    }

    /// Calls a tool of a data connection.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_data_connection_tool("pay", "1", json!({}));
    /// ```
    pub fn call_data_connection_tool(
        self,
        name: &str,
        invocation_id: &str,
        parameters: Value,
    ) -> Self {
        self.invocation(
            "data_connection_tool_invocation",
            name,
            invocation_id,
            parameters,
        )
    }

    fn invocation(self, tag: &str, name: &str, invocation_id: &str, parameters: Value) -> Self {
        let message = serde_json::json!({
            "type": tag,
            "toolName": name,
            "invocationId": invocation_id,
            "parameters": parameters,
        });
        self.text(message.to_string())
    }

    /// Sends a text frame, whatever is in it.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().text("this is no JSON");
    /// ```
    pub fn text(self, text: impl Into<String>) -> Self {
        self.step(Step::Send(Message::text(text.into())))
    }

    /// Sends a binary frame of audio.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().audio(vec![0; 1920]);
    /// ```
    pub fn audio(self, audio: impl Into<Bytes>) -> Self {
        self.step(Step::Send(Message::Binary(audio.into())))
    }

    /// Sends audio of this sample rate and one channel in frames of 20 ms, each at its time.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().audio_in_real_time(vec![0; 96_000], 48_000);
    /// ```
    pub fn audio_in_real_time(self, audio: impl Into<Bytes>, hz: u32) -> Self {
        let audio = audio.into();
        self.step(Step::RealTime { audio, hz })
    }

    /// Sends back the audio that arrives, for this long.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().echo(std::time::Duration::from_secs(1));
    /// ```
    pub fn echo(self, length: Duration) -> Self {
        self.step(Step::Echo(length))
    }

    /// Does nothing for this long.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().pause(std::time::Duration::from_secs(1));
    /// ```
    pub fn pause(self, length: Duration) -> Self {
        self.step(Step::Pause(length))
    }

    /// Waits for a message, among those that no step before has waited for. The script ends if it does not come
    /// within 30 s.
    ///
    /// ```
    /// use ultravox::messages::ClientMessage;
    ///
    /// let script = ultravox::mock::live::Script::new()
    ///     .wait_for(|message| matches!(message, ClientMessage::HangUp(_)))
    ///     .close(1000, "");
    /// ```
    pub fn wait_for(self, is_it: impl Fn(&ClientMessage) -> bool + Send + Sync + 'static) -> Self {
        self.step(Step::Wait(Awaited::Message(Arc::new(is_it))))
    }

    /// Waits for a `user_text_message`.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_text();
    /// ```
    pub fn wait_for_text(self) -> Self {
        self.wait_for(|message| matches!(message, ClientMessage::UserTextMessage(_)))
    }

    /// Waits for a `hang_up`.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_hang_up().close(1000, "");
    /// ```
    pub fn wait_for_hang_up(self) -> Self {
        self.wait_for(|message| matches!(message, ClientMessage::HangUp(_)))
    }

    /// Waits for the result of a tool.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let script = ultravox::mock::live::Script::new().call_tool("look_up", "1", json!({})).wait_for_result();
    /// ```
    pub fn wait_for_result(self) -> Self {
        self.wait_for(|message| {
            matches!(
                message,
                ClientMessage::ClientToolResult(_) | ClientMessage::DataConnectionToolResult(_)
            )
        })
    }

    /// Waits until this many bytes of audio have arrived in all.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().wait_for_audio(96_000);
    /// ```
    pub fn wait_for_audio(self, bytes: usize) -> Self {
        self.step(Step::Wait(Awaited::Audio(bytes)))
    }

    /// Closes the connection. 1000 is a normal end.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().close(1011, "something went wrong");
    /// ```
    pub fn close(self, code: u16, reason: impl Into<String>) -> Self {
        self.step(Step::Close(code, reason.into()))
    }

    /// A fault: bytes that need not be frames of a WebSocket.
    ///
    /// ```
    /// // The beginning of a text frame of 126 bytes, and no more of it.
    /// let script = ultravox::mock::live::Script::new().raw(vec![0x81, 126, 0, 126, b'{']).cut();
    /// ```
    pub fn raw(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Raw(bytes.into()))
    }

    /// A fault: neither reads nor writes for this long, with the connection open.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().go_silent(std::time::Duration::from_secs(60));
    /// ```
    pub fn go_silent(self, length: Duration) -> Self {
        self.step(Step::StopReading(length))
    }

    /// A fault: ends the connection without closing it.
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().cut();
    /// ```
    pub fn cut(self) -> Self {
        self.step(Step::Drop)
    }

    /// A fault: resets the connection. In memory it is the same as [`cut`](Self::cut).
    ///
    /// ```
    /// let script = ultravox::mock::live::Script::new().reset();
    /// ```
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Plays the script over a connection in memory: the other end of it is for
    /// [`SessionBuilder::over`](crate::live::SessionBuilder::over), and ends with what is returned beside it.
    ///
    /// ```
    /// use ultravox::live::{Event, Session};
    /// use ultravox::mock::live::Script;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (connection, server) = Script::new().audio(vec![0; 320]).close(1000, "").in_memory();
    /// let (_sender, mut events) = Session::builder().over(connection).await.split();
    /// assert_eq!(events.next().await, Some(Event::Audio(vec![0; 320].into())));
    /// # drop(server);
    /// # }
    /// ```
    pub fn in_memory(self) -> (DuplexStream, InMemory) {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let received = Received::default();
        let record = received.clone();
        let task = tokio::spawn(async move {
            let socket = WebSocketStream::from_raw_socket(server, Role::Server, config()).await;
            Player::new(socket, record).play(&self).await;
        });
        (client, InMemory { received, task })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("steps", &self.steps.len())
            .finish()
    }
}
