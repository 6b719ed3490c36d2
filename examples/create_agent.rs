//! Creates an agent that takes calls for a shop: tools of all kinds, what it says in silence, when it
//! listens, and a data connection.
//!
//! `cargo run --example create_agent` asks an embedded server; with `ULTRAVOX_API_KEY` set, the API.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Duration;

use serde_json::json;
use ultravox::mock::{self, MockServerExt};
use ultravox::types::*;

#[tokio::main]
async fn main() -> Result<(), ultravox::Error> {
    let server = httpmock::MockServer::start_async().await;
    server.agents_create(|_when, then| drop(then.created(&mock::sample())));
    let client = match std::env::var_os("ULTRAVOX_API_KEY") {
        Some(_) => ultravox::Client::from_env()?,
        None => mock::client(&server)?,
    };

    let text = json!({"type": "string"});
    let order = BaseHttpToolDetails::request("GET", "https://shop.example/orders/{order}");
    let find_order = BaseToolDefinition::for_http("findOrder", order)
        .description("Looks up an order by its number.")
        .dynamic_parameters([
            DynamicParameter::in_path("order", text.clone()).required(true),
            DynamicParameter::in_query("customer", text.clone()),
        ])
        .automatic_parameters([AutomaticParameter::in_header(
            "call",
            AutomaticParameterKnownValue::CallId,
        )]);
    let tickets = BaseHttpToolDetails::request("POST", "https://shop.example/tickets");
    let open_ticket = BaseToolDefinition::for_http("openTicket", tickets)
        .description("Notes what the caller wants.")
        .dynamic_parameters([DynamicParameter::in_body("text", text)])
        .static_parameters([StaticParameter::in_body("queue", "phone")])
        .timeout(Duration::from_secs(5));
    let show_map = BaseToolDefinition::for_client("showMap").description("Shows the way.");

    let template = CallTemplate::new()
        .system_prompt("You answer the phone of Harbor Lights, a shop for lamps.")
        .voice("Mark")
        .first_speaker_settings(FirstSpeakerSettings::agent())
        .selected_tools([
            SelectedTool::temporary(find_order),
            SelectedTool::temporary(open_ticket),
            SelectedTool::temporary(show_map),
            SelectedTool::named("queryCorpus")
                .parameter_overrides([("corpus_id", json!("4b0c…")), ("max_results", json!(5))]),
            SelectedTool::named("hangUp"),
            SelectedTool::named("coldTransfer")
                .parameter_overrides([("target", "sip:desk@shop.example")]),
        ])
        .inactivity_messages([
            TimedMessage::after(Duration::from_secs(20), "Are you still there?"),
            TimedMessage::after(Duration::from_secs(10), "Goodbye.")
                .end_behavior(TimedMessageEndBehavior::HangUpSoft),
        ])
        .vad_settings(VadSettings::new().turn_endpoint_delay(Duration::from_millis(384)))
        .data_connection(DataConnectionConfig::new().websocket_url("wss://shop.example/calls"));

    let create = client.agents().create().name("front desk");
    let agent = create.call_template(template).await?;
    println!("created the agent {}", agent.agent_id);
    Ok(())
}
