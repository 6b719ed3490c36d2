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

mod names;
mod schemas;
mod structure;
mod texts;

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

fn parameters(id: &str, location: &str, names: &[&str]) -> String {
    let list: Vec<_> = names
        .iter()
        .map(|name| {
            let required = if location == "path" {
                ", required: true"
            } else {
                ""
            };
            format!("{{name: '{name}', in: {location}, schema: {{type: string}}{required}}}")
        })
        .collect();
    let path = match location {
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
        names::names(),
        schemas::enums(),
        schemas::fields(),
        texts::texts(),
        structure::sizes(),
        structure::steering(),
        structure::service(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
