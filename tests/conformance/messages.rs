//! Values of every schema of `openapi/messages.yaml` are decoded into their types and encoded
//! again.

use serde_json::Value;
use ultravox::mock::Sample;

use crate::Row;
use crate::client::{Sampled, Types, decode, encode};
use crate::document::Document;
use crate::json_schema::Validators;
use crate::schemas;

macro_rules! tables {
    (
        operations {}
        schemas { $($schema:literal $received:ty, $sent:ty;)* }
        samples { $($sampled:ident;)* }
    ) => {
        fn types() -> Vec<Types> {
            vec![$(Types {
                schema: $schema,
                received: |value| encode(&decode::<$received>(value)?),
                sent: |value| encode(&decode::<$sent>(value)?),
            }),*]
        }

        pub fn samples() -> Vec<Sampled> {
            vec![$(Sampled {
                name: concat!("messages::", stringify!($sampled)),
                json: <ultravox::messages::$sampled as Sample>::JSON,
                encoded: || encode(&ultravox::mock::sample::<ultravox::messages::$sampled>()),
            }),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/messages/conformance.rs"));

/// The document with the schemas of the API's document that it refers to. A schema without a type is one
/// of these, or needs one that the API under test does not have.
pub fn check() -> Vec<Row> {
    let text = include_str!(concat!(env!("OUT_DIR"), "/messages/document.json"));
    let root: Value = serde_json::from_str(text).unwrap();
    let document = Document { root };
    let mut validators = Validators::new(&document);
    schemas::check_received(&document, &mut validators, &types())
}
