use ultravox::{ApiKey, ByteStream, Client, ClientBuilder, Error, ResponseValue};

use crate::support::*;

fn is_shareable<T: Send + Sync + 'static>() {}
fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn what_users_hold_can_cross_threads() {
    fn is_clone<T: Clone>() {}
    fn is_error<T: std::error::Error>() {}
    is_clone::<Client>();
    is_error::<Error>();
    is_shareable::<Client>();
    is_shareable::<Error>();
    is_shareable::<ApiKey>();
    is_shareable::<ByteStream>();
    is_shareable::<ResponseValue<ultravox::types::SipConfig>>();
    is_send::<Option<ClientBuilder>>(None);
}

#[tokio::test]
async fn calls_can_be_spawned_and_clones_share_connections() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = client(&server.url);
    let clone = client.clone();
    let facade = tokio::spawn(is_send(async move { clone.sip().config().await }));
    facade.await.unwrap().unwrap();
    is_send(client.sip_retrieve().send()).await.unwrap();
}

#[test]
fn the_question_mark_takes_every_error_of_the_crate_in() {
    fn key() -> Result<(), Error> {
        Client::new("")?;
        Ok(())
    }
    fn value() -> Result<ultravox::types::SipConfig, Error> {
        Ok(ultravox::types::SipConfig::builder()
            .domain("d")
            .try_into()?)
    }
    fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(key()?)
    }
    assert!(matches!(key(), Err(Error::Config(_))));
    assert!(boxed().is_err());
    let error = value().unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
    assert!(error.to_string().contains("allowed_agents"), "{error}");
}
