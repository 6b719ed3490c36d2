//! Names: of operations, schemas, tags, paths, parameters, headers and methods.

use super::Outcome::{Accepted, Either, Refused};
use super::{Case, DONE, LOCALS, WORDS, case, distinct, operation, parameters, schema};

pub fn names() -> Vec<Case> {
    // Refused one by one, below.
    let taken = [
        "body",
        "encode_path",
        "gen",
        "header_map",
        "into_inner",
        "new",
    ];
    let mut locals = distinct(&LOCALS);
    locals.retain(|name| !taken.contains(name));

    let id = |id: &str| operation("/id", id, "");
    let mut cases = vec![
        case(
            "an id that ends a directive",
            id(r#""a\ncargo::rustc-link-arg=-wrapper""#),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id with a carriage return",
            id(r#""a\rb""#),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id that ends a string",
            id("'a\"b'"),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id with a backslash",
            id("'a\\b'"),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id that leaves a folder",
            id("'../../a'"),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id with text from right to left",
            id(r#""a\u202eb""#),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id in other letters",
            id("größe"),
            Refused("paths./id.get.operationId", "may contain"),
        ),
        case(
            "an id of nothing",
            id("''"),
            Refused("paths./id.get.operationId", "is empty"),
        ),
        case(
            "an id of punctuation",
            id("'-'"),
            Refused("paths./id.get.operationId", "begin with a letter"),
        ),
        case(
            "an id of 245 characters",
            id(&"a".repeat(245)),
            Refused("paths./id.get.operationId", "245 characters"),
        ),
        case(
            "an id of 100 characters",
            operation("/id/long", &"ab_".repeat(33), ""),
            Accepted,
        ),
        case(
            "two ids that are one method",
            "paths: {/one: {get: {operationId: boxes_list, responses: {'204': {description: D.}}}}, /two: {get: {operationId: boxesList, responses: {'204': {description: D.}}}}}",
            Refused("paths./one.get", "would both have the client method"),
        ),
        case(
            "a schema of 245 characters",
            schema(&"a".repeat(245), "{type: string}"),
            Refused("components.schemas", "245 characters"),
        ),
        case(
            "a schema that leaves a folder",
            schema("../a", "{type: object}"),
            Refused("components.schemas", "may contain"),
        ),
        case(
            "a schema that ends a line",
            "components: {schemas: {\"A\\n}\": {type: object}}}",
            Refused("components.schemas", "may contain"),
        ),
        case(
            "a tag that is a row of a table",
            operation("/tag", "tagged", "tags: [\"a | b |\\n| c\"]"),
            Refused("paths./tag.get.tags.0", "may contain"),
        ),
        case(
            "a tag that is an environment variable's end",
            operation("/tag", "tagged", "tags: ['a=b']"),
            Refused("paths./tag.get.tags.0", "may contain"),
        ),
        case(
            "tags with spaces",
            operation("/tag/spaces", "tag_spaces", "tags: [Call Throttles]"),
            Accepted,
        ),
        case(
            "a path that leads out",
            operation("/a/../b", "dots", ""),
            Refused("paths", "`..`"),
        ),
        case(
            "a path with two slashes",
            operation("/a//b", "slashes", ""),
            Refused("paths", "two slashes"),
        ),
        case(
            "a path with a query",
            operation("'/a?b=c'", "question", ""),
            Refused("paths", "may contain"),
        ),
        case(
            "a path with escapes",
            operation("'/a%2fb'", "escapes", ""),
            Refused("paths", "may contain"),
        ),
        case(
            "a path that ends a string",
            operation("'/a\"b'", "quotes", ""),
            Refused("paths", "may contain"),
        ),
        case(
            "a path with a brace",
            operation("'/a{b'", "brace", ""),
            Refused("paths", "braces"),
        ),
        case(
            "a path with punctuation",
            operation("'/a/b:cancel/c~d-e.f'", "punctuation", ""),
            Accepted,
        ),
        case(
            "a status that is none",
            "paths: {/status: {get: {operationId: status, responses: {'2\"0': {description: D.}}}}}",
            Refused("paths./status.get.responses", "may contain"),
        ),
        case(
            "a media type that ends a string",
            "paths: {/media: {get: {operationId: media, responses: {'200': {description: D., content: {'a/b\"': {}}}}}}}",
            Refused("paths./media.get.responses.200.content", "may contain"),
        ),
        case(
            "a header with a line break",
            operation(
                "/header",
                "header",
                r#"parameters: [{name: "X-A\r\nX-B", in: header, schema: {type: string}}]"#,
            ),
            Refused("paths./header.get.parameters.0.name", "may contain"),
        ),
        case(
            "a parameter that ends a code span",
            operation(
                "/span",
                "span",
                "parameters: [{name: 'a`b', in: query, schema: {type: string}}]",
            ),
            Refused("paths./span.get.parameters.0.name", "may contain"),
        ),
        case(
            "locals as query parameters",
            parameters("locals_query", "query", &locals),
            Accepted,
        ),
        case(
            "locals as headers",
            parameters("locals_header", "header", &locals),
            Accepted,
        ),
        case(
            "words as query parameters",
            parameters("words_query", "query", &WORDS),
            Either,
        ),
        case(
            "parameters that are one setter",
            parameters(
                "one_setter",
                "query",
                &["fooBar", "foo_bar", "FooBar", "foo-bar"],
            ),
            Either,
        ),
        case(
            "a parameter of every location",
            operation(
                "'/every/{id}'",
                "every_place",
                "parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: string}}, {name: id, in: header, schema: {type: string}}]",
            ),
            Refused("paths./every/{id}.get", "would both be called `id`"),
        ),
    ];
    for name in taken {
        let yaml = parameters("taken", "query", &[name]);
        let refused = Refused("paths./taken.get", "cannot be called");
        cases.push(case(format!("the parameter {name}"), yaml, refused));
    }
    for (index, names) in LOCALS.chunks(15).enumerate() {
        let yaml = parameters(&format!("locals_path_{index}"), "path", names);
        cases.push(case(format!("locals in a path, {index}"), yaml, Either));
    }
    for word in distinct(&WORDS) {
        cases.push(case(
            format!("a schema `{word}`"),
            schema(
                word,
                "{type: object, required: [id], properties: {id: {type: string}, next: {type: integer, nullable: true}}}",
            ),
            Either,
        ));
    }
    let words: Vec<_> = WORDS.iter().chain(&LOCALS).copied().collect();
    for word in distinct(&words) {
        let id = format!("'{word}'");
        let more = "parameters: [{name: page_size, in: query, schema: {type: integer}}]";
        let yaml = operation(&format!("/words/{word}"), &id, more);
        cases.push(case(format!("an operation `{word}`"), yaml, Either));
    }
    for method in ["head", "options", "trace"] {
        let yaml = format!(
            "paths: {{/method/{method}: {{{method}: {{operationId: by_{method}, {DONE}}}}}}}"
        );
        cases.push(case(format!("the method {method}"), yaml, Either));
    }
    cases
}
