//! Properties of generation as a whole.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TypePatch};
use quote::quote;
use serde_json::{Value, json};

use crate::*;

const VENDORED: &str = include_str!("../../openapi/ultravox.yaml");
const CONSTRUCTS: &str = include_str!("../tests/constructs.yaml");
const CONSTRUCTS_31: &str = include_str!("../tests/constructs-3.1.yaml");
const SMALL: &str = include_str!("../tests/small.yaml");

/// Everything.
pub fn all(yaml: &str) -> Result<Generated, Error> {
    let wanted = Wanted {
        area: &|_| true,
        mocks: true,
    };
    generate(yaml, wanted)
}

/// A document with these paths and schemas, each as YAML on one line.
pub fn document(paths: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\n\
         info: {{title: Test, version: 1.0.0}}\n\
         servers: [{{url: 'https://api.example.com'}}]\n\
         paths: {paths}\n\
         components:\n  schemas: {schemas}\n  \
           securitySchemes: {{key: {{type: apiKey, in: header, name: X-Key}}}}\n"
    )
}

/// Why a document is refused.
#[track_caller]
pub fn refusal(yaml: &str) -> String {
    match all(yaml) {
        Ok(_) => panic!("generated from\n{yaml}"),
        Err(error) => error.to_string(),
    }
}

/// Progenitor's own code, made without `generate.rs`.
fn progenitors(document: &Value, step: impl Fn(&mut Generator, &OpenAPI) -> TokenStream) -> String {
    let spec: OpenAPI = serde_json::from_value(document.clone()).unwrap();
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type(quote!(crate::options::CallOptions))
        .with_derive("PartialEq");
    for krate in ["chrono", "ipnet", "std", "ultravox"] {
        settings.with_crate(krate, CrateVers::Any, None);
    }
    let mut open = TypePatch::default();
    open.with_attr("#[non_exhaustive]");
    for name in spec.components.iter().flat_map(|c| c.schemas.keys()) {
        settings.with_patch(name, &open);
    }
    let tokens = step(&mut Generator::new(&settings), &spec);
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[test]
fn progenitors_output_is_not_edited() {
    for yaml in [VENDORED, CONSTRUCTS, CONSTRUCTS_31, SMALL] {
        let files = all(yaml).unwrap().files;
        let mut document = crate::admit::parse(&lowered(yaml).unwrap()).unwrap();
        let client = progenitors(&document, |generator, spec| {
            generator.generate_tokens(spec).unwrap()
        });
        assert!(
            files["client.rs"] == client,
            "client.rs is not progenitor's"
        );
        lower::mocks::lower(&mut document);
        let mock = progenitors(&document, |generator, spec| {
            generator.httpmock(spec, "crate::generated").unwrap()
        });
        assert!(files["mock.rs"] == mock, "mock.rs is not progenitor's");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let files = all(VENDORED).unwrap().files;
    assert_eq!(all(VENDORED).unwrap().files, files);
    // JSON is YAML; its keys are in another order here.
    let mut json = crate::admit::parse(VENDORED).unwrap();
    json.sort_all_objects();
    assert_eq!(all(&json.to_string()).unwrap().files, files);
}

/// Items of the client's types and methods, without what is in them.
fn names(file: &str) -> BTreeSet<String> {
    let is_item = |line: &&str| {
        let line = line.trim_start();
        ["pub struct ", "pub enum ", "pub async fn "]
            .iter()
            .any(|item| line.starts_with(item))
    };
    let name = |line: &str| line.trim().split(['(', '{', '<']).next().map(str::to_owned);
    file.lines().filter(is_item).filter_map(name).collect()
}

#[test]
fn names_do_not_depend_on_the_areas_that_are_enabled() {
    let whole = all(VENDORED).unwrap().files;
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    let (all_names, all_calls) = (names(&whole["client.rs"]), lines(&whole["operations.rs"]));
    let methods = |text: &str| {
        let mut lines = lines(text);
        lines.retain(|line| line.contains("method! {"));
        lines
    };
    let all_methods = methods(&whole["handles.rs"]);
    let mut seen = BTreeSet::new();
    for area in AREAS {
        let wanted = Wanted {
            area: &|other| other == area,
            mocks: false,
        };
        let one = generate(VENDORED, wanted).unwrap();
        assert!(!one.operations.is_empty(), "{area}");
        let names = names(&one.files["client.rs"]);
        assert!(names.is_subset(&all_names), "{area}");
        assert!(
            lines(&one.files["operations.rs"]).is_subset(&all_calls),
            "{area}"
        );
        assert!(
            methods(&one.files["handles.rs"]).is_subset(&all_methods),
            "{area}"
        );
        seen.extend(names);
    }
    assert_eq!(seen, all_names);
}

/// An API of this many resources, with four operations each.
fn api_of(resources: usize) -> String {
    let (mut paths, mut schemas) = (serde_json::Map::new(), serde_json::Map::new());
    for number in 0..resources {
        let (name, schema) = (format!("lamps{number}"), format!("Lamp{number}"));
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        let content = json!({"application/json": {"schema": reference}});
        let response = json!({"200": {"description": "", "content": content}});
        let operation =
            |verb: &str| json!({"operationId": format!("{name}_{verb}"), "responses": response});
        let with_body = |verb: &str| {
            let mut operation = operation(verb);
            operation["requestBody"] = json!({"content": content});
            operation
        };
        let id =
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
        paths.insert(
            format!("/{name}"),
            json!({"get": operation("list"), "post": with_body("create")}),
        );
        paths.insert(
            format!("/{name}/{{id}}"),
            json!({"parameters": [id], "get": operation("retrieve"),
                "patch": with_body("partial_update")}),
        );
        schemas.insert(
            schema,
            json!({"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string", "readOnly": true},
                "note": {"type": "string", "nullable": true, "maxLength": 20},
                "mood": {"type": "string", "enum": [format!("on{number}"), "off"]},
            }}),
        );
    }
    document(&json!(paths).to_string(), &json!(schemas).to_string())
}

