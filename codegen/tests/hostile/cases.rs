//! The table: what a document holds, and what must come of it.

/// What must come of a document.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It generates, and the client compiles.
    Accepted,
    /// One line, which begins with the first text (the location) and contains the second.
    Refused(&'static str, &'static str),
    /// Accepted, or refused in one line with a location: as the generator sees fit.
    Either,
}

use Outcome::{Accepted, Either, Refused};

/// A YAML text that is merged into a minimal document.
pub struct Case {
    pub name: String,
    pub yaml: String,
    /// The text is put behind that of the minimal document, instead of its value into the value.
    pub is_text: bool,
    pub outcome: Outcome,
}

fn case(name: impl Into<String>, yaml: impl Into<String>, outcome: Outcome) -> Case {
    Case {
        name: name.into(),
        yaml: yaml.into(),
        is_text: false,
        outcome,
    }
}

/// What no value holds.
fn text(name: &str, yaml: impl Into<String>, outcome: Outcome) -> Case {
    Case {
        is_text: true,
        ..case(name, yaml, outcome)
    }
}

const DONE: &str = "responses: {'204': {description: Done.}}";

/// An operation; `more` are its further keys.
fn operation(path: &str, id: &str, more: &str) -> String {
    let more = if more.is_empty() {
        String::new()
    } else {
        format!(", {more}")
    };
    format!("paths: {{{path}: {{get: {{operationId: {id}, {DONE}{more}}}}}}}")
}

/// A schema, and operations that take and give it.
fn schema(name: &str, yaml: &str) -> String {
    let reference = format!("{{$ref: '#/components/schemas/{name}'}}");
    let content = format!("content: {{application/json: {{schema: {reference}}}}}");
    let slug: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "paths: {{/schemas/{slug}: {{
            get: {{operationId: get_{slug}, responses: {{'200': {{description: It., {content}}}}}}},
            patch: {{operationId: set_{slug}, requestBody: {{{content}}}, {DONE}}}}}}}
components: {{schemas: {{'{name}': {yaml}}}}}"
    )
}

fn enumeration(name: &str, values: &str) -> String {
    schema(name, &format!("{{type: string, enum: {values}}}"))
}

/// A schema that is `levels` of `around` deep.
fn nested(name: &str, levels: usize, around: fn(&str) -> String) -> String {
    let mut inner = "{type: string}".to_owned();
    for _ in 0..levels {
        inner = around(&inner);
    }
    schema(name, &inner)
}

/// `NAME0` to `NAMEn`, each made of a reference to the next.
fn levels(name: &str, levels: usize, of: fn(&str) -> String) -> String {
    let mut yaml = schema(
        &format!("{name}0"),
        &of(&format!("{{$ref: '#/components/schemas/{name}1'}}")),
    );
    yaml.truncate(yaml.len() - 2);
    for level in 1..levels {
        let next = format!("{{$ref: '#/components/schemas/{name}{}'}}", level + 1);
        yaml += &format!(",\n {name}{level}: {}", of(&next));
    }
    yaml + &format!(
        ",\n {name}{levels}: {{type: object, properties: {{end: {{type: string}}}}}}}}}}"
    )
}

fn required(next: &str) -> String {
    format!("{{type: object, required: [a], properties: {{a: {next}}}}}")
}

fn parameters(id: &str, place: &str, names: &[&str]) -> String {
    let list: Vec<_> = names
        .iter()
        .map(|name| {
            let required = if place == "path" {
                ", required: true"
            } else {
                ""
            };
            format!("{{name: '{name}', in: {place}, schema: {{type: string}}{required}}}")
        })
        .collect();
    let path = match place {
        "path" => names.iter().map(|name| format!("/{{{name}}}")).collect(),
        _ => String::new(),
    };
    operation(
        &format!("'/{id}{path}'"),
        id,
        &format!("parameters: [{}]", list.join(", ")),
    )
}

