//! From the frames of a WebSocket to what they say. Binary frames are audio, text frames are messages.

use bytes::Bytes;

use super::error::InvalidMessage;
use crate::messages::ServerMessage;
use crate::redact::{decode_failure, excerpt, outline};

/// Reads a text frame.
pub(super) fn message(text: &str) -> Result<ServerMessage, InvalidMessage> {
    serde_json::from_str(text).map_err(|error| {
        let reason = decode_failure(&error);
        // The structure of what is no JSON would end at the error.
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Err(_) => InvalidMessage::Json { reason },
            Ok(_) => InvalidMessage::Message {
                reason,
                outline: excerpt(&outline(text.as_bytes())),
            },
        }
    })
}

/// The whole samples of a binary frame, and whether there was half of one after them. It is dropped: what
/// follows would be noise if it were kept.
pub(super) fn audio(mut frame: Bytes) -> (Bytes, Result<(), InvalidMessage>) {
    let length = frame.len();
    match length % 2 {
        0 => (frame, Ok(())),
        _ => {
            frame.truncate(length - 1);
            (frame, Err(InvalidMessage::Audio { length }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_by_its_type_and_an_unknown_one_is_kept() {
        let state = message(r#"{"type": "state", "state": "listening"}"#).unwrap();
        assert!(matches!(state, ServerMessage::State(_)), "{state:?}");
        for text in [r#"{"sun":true,"type":"weather"}"#, "{}", r#"{"type":7}"#] {
            let unknown = message(text).unwrap();
            assert!(matches!(unknown, ServerMessage::Unknown(_)), "{unknown:?}");
            assert_eq!(serde_json::to_string(&unknown).unwrap(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_shows_no_value() {
        for text in [
            "",
            "UklGRg==",
            "{\"type\": \"state\"",
            "nul",
            "{\"secret\": \"hunter2\",",
        ] {
            let error = message(text).unwrap_err();
            assert!(matches!(error, InvalidMessage::Json { .. }), "{error:?}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for text in [
            "7",
            "\"hunter2\"",
            "[]",
            r#"{"type": "state"}"#,
            r#"{"type": "transcript", "role": "agent", "final": "hunter2", "ordinal": 1}"#,
        ] {
            let error = message(text).unwrap_err();
            assert!(
                matches!(error, InvalidMessage::Message { .. }),
                "{text}: {error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn half_a_sample_is_dropped_and_told() {
        let frame = Bytes::from_static(&[1, 2, 3]);
        let (audio, told) = audio(frame);
        assert_eq!(audio, [1_u8, 2][..]);
        assert_eq!(told, Err(InvalidMessage::Audio { length: 3 }));
    }
}
