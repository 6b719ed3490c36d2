//! SIP: where an incoming call would go, decided from the account's configuration without asking anybody.
//!
//! The operations are `client.sip()`.

mod routing;

pub use routing::{Rejection, Routing, Rule, Source, UnreadablePattern, UnreadableTo};
