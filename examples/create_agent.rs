//! Creates an agent that takes calls for a shop: tools of all kinds, what it says in silence, when it
//! listens, and a data connection.
//!
//! `cargo run --example create_agent` asks an embedded server; with `ULTRAVOX_API_KEY` set, the API.

use std::time::Duration;

use serde_json::json;
use ultravox::mock::MockServerExt;
use ultravox::types::*;

#[tokio::main]
async fn main() -> Result<(), ultravox::Error> {
    let server = httpmock::MockServer::start_async().await;
    server.agents_create(|_when, then| {
        then.created(&ultravox::mock::sample());
    });
    let client = match ultravox::Client::from_env() {
        Ok(client) => client,
        Err(_) => {
            let builder = ultravox::Client::builder().api_key("example.key");
            builder.base_url(server.base_url()).build()?
        }
    };

    let get = BaseHttpToolDetails::new().http_method("GET");
    let find_order =
        BaseToolDefinition::for_http(get.base_url_pattern("https://shop.example/orders/{order}"))
            .model_tool_name("findOrder")
            .description("Looks up an order by its number.")
            .dynamic_parameters([
                DynamicParameter::new()
                    .name("order")
                    .location(ParameterLocation::Path)
                    .schema(json!({"type": "string"}))
                    .required(true),
                DynamicParameter::new()
                    .name("lines")
                    .location(ParameterLocation::Query)
                    .schema(json!({"type": "boolean"})),
            ])
            .automatic_parameters([AutomaticParameter::new()
                .name("call")
                .location(ParameterLocation::Header)
                .known_value(AutomaticParameterKnownValue::CallId)]);
    let post = BaseHttpToolDetails::new().http_method("POST");
    let open_ticket =
        BaseToolDefinition::for_http(post.base_url_pattern("https://shop.example/tickets"))
            .model_tool_name("openTicket")
            .description("Notes what the caller wants.")
            .dynamic_parameters([DynamicParameter::new()
                .name("text")
                .location(ParameterLocation::Body)
                .schema(json!({"type": "string"}))
                .required(true)])
            .static_parameters([StaticParameter::new()
                .name("queue")
                .location(ParameterLocation::Body)
                .value("phone")])
            .timeout(Duration::from_secs(5));
    let show_map = BaseToolDefinition::for_client()
        .model_tool_name("showMap")
        .description("Shows the way.");

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
            TimedMessage::new()
                .duration(Duration::from_secs(20))
                .message("Are you still there?"),
            TimedMessage::new()
                .duration(Duration::from_secs(10))
                .message("Goodbye.")
                .end_behavior(TimedMessageEndBehavior::HangUpSoft),
        ])
        .vad_settings(VadSettings::new().turn_endpoint_delay(Duration::from_millis(384)))
        .data_connection(DataConnectionConfig::new().websocket_url("wss://shop.example/calls"));

    let agent = client
        .agents()
        .create()
        .name("front desk")
        .call_template(template)
        .await?;
    println!("{} {}", agent.agent_id, agent.name.unwrap_or_default());
    Ok(())
}
