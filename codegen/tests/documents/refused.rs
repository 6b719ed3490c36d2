//! Documents that nothing is generated from, with the error.

use crate::support::*;

#[test]
fn what_is_not_yaml_is_refused_with_line_and_column() {
    let line = refusal(Some("openapi: 3.0.3\ninfo: [1, 2\n"));
    assert!(line.starts_with("not YAML: "), "{line}");
    assert!(
        line.contains("line ") && line.contains(" column "),
        "{line}"
    );
}

#[test]
fn what_is_no_mapping_is_no_openapi_document() {
    for document in ["", "- openapi\n", "just text\n"] {
        let line = refusal(Some(document));
        assert!(line.starts_with("not an OpenAPI document"), "{line}");
    }
}

#[test]
fn a_document_without_a_version_is_refused() {
    let line = refusal(Some(&changed("openapi: 3.0.3\n", "")));
    assert!(line.contains("`openapi` is missing"), "{line}");
}

#[test]
fn another_version_of_openapi_is_refused() {
    let document = changed("openapi: 3.0.3", "openapi: 3.2.0");
    assert_refused(&document, "openapi", "3.2.0 is not supported");
}

#[test]
fn a_duplicate_key_is_refused_with_its_location() {
    let document = changed("openapi: 3.0.3\n", "openapi: 3.0.3\nopenapi: 3.0.3\n");
    let line = refusal(Some(&document));
    assert!(
        line.contains("duplicate") && line.contains("openapi"),
        "{line}"
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_refused() {
    let document = changed(
        "'#/components/schemas/SipConfig'",
        "'#/components/schemas/Nope'",
    );
    assert_refused(
        &document,
        &format!("{OPERATION}.responses.200.content.application/json.schema"),
        "#/components/schemas/Nope does not resolve",
    );
}

#[test]
fn a_reference_out_of_the_document_is_refused() {
    let document = changed(
        "'#/components/schemas/SipConfig'",
        "'other.yaml#/SipConfig'",
    );
    assert_refused(
        &document,
        &format!("{OPERATION}.responses.200.content.application/json.schema"),
        "points outside the document",
    );
}

#[test]
fn an_operation_without_an_id_is_refused() {
    assert_refused(&changed(OPERATION_ID, ""), OPERATION, "no operationId");
}

#[test]
fn an_operation_id_that_is_taken_is_refused() {
    let document = changed(
        "paths:\n",
        "paths:\n  /api/another:\n    get:\n      operationId: sip_retrieve\n      responses: {}\n",
    );
    let line = refusal(Some(&document));
    for part in [
        "duplicate operationId `sip_retrieve`",
        "/api/another",
        "/api/sip",
    ] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_wrong_type_inside_an_operation_is_refused_with_its_location() {
    let document = changed(
        OPERATION_ID,
        &format!("{OPERATION_ID}      deprecated: soon\n"),
    );
    assert_refused(
        &document,
        &format!("{OPERATION}.deprecated"),
        "expected a boolean",
    );
}

#[test]
fn a_wrong_type_inside_a_schema_is_refused_with_its_location() {
    let document = changed("maxItems: 20", "maxItems: many");
    let line = refusal(Some(&document));
    assert!(line.starts_with("components.schemas.SipConfig"), "{line}");
}

fn with_parameter(parameter: &str) -> String {
    changed(
        OPERATION_ID,
        &format!("{OPERATION_ID}      parameters: [{parameter}]\n"),
    )
}

#[test]
fn what_a_pass_cannot_lower_is_refused_with_the_operation_and_what_to_do() {
    let document = with_parameter("{name: a, in: path, style: matrix, schema: {type: string}}");
    let line = refusal(Some(&document));
    for part in [OPERATION, "`a` in path", "style", REMOVAL] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_path_with_a_stray_brace_is_refused() {
    let document = changed("/api/sip:", "/api/sip}:");
    assert_refused(&document, "paths", "`/api/sip}` has braces");
}

#[test]
fn what_progenitor_panics_on_is_refused_with_the_operation() {
    let document = changed("'200':", "'299':");
    assert_refused(&document, OPERATION, "progenitor cannot generate");
    assert!(refusal(Some(&document)).contains(REMOVAL));
}

#[test]
fn a_schema_that_is_composed_of_itself_is_refused() {
    let itself = "{$ref: '#/components/schemas/Loop'}";
    for schema in [
        itself.to_owned(),
        format!("{{allOf: [{itself}, {{type: object, properties: {{a: {{type: string}}}}}}]}}"),
        format!("{{oneOf: [{itself}, {{type: string}}]}}"),
    ] {
        let document = changed("  schemas:\n", &format!("  schemas:\n    Loop: {schema}\n"));
        assert_refused(&document, "components.schemas.Loop", "composed of itself");
    }
}

/// The whole small document, with this schema of a property three schemas deep.
fn with_deep(schema: &str) -> String {
    let schemas = format!(
        "  schemas:\n    acme.v1.Outer: {{type: object, properties: {{middle: {{$ref: \
         '#/components/schemas/acme.v1.Middle'}}}}}}\n    acme.v1.Middle: {{type: object, properties: \
         {{inner: {{$ref: '#/components/schemas/acme.v1.Inner'}}, b: {{type: string}}}}}}\n    \
         acme.v1.Inner: {{type: object, properties: {{a: {schema}, z: {{type: string}}}}}}\n"
    );
    changed("  schemas:\n", &schemas).replacen(
        "      properties:\n",
        "      properties:\n        outer: {$ref: '#/components/schemas/acme.v1.Outer'}\n",
        1,
    )
}

#[test]
fn what_progenitor_panics_on_is_refused_with_the_schema_that_others_refer_to() {
    let inner = "components.schemas.acme.v1.Inner";
    let table = [
        ("{type: nothing}", inner.to_owned()),
        (
            "{type: object, properties: {b: {type: nothing}}}",
            format!("{inner}.properties.a"),
        ),
        (
            "{type: array, items: {type: object, properties: {b: {type: nothing}}}}",
            format!("{inner}.properties.a.items"),
        ),
    ];
    for (schema, location) in table {
        let document = with_deep(schema);
        assert_refused(&document, &location, "progenitor cannot generate");
        assert!(refusal(Some(&document)).contains(REMOVAL));
    }
}

#[test]
fn what_no_value_matches_is_refused() {
    let inner = "components.schemas.acme.v1.Inner.properties.a";
    let never = "{allOf: [{type: string}, {type: integer}]}";
    assert_refused(&with_deep(never), inner, "no value can match");
    assert_refused(&with_deep("{oneOf: []}"), inner, "`oneOf` is empty");
}

#[test]
fn an_operation_without_an_id_can_be_left_out() {
    let line = refusal(Some(&changed(OPERATION_ID, "")));
    assert!(line.contains(REMOVAL), "{line}");
}

#[test]
fn a_document_without_paths_is_refused() {
    let start = SMALL.find("paths:\n").unwrap();
    let end = SMALL.find("components:\n").unwrap();
    for (paths, found) in [("null", "null"), ("[]", "a list"), ("", "null")] {
        let document = format!("{}paths: {paths}\n{}", &SMALL[..start], &SMALL[end..]);
        assert_refused(
            &document,
            "paths",
            &format!("expected a map, found {found}"),
        );
    }
}