/// What Rust, its prelude and the crates around generated code call something.
const WORDS: [&str; 92] = [
    "A",
    "B",
    "E",
    "F",
    "S",
    "T",
    "U",
    "V",
    "X",
    "a",
    "Self",
    "self",
    "Super",
    "super",
    "crate",
    "Crate",
    "type",
    "Type",
    "struct",
    "enum",
    "fn",
    "async",
    "await",
    "dyn",
    "gen",
    "try",
    "union",
    "box",
    "abstract",
    "static",
    "macro_rules",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Box",
    "Vec",
    "String",
    "ToString",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "Display",
    "PartialEq",
    "Eq",
    "Hash",
    "Ord",
    "Drop",
    "Fn",
    "FnOnce",
    "Iterator",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "AsRef",
    "Send",
    "Sync",
    "Sized",
    "Error",
    "Client",
    "Value",
    "Map",
    "HashMap",
    "Serialize",
    "Deserialize",
    "Upload",
    "ByteStream",
    "ResponseValue",
    "RequestBuilderExt",
    "Patch",
    "Secret",
    "UnknownValue",
    "SignedDuration",
    "Builder",
    "types",
    "std",
    "core",
    "serde",
    "reqwest",
    "ultravox",
    "bool",
    "str",
    "i64",
    "f64",
    "char",
    "usize",
    "Uuid",
    "DateTime",
];

/// What generated code has as methods, variables and modules.
const LOCALS: [&str; 58] = [
    "url",
    "_url",
    "query",
    "_query",
    "request",
    "_request",
    "client",
    "_client",
    "value",
    "_value",
    "body",
    "_body",
    "header_map",
    "_header_map",
    "info",
    "result",
    "_result",
    "response",
    "_response",
    "error",
    "err",
    "ok",
    "some",
    "none",
    "response_value",
    "byte_stream",
    "inner",
    "self",
    "Self",
    "crate",
    "super",
    "type",
    "async",
    "await",
    "gen",
    "new",
    "send",
    "builder",
    "types",
    "operations",
    "prelude",
    "default",
    "clone",
    "from",
    "into",
    "drop",
    "fmt",
    "encode_path",
    "baseurl",
    "exec",
    "pages",
    "stream",
    "call",
    "timeout",
    "retries",
    "header",
    "std",
    "option",
];

/// The words that are different names in Rust, so that one document can have all of them.
fn distinct<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    let is_new = |word: &&str| seen.insert(word.replace('_', "").to_lowercase());
    words.iter().copied().filter(is_new).collect()
}

