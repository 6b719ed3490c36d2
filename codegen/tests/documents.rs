//! The build's error lines: the build script's work, done on documents in temporary directories.

// Helpers of tests, which clippy does not tell from other functions.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use ultravox_codegen::{AREAS, Wanted, generate_into, lower_into};

/// The API at its smallest: one operation, two schemas.
const SMALL: &str = include_str!("sip.yaml");

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

/// A directory with the document, and one to generate into. The path holds a space.
fn run(document: Option<&str>) -> (Result<(), String>, Files) {
    let directory = tempfile::Builder::new().prefix("a b ").tempdir().unwrap();
    let (path, out) = (
        directory.path().join("ultravox.yaml"),
        directory.path().join("out"),
    );
    fs::create_dir(&out).unwrap();
    if let Some(document) = document {
        fs::write(&path, document).unwrap();
    }
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    let result = generate_into(&path, &out, wanted).map(drop);
    (result, files(&out))
}

/// The files in `directory` and below, by their paths from there.
fn files(directory: &Path) -> Files {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = self::files(&entry.path()).into_iter();
            files.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

/// The one error line of a document that must be refused, without the file's name.
#[track_caller]
fn refusal(document: Option<&str>) -> String {
    let (result, written) = run(document);
    let line = result.unwrap_err();
    assert!(written.is_empty(), "wrote {written:?}");
    assert!(!line.contains(['\n', '\r']), "{line}");
    for trace in ["panicked at", "RUST_BACKTRACE", "stack backtrace"] {
        assert!(!line.contains(trace), "{line}");
    }
    let named = line.split_once("ultravox.yaml: ");
    named.unwrap_or_else(|| panic!("{line}")).1.to_owned()
}

/// The small document with one thing replaced, which must be there.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "the document lacks {from:?}");
    SMALL.replacen(from, to, 1)
}

#[track_caller]
fn assert_refused(document: &str, location: &str, reason: &str) {
    let line = refusal(Some(document));
    assert!(line.starts_with(&format!("{location}: ")), "{line}");
    assert!(line.contains(reason), "{line}");
}

const OPERATION_ID: &str = "      operationId: sip_retrieve\n";
const OPERATION: &str = "paths./api/sip.get";
/// What leaves it out.
const REMOVAL: &str = "openapi/overlay.yaml: `- {target: '$.paths[\"/api/sip\"].get', remove: true";

#[test]
fn every_tag_of_the_document_is_an_area_and_every_area_a_default_feature() {
    let vendored = include_str!("../../openapi/ultravox.yaml");
    let manifest = include_str!("../../Cargo.toml");
    let default = manifest.split("default = [").nth(1).unwrap();
    let default = default.split(']').next().unwrap();
    for area in AREAS {
        let feature = area.replace('_', "-");
        assert!(manifest.contains(&format!("\n{feature} = [")), "{feature}");
        assert!(default.contains(&format!("\"{feature}\",")), "{feature}");
    }
    let document: serde_json::Value = serde_yaml::from_str(vendored).unwrap();
    let operations = document["paths"].as_object().unwrap().values();
    for operation in operations.flat_map(|item| item.as_object().unwrap().values()) {
        let tags = operation.get("tags").and_then(|tags| tags.as_array());
        for tag in tags.into_iter().flatten() {
            let tag = tag.as_str().unwrap();
            assert!(AREAS.contains(&tag), "no feature for the tag {tag}");
        }
    }
}

/// What is generated for users, in the order of the names.
const FOR_USERS: [&str; 6] = [
    "client.rs",
    "handles.rs",
    "operations.md",
    "operations.rs",
    "service.rs",
    "types.rs",
];

#[test]
fn what_only_tests_need_is_generated_where_it_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (
        directory.path().join("ultravox.yaml"),
        directory.path().join("out"),
    );
    fs::create_dir(&out).unwrap();
    fs::write(&document, SMALL).unwrap();
    let wanted = Wanted {
        area: &|_| true,
        mocks: false,
    };
    generate_into(&document, &out, wanted).unwrap();
    let written = files(&out);
    let names: Vec<_> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, FOR_USERS);
    let (result, with_mocks) = run(Some(SMALL));
    result.unwrap();
    assert_eq!(with_mocks.len(), names.len() + 4);
    for name in ["conformance.rs", "document.json", "mock.rs", "samples.rs"] {
        let (_, text) = with_mocks.iter().find(|(path, _)| path == name).unwrap();
        assert!(
            String::from_utf8_lossy(text).contains("SipConfig"),
            "{name}"
        );
    }
    assert!(written.iter().all(|file| with_mocks.contains(file)));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(run(Some(SMALL)).1, run(Some(SMALL)).1);
}

#[test]
fn a_document_that_does_not_generate_leaves_what_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (directory.path().join("ultravox.yaml"), directory.path());
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    fs::write(&document, SMALL).unwrap();
    generate_into(&document, out, wanted).unwrap();
    fs::write(&document, "openapi: 3.0.3\n").unwrap();
    let before = files(out);
    generate_into(&document, out, wanted).map(drop).unwrap_err();
    assert_eq!(files(out), before);
}

