//! A program that depends on the packaged crate with `mock`, as the tests of a user's program do.

use httpmock::MockServer;
use ultravox::mock::MockServerExt;
use ultravox::types::SipConfig;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config: SipConfig = serde_json::from_value(serde_json::json!({
        "domain": "account.sip.example.com",
        "allowedAgents": [],
    }))?;
    let server = MockServer::start_async().await;
    server.sip_retrieve(|_when, then| {
        then.ok(&config);
    });
    let client = ultravox::mock::client(&server)?;
    println!("{}", client.sip().get().await?.domain);
    Ok(())
}
