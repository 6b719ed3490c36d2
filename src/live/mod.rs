//! Live sessions: a program takes part in a call, over a WebSocket. It sends and hears audio, follows the
//! transcript, runs the tools of the agent, speaks for it, and hangs up.
//!
//! A call that a server takes part in has the medium `serverWebSocket`, with the sample rate of its audio:
//!
//! ```no_run
//! use serde::Deserialize;
//! use ultravox::live::{Event, Session, Tools};
//! use ultravox::tools::ToolResponse;
//! use ultravox::types::{CallMedium, CallMediumWebSocketMedium};
//!
//! #[derive(Deserialize)]
//! struct LookUp {
//!     order: u32,
//! }
//!
//! # async fn example(client: ultravox::Client, mut microphone: tokio::sync::mpsc::Receiver<Vec<u8>>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let medium = CallMediumWebSocketMedium::new().input_sample_rate(48_000);
//! let call = client.calls().create().medium(CallMedium::from(medium)).await?;
//!
//! let tools = Tools::new().tool("look_up", |LookUp { order }| async move {
//!     ToolResponse::text(format!("Order {order} is on its way."))
//! });
//! let (sender, mut events) = Session::builder().tools(tools).join(&call).await?.split();
//!
//! tokio::spawn(async move {
//!     while let Some(samples) = microphone.recv().await {
//!         sender.audio(samples).await?; // 16-bit little-endian, in pieces of any length
//!     }
//!     sender.hang_up().await
//! });
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Audio(samples) => println!("{} bytes to play", samples.len()),
//!         Event::Utterance(said) => println!("{}: {}", said.role, said.text),
//!         Event::Ended(end) => println!("{end}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | to | see |
//! |---|---|
//! | join a call | [`Session::join`], [`Session::connect`], [`SessionBuilder`] |
//! | send audio and messages | [`Sender`], which is a `Sink` as well |
//! | receive audio, messages and what was said | [`Events`], which is a `Stream` of [`Event`]s |
//! | interrupt | [`Sender::clear`]; audio of an agent that was interrupted is dropped by the session |
//! | run tools | [`Tools`] |
//! | follow what is being said | [`Transcript`] |
//! | know why a session ended | [`End`] |
//! | accept the data connection of a call | [`DataConnection`] |
//! | test without Ultravox | the module `mock::live`, with the feature `mock` |
//!
//! # Audio
//!
//! Ultravox expects a second of audio each second: more is dropped after a while, and less puts recordings out of
//! step. Where the sample rate is known, from the call or from [`SessionBuilder::input_sample_rate`], what is
//! written leaves in frames of 20 ms, each at its time, however fast it is written; the writer waits while the
//! buffer is full. [`Underrun::Silence`] fills what is missing.
//!
//! The agent's audio arrives at about its own speed with the default `clientBufferSizeMs` of 60. With a large one
//! it arrives early, and [`SessionBuilder::play_in_real_time`] hands it out at its times. When the agent is
//! interrupted, the server says `playback_clear_buffer`, and the session drops the audio that was not taken yet.
//! There are no devices and no codecs here.
//!
//! # A session that is lost
//!
//! Nothing is joined again by itself. The documentation describes no way to return to a call: it tells how long a
//! call waits to be joined (`joinTimeout`), and that a call may end with the reason `connection_error`. [`End`] tells
//! what happened; a new call is a new session.
//!
//! # Structure
//!
//! A step each: `session` has the settings and `handshake` opens the connection, `driver` is the task that reads and writes it, `wire` turns frames
//! into messages, `pace` and `transcript` are functions of what they are given, `tools` runs tools, `shared` is
//! what the halves of a session and its task have in common, `end` names how it ended.
//!
//! The facts are those of the pages `apps/websockets`, `apps/datamessages`, `apps/securing-data-connections`,
//! `tools/custom/*` and `agents/threads` of the documentation.

mod data_connection;
mod driver;
mod end;
mod error;
mod halves;
mod handshake;
mod latency;
mod pace;
mod session;
mod shared;
mod tools;
mod transcript;
mod wire;

pub use data_connection::{DataConnection, DataConnectionError};
pub use end::{Close, End, Loss, Violation};
pub use error::{ConnectError, InvalidMessage, SendError, ToolError, ToolFailure};
pub use halves::{Event, Events, Outgoing, Sender};
pub use pace::Underrun;
pub use session::{Join, Session, SessionBuilder};
pub use tools::{ToolOutput, Tools};
pub use transcript::{Transcript, Utterance};
