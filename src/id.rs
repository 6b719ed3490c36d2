//! Ids in paths.

use uuid::Uuid;

/// The id of a resource: a [`Uuid`], or text that parses as one.
///
/// Invalid text is reported when the call is sent, as [`Error::InvalidRequest`](crate::Error):
///
#[cfg_attr(ultravox_operation = "agents_retrieve", doc = "```")]
#[cfg_attr(not(ultravox_operation = "agents_retrieve"), doc = "```ignore")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ultravox::Error> {
/// # let client = ultravox::Client::new("test.key")?;
/// let error = client.agents().get("front desk").await.unwrap_err();
/// assert_eq!(
///     format!("{error:?}"),
///     "agents_retrieve: the request is not valid and was not sent: `agent_id` is not a UUID: \"front desk\""
/// );
/// # Ok(())
/// # }
/// ```
pub trait IntoId {
    #[doc(hidden)]
    fn into_id(self) -> Id;
}

/// An id, or the invalid text.
pub type Id = Result<Uuid, String>;

impl IntoId for Uuid {
    fn into_id(self) -> Id {
        Ok(self)
    }
}

impl IntoId for &Uuid {
    fn into_id(self) -> Id {
        Ok(*self)
    }
}

impl IntoId for &str {
    fn into_id(self) -> Id {
        Uuid::parse_str(self).map_err(|_| self.to_owned())
    }
}

impl IntoId for String {
    fn into_id(self) -> Id {
        self.as_str().into_id()
    }
}

impl IntoId for &String {
    fn into_id(self) -> Id {
        self.as_str().into_id()
    }
}
