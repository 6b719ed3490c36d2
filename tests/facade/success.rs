use serde_json::json;
use ultravox::mock::MockServerExt;
use ultravox::types::SipConfig;

use crate::support::*;

fn sample() -> SipConfig {
    serde_json::from_value(json!({
        "domain": "acme.sip.example",
        "allowedCidrRanges": ["192.0.2.0/24"],
        "allowAllAgents": true,
        "allowedAgents": [{"agentId": "6f0c2a1e-0000-4000-8000-000000000001", "toUserPattern": "^sales$"}],
    }))
    .unwrap()
}

#[tokio::test]
async fn a_call_gives_the_value_with_its_status_and_headers() {
    let server = httpmock::MockServer::start_async().await;
    let mock = server.sip_retrieve(|when, then| {
        when.into_inner().header("x-api-key", KEY);
        then.ok(&sample()).into_inner().header("x-region", "one");
    });
    let client = client(server.base_url());
    let response = client.sip().get().send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-region"], "one");
    assert_eq!(response.domain, "acme.sip.example");
    assert_eq!(response.into_inner(), sample());
    assert_eq!(client.sip().get().await.unwrap(), sample());
    mock.assert_calls(2);
}

#[tokio::test]
async fn a_request_carries_the_key_once_and_nothing_that_is_not_asked_for() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    client(&server.url).sip().get().await.unwrap();
    let requests = server.requests();
    let [request] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert!(
        request.starts_with("GET /api/sip HTTP/1.1\r\n"),
        "{request}"
    );
    assert_eq!(header(request, "x-api-key"), [KEY]);
    assert_eq!(header(request, "accept"), ["application/json"]);
    let agent = concat!("ultravox-rust/", env!("CARGO_PKG_VERSION"));
    assert_eq!(header(request, "user-agent"), [agent]);
    for absent in ["api-version", "authorization", "content-length", "cookie"] {
        assert!(header(request, absent).is_empty(), "{request}");
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path_and_a_user_agent_may_be_ones_own() {
    let server = Server::start([http("200 OK", &[], EMPTY_CONFIG)]).await;
    let client = builder(format!("{}/proxy/", server.url)).user_agent("mine/1");
    client.build().unwrap().sip().get().await.unwrap();
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /proxy/api/sip "), "{request}");
    assert_eq!(header(request, "user-agent"), ["mine/1"]);
}

#[tokio::test]
async fn a_response_is_read_liberally() {
    let body = json!({
        "domain": "acme.sip.example",
        "fallbackHandler": {"kind": "of tomorrow"},
        "allowedAgents": [
            {"agentId": "6f0c2a1e-0000-4000-8000-000000000001", "toUserPattern": "x".repeat(300), "weight": 1},
            {"agentId": "6f0c2a1e-0000-4000-8000-000000000002", "toUserPattern": null},
            {"agentId": "6f0c2a1e-0000-4000-8000-000000000003"},
        ],
    });
    let server = Server::start([http("200 OK", &[], &body.to_string())]).await;
    let config = client(&server.url).sip().get().await.unwrap();
    let patterns: Vec<_> = config
        .allowed_agents
        .iter()
        .map(|agent| agent.to_user_pattern.as_ref().map(String::len))
        .collect();
    assert_eq!(patterns, [Some(300), None, None]);
    assert_eq!(config.allow_all_agents, None);
    assert_eq!(config.allowed_cidr_ranges, None);
}