/// How long it takes to generate from `yaml`, or to refuse it.
fn time(yaml: &str) -> Duration {
    let wanted = Wanted {
        area: &|_| true,
        mocks: false,
    };
    let run = || {
        let started = Instant::now();
        let _ = generate(yaml, wanted);
        started.elapsed()
    };
    // The shortest of several runs: other processes only make it longer.
    (0..2).map(|_| run()).min().unwrap_or(Duration::ZERO)
}

#[test]
fn thirty_times_the_operations_take_about_thirty_times_the_time() {
    let (few, many) = (time(&api_of(3)), time(&api_of(90)));
    assert!(many < few * 45, "{few:?} became {many:?}");
}

#[test]
fn what_to_blame_is_found_in_time_that_is_nearly_linear() {
    let schema =
        |yaml: String| yaml.replace("\"maxLength\":20", "\"allOf\":[{\"type\":\"nothing\"}]");
    let operation = |yaml: String| yaml.replace("\"200\"", "\"299\"");
    for (broken, location) in [
        (
            &schema as &dyn Fn(String) -> String,
            "components.schemas.Lamp",
        ),
        (&operation, "paths./lamps"),
    ] {
        let (few, many) = (broken(api_of(3)), broken(api_of(90)));
        for yaml in [&few, &many] {
            let line = refusal(yaml);
            assert!(line.starts_with(location), "{line}");
        }
        let (few, many) = (time(&few), time(&many));
        // Three times as many runs, each of thirty times as much.
        assert!(many < few * 150, "{few:?} became {many:?}");
    }
}

