//! A program that depends on the packaged crate without `mock`, and opens no connection.

use ultravox::types::SipConfig;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _client = ultravox::Client::builder().api_key("test.key").build()?;
    let config: SipConfig = serde_json::from_value(serde_json::json!({
        "domain": "account.sip.example.com",
        "allowedCidrRanges": ["192.0.2.0/24"],
        "allowedAgents": [{
            "agentId": "11111111-2222-4333-8444-555555555555",
            "toUserPattern": "^sales$",
        }],
    }))?;
    let source: std::net::IpAddr = "192.0.2.7".parse()?;
    match config.route(Some(source), "sales") {
        ultravox::Routing::Agent { agent_id, .. } => println!("routed to {agent_id}"),
        other => println!("{other:?}"),
    }
    Ok(())
}