#[test]
fn the_lowered_document_is_written_for_reading() {
    let directory = tempfile::tempdir().unwrap();
    let (document, out) = (directory.path().join("ultravox.yaml"), directory.path());
    fs::write(&document, SMALL).unwrap();
    lower_into(&document, out).unwrap();
    let lowered = fs::read_to_string(out.join("lowered.yaml")).unwrap();
    assert!(lowered.contains("path: ipnet::Ipv4Net"), "{lowered}");
    fs::write(&document, "openapi: 3.2.0\n").unwrap();
    let line = lower_into(&document, out).unwrap_err();
    assert!(
        line.contains("ultravox.yaml: openapi: OpenAPI 3.2.0"),
        "{line}"
    );
}

#[test]
fn a_missing_document_is_named() {
    assert!(refusal(None).starts_with("cannot be read: "));
}

#[test]
fn what_is_no_file_and_what_never_ends_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    let refused = |document: &Path| generate_into(document, directory.path(), wanted).err();
    let line = refused(directory.path()).unwrap();
    assert!(line.contains("not a regular file"), "{line}");
    let huge = directory.path().join("huge.yaml");
    let file = fs::File::create(&huge).unwrap();
    file.set_len(3 << 30).unwrap();
    let line = refused(&huge).unwrap();
    assert!(line.contains("longer than"), "{line}");
    if Path::new("/dev/zero").exists() {
        let line = refused(Path::new("/dev/zero")).unwrap();
        assert!(line.contains("not a regular file"), "{line}");
    }
}

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

/// The document with a schema that no operation reaches, which reaches what only one area does.
fn with_unused_schema(more: &str) -> String {
    let vendored = include_str!("../../openapi/ultravox.yaml");
    let schema = format!(
        "\n  schemas:\n    Unused:\n      type: object\n      properties:\n        agent:\n          \
         $ref: '#/components/schemas/Agent'\n{more}"
    );
    let document = vendored.replacen("\n  schemas:\n", &schema, 1);
    assert_ne!(document, vendored);
    document
}

#[test]
fn a_schema_that_no_operation_uses_changes_nothing_in_any_area() {
    let vendored = include_str!("../../openapi/ultravox.yaml");
    // Progenitor would panic on the property, were it looked at.
    let changed =
        with_unused_schema("        odd:\n          oneOf: []\n          type: nothing\n");
    for area in AREAS {
        let wanted = Wanted {
            area: &|other| other == area,
            mocks: false,
        };
        let generated = |document: &str| ultravox_codegen::generate(document, wanted).unwrap();
        assert_eq!(
            generated(&changed).files,
            generated(vendored).files,
            "{area}"
        );
    }
}

/// The small document with these schemas added, and an operation that answers with each.
fn with_schemas(schemas: &str) -> String {
    let is_name = |line: &&str| line.starts_with("    ") && !line.starts_with("     ");
    let uses: String = schemas
        .lines()
        .filter(is_name)
        .filter_map(|line| line.trim().split_once(':'))
        .enumerate()
        .map(|(index, (name, _))| {
            format!(
                "  /api/use{index}:\n    get:\n      operationId: use{index}_retrieve\n      responses:\n        \
                 '200': {{description: d, content: {{application/json: {{schema: {{$ref: \
                 '#/components/schemas/{name}'}}}}}}}}\n"
            )
        })
        .collect();
    changed("  schemas:\n", &format!("  schemas:\n{schemas}")).replacen(
        "paths:\n",
        &format!("paths:\n{uses}"),
        1,
    )
}

/// The generated code of the small document with these schemas added, parsed.
#[track_caller]
fn client_with(schemas: &str) -> String {
    client_of(&with_schemas(schemas))
}

/// The generated code of a document, parsed.
#[track_caller]
fn client_of(document: &str) -> String {
    let (result, written) = run(Some(document));
    result.unwrap();
    let mut client = String::new();
    for (name, text) in written {
        if FOR_USERS.contains(&name.as_str()) && name.ends_with(".rs") {
            let text = String::from_utf8(text).unwrap();
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            client += &text;
        }
    }
    client
}

/// The declaration of a type in generated code, without its documentation, on one line.
#[track_caller]
fn declaration(client: &str, name: &str) -> String {
    let start = client.find(&format!("\n    pub struct {name} {{"));
    let start = start.unwrap_or_else(|| panic!("no struct {name}"));
    let text = client[start..].trim_start();
    let text = &text[..text.find("\n    }").unwrap()];
    let lines = text.lines().map(str::trim);
    let code: Vec<_> = lines.filter(|line| !line.starts_with("///")).collect();
    code.join(" ").replace("::std::option::", "")
}

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

const SCHEMAS: &str = include_str!("schemas.yaml");

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
