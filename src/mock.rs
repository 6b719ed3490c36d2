//! Typed [`httpmock`] helpers for your own tests.
//!
//! [`MockServerExt`] gives a `MockServer` one method an operation, named as on the client:
//!
//! ```
//! use ultravox::mock::MockServerExt;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = httpmock::MockServer::start_async().await;
//! let config: ultravox::types::SipConfig = serde_json::from_value(serde_json::json!({
//!     "domain": "acme.sip.example",
//!     "allowedAgents": [],
//! }))?;
//! let mock = server.sip_retrieve(|_when, then| {
//!     then.ok(&config);
//! });
//!
//! let client = ultravox::Client::builder()
//!     .api_key("test.key")
//!     .base_url(server.base_url())
//!     .build()?;
//! assert_eq!(client.sip().config().await?, config);
//! mock.assert();
//! # Ok(())
//! # }
//! ```

#[allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    unused_imports,
    reason = "generated from the API's document"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mock.rs"));
}

pub use generated::{MockServerExt, operations};
