//! SIP: the account's configuration, and where an incoming call would go.

mod routing;

pub use routing::{Rejection, Routing, Rule, Source, UnreadablePattern, UnreadableTo};

use crate::types::SipConfig;
use crate::{Client, Error};

/// The SIP operations of a client. See [`Client::sip`].
#[derive(Clone, Copy, Debug)]
pub struct Sip<'a> {
    client: &'a Client,
}

impl Client {
    /// The SIP operations.
    pub fn sip(&self) -> Sip<'_> {
        Sip { client: self }
    }
}

impl Sip<'_> {
    /// The account's SIP configuration: its domain, from which addresses calls come in, and which
    /// agents they reach.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
    /// let config = client.sip().config().await?;
    /// println!("INVITE sip:agent_…@{}", config.domain);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any class of [`Error`].
    ///
    /// Upstream: <https://docs.ultravox.ai/api-reference/sip/sip-get>
    pub async fn config(&self) -> Result<SipConfig, Error> {
        let response = self.client.sip_retrieve().send().await?;
        Ok(response.into_inner())
    }
}
