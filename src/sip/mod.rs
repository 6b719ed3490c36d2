//! SIP: the account's configuration, and where an incoming call would go.

#[cfg(ultravox_operation = "sip_registrations_list")]
mod registrations;
mod routing;

#[cfg(ultravox_operation = "sip_registrations_list")]
pub use registrations::Registrations;

pub use routing::{Rejection, Routing, Rule, Source, UnreadablePattern, UnreadableTo};

#[cfg(ultravox_operation = "sip_partial_update")]
use crate::builder;
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

impl<'a> Sip<'a> {
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

    /// Changes the SIP configuration. What is not set stays as it is; a list that is set takes the
    /// place of the old one, an empty one as well.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client, office: ipnet::Ipv4Net) -> Result<(), ultravox::Error> {
    /// let config = client
    ///     .sip()
    ///     .update()
    ///     .body_map(|body| body.allowed_cidr_ranges(vec![office]))
    ///     .send()
    ///     .await?;
    /// println!("{:?}", config.allowed_cidr_ranges);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(ultravox_operation = "sip_partial_update")]
    pub fn update(&self) -> builder::SipPartialUpdate<'a> {
        self.client.sip_partial_update()
    }

    /// The SIP registrations: the accounts at other servers through which calls come in.
    #[cfg(ultravox_operation = "sip_registrations_list")]
    pub fn registrations(&self) -> Registrations<'a> {
        Registrations::new(self.client)
    }
}