#[test]
fn what_is_emitted_is_a_line_of_data_for_each_thing() {
    let files = all(SMALL).unwrap().files;
    let mut shown = String::new();
    for file in [
        "handles.rs",
        "operations.rs",
        "types.rs",
        "service.rs",
        "conformance.rs",
    ] {
        writeln!(shown, "// {file}\n{}", files[file]).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_read_of_progenitors_code_is_the_api_in_its_own_terms() {
    let mut lowered = crate::admit::parse(SMALL).unwrap();
    prepare(&mut lowered).unwrap();
    let tokens = generate::client(&document::to_openapi(&lowered).unwrap()).unwrap();
    let api = ir::read(&lowered, tokens).unwrap();
    insta::assert_debug_snapshot!(api);
}

/// Constructs that the published API does not use, each with a part of the error.
#[test]
fn what_is_not_supported_is_refused_in_one_line_with_its_location() {
    let get = |parameter: &str| {
        let path = if parameter.contains("in: path") {
            "/x/{a}"
        } else {
            "/x"
        };
        let operation = format!(
            "operationId: x_list, parameters: [{parameter}], responses: {{'204': {{description: ''}}}}"
        );
        (
            document(&format!("{{'{path}': {{get: {{{operation}}}}}}}"), "{}"),
            format!("paths.{path}.get: "),
        )
    };
    let post = |content: &str| {
        let body = format!("requestBody: {{content: {content}}}");
        let operation =
            format!("operationId: x_create, {body}, responses: {{'204': {{description: ''}}}}");
        (
            document(&format!("{{/x: {{post: {{{operation}}}}}}}"), "{}"),
            "paths./x.post".to_owned(),
        )
    };
    let answer = |schema: &str| {
        let content = format!("{{application/json: {{schema: {schema}}}}}");
        let responses = format!("{{'200': {{description: '', content: {content}}}}}");
        let operation = format!("operationId: x_list, responses: {responses}");
        (
            document(&format!("{{/x: {{get: {{{operation}}}}}}}"), "{}"),
            "paths./x.get.responses: ".to_owned(),
        )
    };
    let schema = |schema: &str| {
        let operation = "operationId: x_list, responses: {'200': {description: '', content: \
            {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}";
        let schemas = format!("{{A: {schema}}}");
        (
            document(&format!("{{/x: {{get: {{{operation}}}}}}}"), &schemas),
            "components.schemas.".to_owned(),
        )
    };
    let table = [
        (
            get("{name: a, in: cookie, schema: {type: string}}"),
            "cookie",
        ),
        (
            get("{name: a, in: path, required: true, style: label, schema: {type: string}}"),
            "`label`",
        ),
        (
            get("{name: a, in: path, required: true, style: matrix, schema: {type: string}}"),
            "`matrix`",
        ),
        (
            get("{name: a, in: query, style: deepObject, schema: {type: object}}"),
            "`deepObject`",
        ),
        (
            get("{name: a, in: query, style: spaceDelimited, schema: {type: array}}"),
            "`spaceDelimited`",
        ),
        (
            get("{name: a, in: query, style: pipeDelimited, schema: {type: array}}"),
            "`pipeDelimited`",
        ),
        (
            get("{name: a, in: query, explode: false, schema: {type: array}}"),
            "`explode: false`",
        ),
        (
            get("{name: a, in: header, schema: {type: array, items: {type: string}}}"),
            "should be a string",
        ),
        (
            get("{name: a, in: query, content: {application/json: {schema: {}}}}"),
            "content",
        ),
        (
            get("{name: a, in: query, schema: {type: object, properties: {b: {type: string}}}}"),
            "should be a string",
        ),
        (
            get("{name: a, in: query, schema: {type: array, items: {type: object}}}"),
            "should be a string",
        ),
        (
            get("{name: a, in: query, schema: {oneOf: [{type: string}, {type: integer}]}}"),
            "should be a string",
        ),
        (
            get("{name: a, in: query, schema: {}}"),
            "should be a string",
        ),
        (
            get("{name: body, in: query, schema: {type: string}}"),
            "cannot be called `body`",
        ),
        (
            get(
                "{name: aB, in: query, schema: {type: string}}, {name: a_b, in: header, schema: {type: string}}",
            ),
            "`aB` and `a_b`",
        ),
        (
            post("{application/x-www-form-urlencoded: {schema: {type: object}}}"),
            "x-www-form-urlencoded",
        ),
        (post("{text/plain: {schema: {type: string}}}"), "text/plain"),
        (
            post("{application/octet-stream: {schema: {type: string, format: binary}}}"),
            "octet-stream",
        ),
        (
            post("{application/xml: {schema: {type: object}}}"),
            "application/xml",
        ),
        (
            post("{application/json: {schema: {type: string, nullable: true}}}"),
            "null as a whole",
        ),
        (answer("{type: string, nullable: true}"), "null as a whole"),
        (
            schema("{type: object, properties: {aB: {type: string}, a_b: {type: string}}}"),
            "`aB` and `a_b`",
        ),
        (
            schema("{type: object, properties: {extra: {}}, additionalProperties: {type: string}}"),
            "`extra`",
        ),
        (
            schema("{allOf: [{$ref: '#/components/schemas/A'}]}"),
            "composed of itself",
        ),
        (
            post(
                "{multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}}}",
            ),
            "multipart/form-data with a file",
        ),
        (schema("{oneOf: []}"), "`oneOf` is empty"),
        (
            schema("{type: object, properties: {a: {allOf: [{type: string}, {type: integer}]}}}"),
            "no value can match",
        ),
        // Of OpenAPI 3.1.
        (
            schema("{type: array, prefixItems: [{type: string}]}"),
            "`prefixItems`",
        ),
        (
            schema("{type: object, if: {required: [a]}, then: {required: [b]}}"),
            "`if`",
        ),
        (
            schema("{type: object, properties: {}, unevaluatedProperties: false}"),
            "`unevaluatedProperties`",
        ),
        (
            schema("{type: object, patternProperties: {'^a': {type: string}}}"),
            "`patternProperties`",
        ),
        (
            schema("{type: object, dependentRequired: {a: [b]}}"),
            "`dependentRequired`",
        ),
        (
            schema("{type: array, contains: {type: string}}"),
            "`contains`",
        ),
        (
            schema("{$dynamicRef: '#/components/schemas/A'}"),
            "`$dynamicRef`",
        ),
        (
            schema("{$id: 'https://example.com/a', type: object}"),
            "`$id`",
        ),
        (
            schema("{type: object, properties: {a: false}}"),
            "`a: false`",
        ),
        (
            schema("{type: object, properties: {a: {type: array, uniqueItems: true, items: {}}}}"),
            "`uniqueItems`",
        ),
        (
            // Also in what is called like a keyword that holds data.
            schema("{properties: {default: {type: array, uniqueItems: true, items: {}}}}"),
            "`uniqueItems`",
        ),
        (
            (
                get("{name: a, in: query, schema: {type: array, uniqueItems: true, items: {}}}").0,
                "paths./x.get.parameters.0.schema: ".to_owned(),
            ),
            "`uniqueItems`",
        ),
    ];
    for ((yaml, location), reason) in table {
        let refused = refusal(&yaml);
        assert!(refused.starts_with(&location), "{location}: {refused}");
        assert!(refused.contains(reason), "{reason}: {refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }
}
