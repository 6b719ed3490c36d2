//! What operations become.

use crate::support::*;

#[test]
fn a_server_without_a_host_is_refused_and_variables_have_their_defaults() {
    let server = "https://api.ultravox.ai";
    assert_refused(&changed(server, "/v1"), "servers.0.url", "absolute URL");
    assert_refused(
        &changed(server, "'https://{host}'"),
        "servers.0.url",
        "absolute URL",
    );
    let variable = "'https://{host}/v1'\n    variables: {host: {default: api.example.com}}";
    let client = client_of(&changed(server, variable));
    assert!(client.contains("\"https://api.example.com/v1\""));
}

#[test]
fn an_extension_beside_the_paths_is_no_path() {
    let extended = client_of(&changed("paths:\n", "paths:\n  x-note: {get: {a: 1}}\n"));
    assert_eq!(extended, client_of(SMALL));
    let line = refusal(Some(&changed("  /api/sip:", "  api/sip:")));
    assert!(line.contains("does not start with a slash"), "{line}");
}

#[test]
fn successes_of_different_kinds_are_bytes_and_documented_errors_are_documentation() {
    let document = changed(
        "      responses:\n",
        "      responses:
        '202': {description: Audio., content: {audio/wav: {}}}
        '400': {description: Bad., content: {application/json: {schema: {type: string}}}}
        '404': {description: Gone., content: {text/plain: {}}}
",
    );
    let client = client_of(&document);
    assert!(client.contains("ResponseValue<ByteStream>"), "{client}");
    assert!(client.contains("- 400: Bad"), "{client}");
}

#[test]
fn where_a_documented_redirect_leads_can_be_asked_for() {
    let document = changed(
        "      responses:\n",
        "      responses:\n        '302': {description: Elsewhere.}\n",
    );
    assert!(client_of(&document).contains("location { location }"));
}
