//! SIP: which agent takes an incoming call, decided offline from the account's configuration.
//!
//! The operations are in `client.sip()`.

mod routing;

pub use routing::{Rejection, Routing, Rule, Source, UnreadablePattern, UnreadableTo};