/// Every case.
pub fn all() -> Vec<Case> {
    [
        names(),
        enums(),
        fields(),
        texts(),
        sizes(),
        steering(),
        service(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn names() -> Vec<Case> {
    let id = |id: &str| operation("/id", id, "");
    let mut cases = vec![
        case(
            "an id that ends a directive",
            id(r#""a\ncargo::rustc-link-arg=-wrapper""#),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id with a carriage return",
            id(r#""a\rb""#),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id that ends a string",
            id("'a\"b'"),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id with a backslash",
            id("'a\\b'"),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id that leaves a folder",
            id("'../../a'"),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id with text from right to left",
            id(r#""a\u202eb""#),
            Refused("paths./id.get.operationId", "may hold"),
        ),
        case(
            "an id in other letters",
            id("größe"),
            Refused("paths./id.get.operationId", "may hold"),
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
            Refused("paths./two.get", "boxes"),
        ),
        case(
            "a schema of 245 characters",
            schema(&"a".repeat(245), "{type: string}"),
            Refused("components.schemas", "245 characters"),
        ),
        case(
            "a schema that leaves a folder",
            schema("../a", "{type: object}"),
            Refused("components.schemas", "may hold"),
        ),
        case(
            "a schema that ends a line",
            "components: {schemas: {\"A\\n}\": {type: object}}}",
            Refused("components.schemas", "may hold"),
        ),
        case(
            "a tag that is a row of a table",
            operation("/tag", "tagged", "tags: [\"a | b |\\n| c\"]"),
            Refused("paths./tag.get.tags.0", "may hold"),
        ),
        case(
            "a tag that is an environment variable's end",
            operation("/tag", "tagged", "tags: ['a=b']"),
            Refused("paths./tag.get.tags.0", "may hold"),
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
            Refused("paths", "may hold"),
        ),
        case(
            "a path with escapes",
            operation("'/a%2fb'", "escapes", ""),
            Refused("paths", "may hold"),
        ),
        case(
            "a path that ends a string",
            operation("'/a\"b'", "quotes", ""),
            Refused("paths", "may hold"),
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
            Refused("paths./status.get.responses", "may hold"),
        ),
        case(
            "a media type that ends a string",
            "paths: {/media: {get: {operationId: media, responses: {'200': {description: D., content: {'a/b\"': {}}}}}}}",
            Refused("paths./media.get.responses.200.content", "may hold"),
        ),
        case(
            "a header with a line break",
            operation(
                "/header",
                "header",
                r#"parameters: [{name: "X-A\r\nX-B", in: header, schema: {type: string}}]"#,
            ),
            Refused("paths./header.get.parameters.0.name", "may hold"),
        ),
        case(
            "a parameter that ends a code span",
            operation(
                "/span",
                "span",
                "parameters: [{name: 'a`b', in: query, schema: {type: string}}]",
            ),
            Refused("paths./span.get.parameters.0.name", "may hold"),
        ),
        case(
            "locals as query parameters",
            parameters("locals_query", "query", &LOCALS),
            Accepted,
        ),
        case(
            "locals as headers",
            parameters("locals_header", "header", &LOCALS),
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
            "a parameter of every place",
            operation(
                "'/every/{id}'",
                "every_place",
                "parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: string}}, {name: id, in: header, schema: {type: string}}]",
            ),
            Accepted,
        ),
    ];
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

fn enums() -> Vec<Case> {
    vec![
        case(
            "values that differ in case",
            enumeration("Case", "[err, Err, ERR]"),
            Accepted,
        ),
        case(
            "values that are variants of the prelude",
            enumeration("Prelude", "[ok, Ok, err, Err, some, none, None, Some]"),
            Accepted,
        ),
        case(
            "values that are keywords",
            enumeration(
                "Keywords",
                "[self, Self, crate, super, type, async, gen, 'true', 'null']",
            ),
            Accepted,
        ),
        case(
            "values of punctuation",
            enumeration(
                "Punctuation",
                "['', ' ', '-', '+', '*', '*/', '//', '{}', '%', '<b>', '|', a b, a-b, a_b, a.b, aB, AB]",
            ),
            Accepted,
        ),
        case(
            "values of digits",
            enumeration("Digits", "['1', '1.0', '01', '1a', '-1']"),
            Accepted,
        ),
        case(
            "the value that is unknown",
            enumeration("Unknown", "[UnknownValue, unknown_value, Unknown]"),
            Either,
        ),
        case(
            "values that are derived traits",
            enumeration(
                "Derived",
                "[Debug, Clone, Serialize, Default, From, Self_, String, Option, Result, Error]",
            ),
            Accepted,
        ),
        case(
            "an enum of one value",
            enumeration("Single", "[only]"),
            Accepted,
        ),
        case("an enum of null", enumeration("OnlyNull", "[null]"), Either),
        case(
            "the same value twice",
            enumeration("Twice", "[a, a]"),
            Either,
        ),
        case(
            "numbers",
            schema(
                "Numbers",
                "{type: integer, enum: [-1, 0, 9007199254740993]}",
            ),
            Accepted,
        ),
        case(
            "mixed values",
            schema("Mixed", "{enum: [a, 1, true, null]}"),
            Either,
        ),
        case(
            "a value that ends a string",
            enumeration("A", "['a\"b']"),
            Refused("components.schemas.A.enum.0", "may hold"),
        ),
        case(
            "a value that ends a code span",
            enumeration("A", "['a`b']"),
            Refused("components.schemas.A.enum.0", "may hold"),
        ),
        case(
            "a value with a line break",
            enumeration("A", r#"["a\nb"]"#),
            Refused("components.schemas.A.enum.0", "may hold"),
        ),
        case(
            "a value from right to left",
            enumeration("A", r#"["a\u202eb"]"#),
            Refused("components.schemas.A.enum.0", "may hold"),
        ),
        case(
            "a value in other letters",
            enumeration("A", "[größe]"),
            Refused("components.schemas.A.enum.0", "may hold"),
        ),
        case(
            "a value of 245 characters",
            enumeration("A", &format!("[{}]", "a".repeat(245))),
            Refused("components.schemas.A.enum.0", "245 characters"),
        ),
    ]
}

fn fields() -> Vec<Case> {
    let object = |name: &str, names: &[&str]| {
        let properties: Vec<_> = names
            .iter()
            .map(|name| format!("'{name}': {{type: string}}"))
            .collect();
        let required: Vec<_> = names
            .iter()
            .step_by(2)
            .map(|name| format!("'{name}'"))
            .collect();
        schema(
            name,
            &format!(
                "{{type: object, required: [{}], properties: {{{}}}}}",
                required.join(", "),
                properties.join(", ")
            ),
        )
    };
    let words: Vec<&str> = WORDS.iter().chain(&LOCALS).copied().collect();
    let mut words = words;
    words.sort_unstable();
    words.dedup();
    vec![
        case("properties that are one field", object("OneField", &["fooBar", "foo_bar", "FooBar", "foo-bar", "foo bar", "foo.bar", "foo_bar_2"]), Accepted),
        case("properties that are words of Rust", object("RustWords", &words), Accepted),
        case("properties of punctuation", object("Signs", &["-", "$", "@type", "type", "_", "__", "1", "2fa", "a[b]", "a/b", "+1", "-1"]), Accepted),
        case("a property beside further ones", schema("Further", "{type: object, properties: {extra: {type: string}, additionalProperties: {type: string}}, additionalProperties: {type: integer}}"), Accepted),
        case("a required property that is not there", schema("Missing", "{type: object, required: [nope], properties: {a: {type: string}}}"), Either),
        case("a property of nothing", object("A", &[""]), Refused("components.schemas.A", "is empty")),
        case("a property that ends a string", object("A", &["a\"b"]), Refused("components.schemas.A", "may hold")),
        case("a property that ends a code span", object("A", &["a`b"]), Refused("components.schemas.A", "may hold")),
        case("a property in other letters", object("A", &["größe"]), Refused("components.schemas.A", "may hold")),
        case("a property from right to left", schema("A", r#"{type: object, properties: {"a\u2066b": {type: string}}}"#), Refused("components.schemas.A.properties", "may hold")),
        case("a property of 245 characters", object("A", &[&"a".repeat(245)]), Refused("components.schemas.A", "245 characters")),
        case("inline types of one name", schema("Outer", "{type: object, properties: {a_b: {type: object, properties: {c: {type: object, properties: {d: {type: string}}}}}, a: {type: object, properties: {b_c: {type: object, properties: {d: {type: integer}}}}}}}"), Either),
        case("limits of every size", schema("Limits", "{type: object, properties: {a: {type: string, minLength: 0, maxLength: 18446744073709551615}, b: {type: integer, minimum: -9223372036854775808, maximum: 9223372036854775807}, c: {type: number, minimum: -1.7976931348623157e308, maximum: 1.7976931348623157e308}, d: {type: array, minItems: 0, maxItems: 4294967296, items: {type: integer, format: int32, minimum: -1, maximum: 1}}}}"), Either),
        case("limits that nothing is within", schema("Nothing", "{type: object, properties: {a: {type: string, minLength: 5, maxLength: 2}, b: {type: integer, minimum: 5, maximum: 2}, c: {type: integer, multipleOf: 0}}}"), Either),
        case("lengths that are huge", schema("Huge", "{type: object, properties: {a: {type: string, minLength: 1099511627776}, b: {type: array, minItems: 1099511627776, items: {type: integer}}, c: {type: string, pattern: '^a{4000000000}$'}}}"), Accepted),
        case("a negative length", schema("A", "{type: string, maxLength: -1}"), Refused("components.schemas.A", "")),
        text("a number that is none", "x-a: .inf", Refused("", "not YAML")),
        case("defaults of another type", schema("Defaults", "{type: object, properties: {a: {type: integer, default: x}, b: {type: string, default: 3}, c: {type: boolean, default: []}}}"), Either),
        case("a pattern that an engine goes back in", schema("Back", "{type: object, properties: {a: {type: string, pattern: '^(((.*)*)*)*s$'}, b: {type: string, pattern: '('}, c: {type: string, pattern: '(?<=a)\\p{L}'}}}"), Accepted),
        case("a pattern of many groups", schema("A", &format!("{{type: string, pattern: '{}a{}'}}", "(".repeat(400), ")".repeat(400))), Refused("components.schemas.A.pattern", "groups")),
        case("a tagged union of odd names", "paths: {/union: {get: {operationId: get_union, responses: {'200': {description: D., content: {application/json: {schema: {$ref: '#/components/schemas/TaggedUnion'}}}}}}}}
components: {schemas: {TaggedUnion: {oneOf: [{$ref: '#/components/schemas/UnionErr'}, {$ref: '#/components/schemas/UnionOk'}], discriminator: {propertyName: type, mapping: {err: '#/components/schemas/UnionErr', Err: '#/components/schemas/UnionErr', ok: '#/components/schemas/UnionOk'}}},
  UnionErr: {type: object, required: [type], properties: {type: {type: string}}}, UnionOk: {type: object, required: [type], properties: {type: {type: string}}}}}", Either),
    ]
}

/// Code that a doctest would run, HTML, and what ends the comment that it is in.
const PROSE: &str = r#"Runs.\n\n```rust\ncompile_error!(\"a\");\n```\n\n    compile_error!(\"b\");\n\n~~~\ncompile_error!(\"c\");\n~~~\n\n- ```\n  compile_error!(\"d\");\n  ```\n> ```\n> compile_error!(\"e\");\n\n</details><script>alert(1)</script> `<img src=x> [`Client`] [a](javascript:b) */ \" \\ #[doc = include_str!(\"/etc/passwd\")] {} {0} $crate"#;

fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    // Each text of a document, with what must not be in one.
    let places: [(&str, &str, fn(&str) -> String); 13] = [
        ("a title", "info.title", |text| {
            format!("info: {{title: {text}}}")
        }),
        ("a description", "info.description", |text| {
            format!("info: {{description: {text}}}")
        }),
        ("a summary", "paths./text.get.summary", |text| {
            operation("/text", "text", &format!("summary: {text}"))
        }),
        (
            "an operation's description",
            "paths./text.get.description",
            |text| operation("/text", "text", &format!("description: {text}")),
        ),
        (
            "a parameter's description",
            "paths./text.get.parameters.0.description",
            |text| {
                operation(
                    "/text",
                    "text",
                    &format!(
                        "parameters: [{{name: a, in: query, description: {text}, schema: {{type: string}}}}]"
                    ),
                )
            },
        ),
        (
            "a response's description",
            "paths./text.get.responses.404.description",
            |text| {
                format!(
                    "paths: {{/text: {{get: {{operationId: text, responses: {{'404': {{description: {text}}}}}}}}}}}"
                )
            },
        ),
        ("a tag's description", "tags.0.description", |text| {
            format!("tags: [{{name: a, description: {text}}}]")
        }),
        (
            "a schema's title",
            "components.schemas.Text.title",
            |text| schema("Text", &format!("{{type: object, title: {text}}}")),
        ),
        (
            "a schema's description",
            "components.schemas.Text.description",
            |text| schema("Text", &format!("{{type: object, description: {text}}}")),
        ),
        (
            "a default",
            "components.schemas.Text.properties.a.default",
            |text| {
                schema(
                    "Text",
                    &format!(
                        "{{type: object, properties: {{a: {{type: string, default: {text}}}}}}}"
                    ),
                )
            },
        ),
        ("an example", "components.schemas.Text.example", |text| {
            schema("Text", &format!("{{type: object, example: {text}}}"))
        }),
        (
            "a key of an example",
            "components.schemas.Text.example",
            |text| {
                schema(
                    "Text",
                    &format!("{{type: object, example: {{? {text} : 1}}}}"),
                )
            },
        ),
        ("an extension", "paths./text.get.x-note", |text| {
            operation("/text", "text", &format!("x-note: {text}"))
        }),
    ];
    for (what, location, of) in places {
        for text in [
            r"\u202e",
            r"\u2066",
            r"\u200f",
            r"\u2028",
            r"\e[2J",
            r"\r",
            r"\0",
            r"\a",
            r"\x7f",
            r"\ufeff",
            r"\U000e0041",
        ] {
            let yaml = of(&format!("\"a{text}b\""));
            cases.push(case(
                format!("{what} with {text}"),
                yaml,
                Refused(location, "of the text holds U+"),
            ));
        }
        cases.push(case(
            format!("{what} that is too long"),
            of(&format!("\"{}\"", "a".repeat(1 << 17))),
            Refused(location, "bytes"),
        ));
    }
    for (what, text) in [
        ("prose that would run", PROSE.to_owned()),
        (
            "prose in many scripts",
            "Grüße, 你好, שלום, नमस्ते, 👩‍🚀".to_owned(),
        ),
    ] {
        let slug = what.replace(' ', "_");
        let quoted = format!("\"{text}\"");
        let place = slug.replace('_', "");
        cases.push(case(what, operation(&format!("/{place}"), &slug, &format!("summary: {quoted}, description: {quoted}, parameters: [{{name: a, in: query, description: {quoted}, schema: {{type: string, default: {quoted}}}}}]")), Accepted));
        cases.push(case(format!("{what}, of a type"), schema(&format!("Type{place}"), &format!("{{type: object, title: {quoted}, description: {quoted}, example: {quoted}, properties: {{a: {{type: string, description: {quoted}, default: {quoted}}}, b: {{type: string, enum: [a], description: {quoted}}}}}}}")), Accepted));
        cases.push(case(
            format!("{what}, of the whole"),
            format!("info: {{title: {quoted}, description: {quoted}}}"),
            Accepted,
        ));
        cases.push(case(format!("{what}, of an error"), format!("paths: {{/{place}e: {{get: {{operationId: {slug}_e, responses: {{'204': {{description: {quoted}}}, '404': {{description: {quoted}}}}}}}}}}}"), Accepted));
    }
    cases.push(case(
        "a link that is a script",
        operation(
            "/link",
            "link",
            "externalDocs: {url: 'javascript:alert(1)'}",
        ),
        Refused("paths./link.get.externalDocs.url", "https://"),
    ));
    cases.push(case(
        "a link that ends itself",
        operation(
            "/link",
            "link",
            "externalDocs: {url: 'https://a.example/> <script>'}",
        ),
        Refused("paths./link.get.externalDocs.url", "may hold"),
    ));
    cases
}

fn sizes() -> Vec<Case> {
    let array = |inner: &str| format!("{{type: array, items: {inner}}}");
    let object = |inner: &str| format!("{{type: object, properties: {{a: {inner}}}}}");
    vec![
        case(
            "50 nested arrays",
            nested("A", 50, array),
            Refused("components.schemas.A", "inside of one another"),
        ),
        text(
            "200 nested lists",
            format!("x-a: {}{}", "[".repeat(200), "]".repeat(200)),
            Refused("", "inside of one another"),
        ),
        text(
            "brackets on one line",
            format!("x-a: {}", "[".repeat(100_000)),
            Refused("", "inside of one another"),
        ),
        case("28 nested arrays", nested("Arrays", 28, array), Accepted),
        case("14 nested objects", nested("Objects", 13, object), Accepted),
        case(
            "nested data",
            schema(
                "A",
                &format!(
                    "{{type: object, example: {}{}}}",
                    "[".repeat(60),
                    "]".repeat(60)
                ),
            ),
            Refused("components.schemas.A.example", "inside of one another"),
        ),
        case(
            "a chain of 600 required objects",
            levels("Chain", 600, required),
            Refused("components.schemas.Chain0", "chain"),
        ),
        case(
            "a chain of 30 required objects",
            levels("Row", 30, required),
            Accepted,
        ),
        case(
            "a chain of 30 lists",
            levels("Lists", 24, |next| {
                format!("{{type: object, properties: {{a: {{type: array, items: {next}}}}}}}")
            }),
            Accepted,
        ),
        case(
            "a chain of 30 arrays",
            levels("Rows", 30, |next| format!("{{type: array, items: {next}}}")),
            Accepted,
        ),
        case(
            "18 levels of two members",
            levels("Double", 18, |next| format!("{{allOf: [{next}, {next}]}}")),
            Refused("components.schemas.Double", "composed of more than"),
        ),
        case(
            "18 levels of two alternatives",
            levels("Either", 18, |next| format!("{{oneOf: [{next}, {next}]}}")),
            Refused("components.schemas.Either", "composed of more than"),
        ),
        case(
            "a chain of 18 members",
            levels("Members", 18, |next| {
                format!(
                    "{{allOf: [{next}, {{type: object, properties: {{b: {{type: string}}}}}}]}}"
                )
            }),
            Accepted,
        ),
        case(
            "18 levels of two properties",
            levels("Twice", 18, |next| {
                format!("{{type: object, properties: {{a: {next}, b: {next}}}}}")
            }),
            Accepted,
        ),
        case(
            "18 levels of two directions",
            levels("Ways", 18, |next| {
                format!(
                    "{{type: object, properties: {{a: {next}, b: {next}, id: {{type: string, readOnly: true}}, key: {{type: string, writeOnly: true}}}}}}"
                )
            }),
            Accepted,
        ),
        case(
            "names that add up",
            schema(
                "Long",
                &format!(
                    "{{type: object, properties: {{{0}: {{type: object, properties: {{{0}: {{type: object, properties: {{a: {{type: string}}}}}}}}}}}}}}",
                    "a".repeat(90)
                ),
            ),
            Refused("components.schemas.Long.properties", "name of a type"),
        ),
        text(
            "a bomb of aliases",
            "x-a: &a [1, 2, 3, 4, 5, 6, 7, 8]\nx-b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nx-c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nx-d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\nx-e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nx-f: [*e, *e, *e, *e, *e, *e, *e, *e]\nx-g: 0",
            Refused("", "alias"),
        ),
        case(
            "a schema composed of itself",
            schema("A", "{allOf: [{$ref: '#/components/schemas/A'}]}"),
            Refused("components.schemas.A", "composed of itself"),
        ),
        case(
            "parameters that refer to each other",
            "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}\npaths: {/p: {get: {operationId: p, parameters: [{$ref: '#/components/parameters/A'}], responses: {'204': {description: D.}}}}}",
            Refused("", ""),
        ),
    ]
}

fn steering() -> Vec<Case> {
    vec![
        case(
            "a type of its own choosing",
            schema(
                "A",
                "{type: string, x-rust-type: {crate: chrono, version: '*', path: 'chrono::X<{ include_str!(\"/etc/passwd\") }>'}}",
            ),
            Refused("components.schemas.A", "x-rust-type"),
        ),
        case(
            "a note of the generator",
            schema("A", "{type: string, x-ultravox-enum: [a]}"),
            Refused("components.schemas.A", "x-ultravox-enum"),
        ),
        case(
            "an extension of another server",
            operation("/dropshot", "dropshot", "x-dropshot-websocket: {}"),
            Refused("paths./dropshot.get", "x-dropshot-websocket"),
        ),
        case(
            "an extension that steers nothing",
            operation(
                "/extension",
                "extension",
                "x-note: {x-rust-type: {path: 'a::b'}, $ref: nowhere}",
            ),
            Accepted,
        ),
        case(
            "a reference into a path",
            schema("A", "{$ref: '#/paths/~1base/get'}"),
            Refused("components.schemas.A.$ref", "names no component"),
        ),
        case(
            "a reference to everything",
            schema("A", "{$ref: '#'}"),
            Refused("components.schemas.A.$ref", "names no component"),
        ),
        case(
            "a reference to a file",
            schema("A", "{$ref: '/etc/passwd#/a'}"),
            Refused("components.schemas.A", "leads out of the document"),
        ),
        case(
            "a reference that ends a line",
            schema("A", r#"{$ref: "a\ncargo::x=y"}"#),
            Refused("components.schemas.A.$ref", "may hold"),
        ),
        text(
            "a duplicate key",
            "info: {title: a, title: b}",
            Refused("", "duplicate key `info`"),
        ),
        text(
            "a tag of YAML",
            "info: {title: !!binary aGk=}",
            Refused("", "not YAML"),
        ),
        case(
            "a key that is no keyword",
            "\"a\\nb\": 1",
            Refused("", "no key of OpenAPI"),
        ),
    ]
}

fn service() -> Vec<Case> {
    let server = |url: &str| format!("servers: [{{url: '{url}'}}]");
    let key = |name: &str| {
        format!(
            "components: {{securitySchemes: {{key: {{type: apiKey, in: header, name: {name}}}}}}}"
        )
    };
    vec![
        case(
            "a server that is not https",
            server("http://api.example"),
            Refused("servers.0.url", "unencrypted"),
        ),
        case(
            "a server with a password",
            server("https://user:word@api.example"),
            Refused("servers.0.url", "may hold"),
        ),
        case(
            "a server with a query",
            server("https://api.example/?a=b"),
            Refused("servers.0.url", "may hold"),
        ),
        case(
            "a server on this machine",
            server("http://127.0.0.1:8080"),
            Accepted,
        ),
        case(
            "a server's variable that is a host",
            "servers: [{url: 'https://{host}', variables: {host: {default: 'a@b.example'}}}]",
            Refused("servers.0.variables.host.default", "may hold"),
        ),
        case(
            "a key that frames the message",
            key("Content-Length"),
            Refused("components.securitySchemes.key.name", "no key can be sent"),
        ),
        case(
            "a key that is sent to a host",
            key("Host"),
            Refused("components.securitySchemes.key.name", "no key can be sent"),
        ),
        case(
            "a key with a line break",
            key("\"X-A\\r\\nX-B\""),
            Refused("components.securitySchemes.key.name", "may hold"),
        ),
        case(
            "another version of OpenAPI",
            "openapi: 3.0.3-rc\"",
            Refused("openapi", "may hold"),
        ),
        case(
            "a version that ends a line",
            "info: {version: \"1\\n2\"}",
            Refused("info.version", "may hold"),
        ),
    ]
}
