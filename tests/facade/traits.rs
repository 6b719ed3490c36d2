use std::future::IntoFuture;

use ultravox::{ApiKey, ByteStream, Client, ClientBuilder, Error, ResponseValue};

use crate::support::*;

fn is_shareable<T: Send + Sync + 'static>() {}

#[test]
fn what_users_hold_can_cross_threads() {
    fn is_clone<T: Clone>() {}
    fn is_error<T: std::error::Error>() {}
    fn is_send<T: Send + 'static>() {}
    is_clone::<Client>();
    is_error::<Error>();
    is_shareable::<Client>();
    is_shareable::<Error>();
    is_shareable::<ApiKey>();
    is_shareable::<ByteStream>();
    is_shareable::<ResponseValue<ultravox::types::SipConfig>>();
    is_shareable::<ultravox::operations::SipRetrieve>();
    is_send::<ClientBuilder>();
    is_send::<ultravox::Request>();
}

#[tokio::test]
async fn calls_can_be_spawned_and_clones_share_connections() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = client(&server.url);
    let clone = client.clone();
    let facade = tokio::spawn(async move { clone.sip().get().await });
    facade.await.unwrap().unwrap();
    // A call holds what it needs of its client.
    tokio::spawn(client.sip().get().into_future())
        .await
        .unwrap()
        .unwrap();
    tokio::spawn(client.sip().get().send())
        .await
        .unwrap()
        .unwrap();
    drop(client);
    assert_eq!(server.hits(), 3);
}

#[test]
fn the_future_of_a_call_is_as_small_as_a_few_pointers() {
    // The code behind it is compiled in the crate. Inside the future, it would be compiled again in
    // each operation and each program.
    let client = client("http://127.0.0.1:9");
    let reads = size_of_val(&client.sip().get().send());
    let sends = size_of_val(&client.agents().create().name("front desk").send());
    assert_eq!(reads, sends);
    assert!(reads <= 128, "{reads} bytes");
}

#[test]
fn the_question_mark_converts_every_error_of_the_crate() {
    fn key() -> Result<(), Error> {
        Client::new("")?;
        Ok(())
    }
    fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(key()?)
    }
    assert!(matches!(key(), Err(Error::Config(_))));
    assert!(boxed().is_err());
}
