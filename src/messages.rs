//! The messages that Ultravox and a program exchange besides the operations of the API, as types: data
//! messages in both directions, the bodies of webhooks, and the responses of tools.
//!
//! A [`ClientMessage`] goes to Ultravox, a [`ServerMessage`] comes from it, as JSON over the connection of a
//! call or a data connection. Each is an enum with a variant for each message; messages and properties that
//! this version of the crate does not know are kept and written back unchanged.
//!
//! ```
//! use ultravox::messages::{ClientMessage, ServerMessage, Urgency, UserTextMessage};
//!
//! let message = serde_json::from_str(r#"{"type": "state", "state": "listening"}"#)?;
//! if let ServerMessage::State(state) = message {
//!     println!("the agent is {}", state.state);
//! }
//! let text = UserTextMessage::new("The parcel has arrived.").urgency(Urgency::Later);
//! assert_eq!(
//!     serde_json::to_string(&ClientMessage::from(text))?,
//!     r#"{"type":"user_text_message","text":"The parcel has arrived.","urgency":"later"}"#
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The types are generated from `openapi/messages.yaml`, which names the page of each. They have `new`, which
//! takes the required fields, and a method for each other field, like those of [`types`](crate::types).

use crate::enums::open_enum;
use crate::limits::limits;
use crate::setters::{maybe, setter, taken, takes};
use crate::types::{object, wrapper};
use crate::unions::tagged_union;

pub use crate::generated_messages::types::*;

include!(concat!(env!("OUT_DIR"), "/messages/types.rs"));

/// A message that the request does not accept does not compile.
///
/// ```compile_fail,E0277
/// # async fn example(client: ultravox::Client, call_id: uuid::Uuid) {
/// client.calls().send_data_message(call_id, ultravox::messages::Ping::new(1.0)).await;
/// # }
/// ```
#[cfg(all(doctest, ultravox_operation = "send_data_message_to_call"))]
struct OnlyThree;
