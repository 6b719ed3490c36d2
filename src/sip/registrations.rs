//! SIP registrations: the generated operations under the names that one looks for.

use crate::types::SipRegistration;
use crate::{Client, Error, builder};

/// The operations on SIP registrations. See [`Sip::registrations`](super::Sip::registrations).
#[derive(Clone, Copy, Debug)]
pub struct Registrations<'a> {
    client: &'a Client,
}

impl<'a> Registrations<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// All registrations, page by page or one by one.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
    /// let mut registrations = client.sip().registrations().list().stream();
    /// while let Some(registration) = registrations.try_next().await? {
    ///     println!("{} at {}", registration.username, registration.proxy);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self) -> builder::SipRegistrationsList<'a> {
        self.client.sip_registrations_list()
    }

    /// Registers at another SIP server.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client, password: String) -> Result<(), ultravox::Error> {
    /// let registration = client
    ///     .sip()
    ///     .registrations()
    ///     .create()
    ///     .body_map(|body| {
    ///         body.username("alice")
    ///             .password(password)
    ///             .proxy("sip.example.com")
    ///     })
    ///     .send()
    ///     .await?;
    /// println!("{}", registration.registration_id);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(ultravox_operation = "sip_registrations_create")]
    pub fn create(&self) -> builder::SipRegistrationsCreate<'a> {
        self.client.sip_registrations_create()
    }

    /// One registration.
    ///
    /// # Errors
    ///
    /// Any class of [`Error`]; see [`Error::is_not_found`].
    #[cfg(ultravox_operation = "sip_registrations_retrieve")]
    pub async fn get(&self, id: impl Into<String>) -> Result<SipRegistration, Error> {
        let request = self.client.sip_registrations_retrieve();
        let response = request.registration_id(id.into()).send().await?;
        Ok(response.into_inner())
    }

    /// Changes a registration. What is not set stays as it is.
    ///
    /// ```no_run
    /// # async fn example(client: ultravox::Client, id: &str) -> Result<(), ultravox::Error> {
    /// let registrations = client.sip().registrations();
    /// let update = registrations.update(id);
    /// update.body_map(|body| body.proxy("sip.example.org")).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(ultravox_operation = "sip_registrations_partial_update")]
    pub fn update(&self, id: impl Into<String>) -> builder::SipRegistrationsPartialUpdate<'a> {
        let request = self.client.sip_registrations_partial_update();
        request.registration_id(id.into())
    }

    /// Ends a registration.
    ///
    /// # Errors
    ///
    /// Any class of [`Error`]; see [`Error::is_not_found`].
    #[cfg(ultravox_operation = "sip_registrations_destroy")]
    pub async fn delete(&self, id: impl Into<String>) -> Result<(), Error> {
        let request = self.client.sip_registrations_destroy();
        request.registration_id(id.into()).send().await?;
        Ok(())
    }
}
