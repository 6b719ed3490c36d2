//! What a webhook contains, once it is known to come from Ultravox.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::enums::open_enum;
use crate::redact::decode_failure;

open_enum! {
    /// What happened: the kinds on the page `webhooks/available-webhooks`.
    EventKind {
        CallStarted = "call.started",
        CallJoined = "call.joined",
        CallEnded = "call.ended",
        CallBilled = "call.billed",
    }
}

/// An event that Ultravox reports. An event of a kind that this version of the crate does not know is
/// kept like any other, with its body.
#[derive(Clone)]
pub struct Event<'a> {
    kind: EventKind,
    call_id: Option<Cow<'a, str>>,
    body: &'a [u8],
}

impl<'a> Event<'a> {
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, EventError> {
        #[derive(Deserialize)]
        struct Named {
            event: EventKind,
        }
        #[derive(Deserialize)]
        struct Known<'a> {
            #[serde(borrow)]
            call: Identified<'a>,
        }
        #[derive(Deserialize)]
        struct Identified<'a> {
            #[serde(rename = "callId", borrow)]
            call_id: Cow<'a, str>,
        }
        let Named { event: kind } = read(body)?;
        // A kind of event that is added later may not be about a call.
        let known = serde_json::from_slice::<Known<'a>>(body).ok();
        Ok(Self {
            kind,
            call_id: known.map(|known| known.call.call_id),
            body,
        })
    }

    /// What happened.
    pub fn kind(&self) -> &EventKind {
        &self.kind
    }

    /// The id of the call: together with the [kind](Self::kind), it identifies an event that was sent
    /// twice.
    pub fn call_id(&self) -> Option<&str> {
        self.call_id.as_deref()
    }

    /// The call as it was when this happened.
    ///
    /// `C` is `ultravox::types::Call` if the client is compiled with an area that has it, such as
    /// `calls`; a type of your own with the fields that you need; or [`serde_json::Value`].
    pub fn call<C: DeserializeOwned>(&self) -> Result<C, EventError> {
        #[derive(Deserialize)]
        struct Of<C> {
            call: C,
        }
        read::<Of<C>>(self.body).map(|of| of.call)
    }

    /// The whole body, as it was received.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// Without the call, which contains the URL to join it with.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}

/// The body of a verified webhook does not decode. It shows no string value of the body.
#[derive(Debug, thiserror::Error)]
#[error("the webhook is from Ultravox, but its body does not decode: {reason}")]
pub struct EventError {
    reason: String,
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, EventError> {
    serde_json::from_slice(body).map_err(|error| EventError {
        reason: decode_failure(&error),
    })
}
