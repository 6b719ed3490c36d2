//! The types that schemas become.

use crate::support::*;

#[test]
fn properties_that_are_keywords_or_no_identifiers_are_fields() {
    let client = client_with(
        "    acme.v1.Odd:
      type: object
      required: [fooBar, type, 2fa, $ref, with-dash]
      properties:
        fooBar: {type: integer}
        type: {type: integer}
        2fa: {type: integer}
        $ref: {type: integer}
        with-dash: {type: integer}
",
    );
    let odd = declaration(&client, "Odd");
    for (name, field) in [
        ("fooBar", "foo_bar"),
        ("type", "type_"),
        ("2fa", "x2fa"),
        ("$ref", "ref_"),
        ("with-dash", "with_dash"),
    ] {
        let field = format!("#[serde(rename = {name:?})] pub {field}: i64");
        assert!(odd.contains(&field), "{field} is not in {odd}");
    }
}

#[test]
fn no_enum_is_closed() {
    let document = with_schemas(
        "    Car:
      type: object
      properties:
        light: {$ref: '#/components/schemas/Light'}
        doors: {type: integer, enum: [2, 4]}
        tyres: {type: array, items: {type: string, enum: [summer, winter]}}
",
    )
    .replacen(
        "  schemas:\n",
        "  schemas:
    Light:
      type: string
      nullable: true
      enum: [red, 'a-b', a_b, '', null]
",
        1,
    )
    .replacen(
        OPERATION_ID,
        &format!("{OPERATION_ID}      parameters: [{{name: sort, in: query, schema: {{type: string, enum: [asc, desc]}}}}]\n"),
        1,
    );
    let client = client_of(&document);
    let car = declaration(&client, "Car");
    for part in [
        "pub light: Option<::ultravox::types::Light>",
        "pub doors: Option<i64>",
        "::std::vec::Vec<::ultravox::types::CarTyresItem>",
    ] {
        assert!(car.contains(part), "{car}");
    }
    for part in [
        "CarTyresItem { Summer = ",
        "Light { Red = \"red\", AHyphenB = \"a-b\"",
        "Empty = \"\"",
        "{ Asc = \"asc\"",
    ] {
        assert!(client.contains(part), "no {part}");
    }
    assert!(!client.contains("invalid value"), "{client}");
}

#[test]
fn formats_have_types_of_their_own_null_or_not() {
    let client = client_with(
        r"    Odd:
      type: object
      required: [range, after, link, share]
      properties:
        range: {type: string, format: ipv4-cidr, nullable: true}
        after: {type: string, pattern: '^-?\d{1,12}(\.\d{1,9})?s$', nullable: true}
        link: {type: string, format: uri, maxLength: 200}
        share: {type: number, format: float, minimum: 0, maximum: 1}
        count: {type: integer, format: int32, minimum: 1}
        day: {type: string, format: date}
        time: {type: string, format: time}
        at: {type: string, format: date-time, nullable: true}
",
    );
    let odd = declaration(&client, "Odd");
    for part in [
        "pub range: Option<::ipnet::Ipv4Net>",
        "pub after: Option<::ultravox::SignedDuration>",
        "pub link: ::std::string::String",
        "pub share: f64",
        "pub count: Option<i32>",
        "pub day: Option<::chrono::naive::NaiveDate>",
        "pub time: Option<::chrono::NaiveTime>",
        "pub at: Option<::chrono::DateTime<::chrono::offset::Utc>>",
    ] {
        assert!(odd.contains(part), "{part} is not in {odd}");
    }
}

#[test]
fn limits_are_checked_in_what_is_sent_and_nowhere_else() {
    let document = changed(
        "  schemas:\n",
        "  schemas:
    Thing: {type: object, properties: {name: {type: string, maxLength: 3}, parts: {type: array, maxItems: 2, minItems: 2, items: {$ref: '#/components/schemas/Thing'}}}}
",
    )
    .replacen(
        "paths:\n",
        "paths:
  /api/things:
    post:
      operationId: things_create
      tags: [sip]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'204': {description: Done.}}
",
        1,
    );
    let client = client_of(&document);
    let thing = declaration(&client, "Thing");
    assert!(
        thing.contains("pub name: Option<::std::string::String>"),
        "{thing}"
    );
    assert!(thing.contains("::std::vec::Vec<Thing>"), "{thing}");
    for part in [
        "limits! { Thing { name \"name\" [MaxLength(3)]; parts \"parts\" [MaxItems(2), MinItems(2)]; } }",
        "checks { body \"\" []; }",
    ] {
        assert!(client.contains(part), "no {part} in {client}");
    }
    assert!(!client.contains("limits! { SipConfig"), "{client}");
}

const SCHEMAS: &str = include_str!("../schemas.yaml");

#[test]
fn what_is_sent_holds_nothing_that_only_the_server_sets() {
    let client = client_of(SCHEMAS);
    let (received, sent) = (
        declaration(&client, "Thing"),
        declaration(&client, "ThingRequest"),
    );
    assert!(received.contains("thing_id: ::uuid::Uuid"), "{received}");
    assert!(!received.contains("secret"), "{received}");
    assert!(!sent.contains("thing_id"), "{sent}");
    assert!(sent.contains("pub secret: Option<"), "{sent}");
    assert!(client.contains("conversion! { Thing ThingRequest {"));
    assert!(client.contains("conversion! { Thing PatchedThing {"));
}

#[test]
fn what_is_not_set_is_not_sent_and_empty_is_a_value() {
    let update = declaration(&client_of(SCHEMAS), "PatchedThing");
    for part in [
        "pub loud: Option<bool>",
        "pub parts: Option<::std::vec::Vec<Part>>",
        "pub labels: Option< ::std::collections::HashMap<::std::string::String, ::std::string::String>, >",
        "pub note: Option<::ultravox::Patch<::std::string::String>>",
        "pub lid: Option<::ultravox::Patch<LidRequest>>",
        "pub any: Option<::ultravox::Patch<::serde_json::Value>>",
    ] {
        let part = part.replace("LidRequest", "ThingLidRequest");
        assert!(update.contains(&part), "{part} is not in {update}");
    }
    assert!(!update.contains("default ="), "{update}");
}

#[test]
fn null_is_an_option_however_the_document_spells_it() {
    let client = client_of(SCHEMAS);
    let thing = declaration(&client, "Thing");
    for part in [
        "pub state: Option<::ultravox::types::State>",
        "pub note: Option<::std::string::String>",
        "pub lid: Option<ThingLid>",
    ] {
        assert!(thing.contains(part), "{part} is not in {thing}");
    }
    let other = declaration(&client, "Whole");
    assert!(other.contains("pub more: Option<Maybe>"), "{other}");
}

#[test]
fn inline_types_are_named_after_their_location() {
    let client = client_of(SCHEMAS);
    for name in [
        "pub struct ThingSize {",
        "ThingSizeUnit { Mm = \"mm\", ",
        "ThingsCreateSortBy { Name = \"name\", ",
        "pub struct ThingsPartsUpdateBody {",
        "pub struct ThingsPartsUpdateResponseItem {",
        "pub struct ListofThings(",
    ] {
        assert!(client.contains(name), "{name}");
    }
    assert!(!client.contains("deny_unknown_fields"));
}

#[test]
fn a_type_that_holds_itself_is_boxed() {
    let part = declaration(&client_of(SCHEMAS), "Part");
    assert!(
        part.contains("pub inner: Option<::std::boxed::Box<Part>>"),
        "{part}"
    );
}
