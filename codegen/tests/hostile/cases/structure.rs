//! Nesting, chains and compositions; what steers the generator; the service as a whole.

use super::Outcome::{Accepted, Refused};
use super::{Case, case, levels, nested, operation, required, schema, text};

pub fn sizes() -> Vec<Case> {
    let array = |inner: &str| format!("{{type: array, items: {inner}}}");
    let object = |inner: &str| format!("{{type: object, properties: {{a: {inner}}}}}");
    vec![
        case(
            "50 nested arrays",
            nested("A", 50, array),
            Refused("components.schemas.A", "levels deep"),
        ),
        text(
            "200 nested lists",
            format!("x-a: {}{}", "[".repeat(200), "]".repeat(200)),
            Refused("", "levels deep"),
        ),
        text(
            "brackets on one line",
            format!("x-a: {}", "[".repeat(100_000)),
            Refused("", "levels deep"),
        ),
        case("20 nested arrays", nested("Arrays", 20, array), Accepted),
        case("9 nested objects", nested("Objects", 9, object), Accepted),
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
            Refused("components.schemas.A.example", "levels deep"),
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
            Refused(
                "components.schemas.Long.properties",
                "make a type name of more than",
            ),
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
            "a property that is a copy of what it is in",
            schema(
                "A",
                "{type: object, properties: {a: {allOf: [{$ref: '#/components/schemas/A'}, {type: object, properties: {b: {type: string}}}]}}}",
            ),
            Refused("components.schemas.A", "composed of itself"),
        ),
        case(
            "15 levels of two copies",
            levels("Copies", 15, |next| {
                format!(
                    "{{type: object, properties: {{a: {{allOf: [{next}, {{type: object, properties: {{c: {{type: string}}}}}}]}}, b: {{allOf: [{next}, {{type: object, properties: {{c: {{type: string}}}}}}]}}}}}}"
                )
            }),
            Refused("components.schemas.Copies", "composed of more than"),
        ),
        case(
            "parameters that refer to each other",
            "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}\npaths: {/p: {get: {operationId: p, parameters: [{$ref: '#/components/parameters/A'}], responses: {'204': {description: D.}}}}}",
            Refused("", ""),
        ),
    ]
}

pub fn steering() -> Vec<Case> {
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
            Refused("components.schemas.A.$ref", "does not name a component"),
        ),
        case(
            "a reference to everything",
            schema("A", "{$ref: '#'}"),
            Refused("components.schemas.A.$ref", "does not name a component"),
        ),
        case(
            "a reference to a file",
            schema("A", "{$ref: '/etc/passwd#/a'}"),
            Refused("components.schemas.A", "points outside the document"),
        ),
        case(
            "a reference that ends a line",
            schema("A", r#"{$ref: "a\ncargo::x=y"}"#),
            Refused("components.schemas.A.$ref", "may contain"),
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
            Refused("", "not a key of OpenAPI"),
        ),
    ]
}

pub fn service() -> Vec<Case> {
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
            Refused("servers.0.url", "may contain"),
        ),
        case(
            "a server with a query",
            server("https://api.example/?a=b"),
            Refused("servers.0.url", "may contain"),
        ),
        case(
            "a server on this machine",
            server("http://127.0.0.1:8080"),
            Accepted,
        ),
        case(
            "a server's variable that is a host",
            "servers: [{url: 'https://{host}', variables: {host: {default: 'a@b.example'}}}]",
            Refused("servers.0.variables.host.default", "may contain"),
        ),
        case(
            "a key that frames the message",
            key("Content-Length"),
            Refused(
                "components.securitySchemes.key.name",
                "the API key cannot be sent",
            ),
        ),
        case(
            "a key that is sent to a host",
            key("Host"),
            Refused(
                "components.securitySchemes.key.name",
                "the API key cannot be sent",
            ),
        ),
        case(
            "a key with a line break",
            key("\"X-A\\r\\nX-B\""),
            Refused("components.securitySchemes.key.name", "may contain"),
        ),
        case(
            "another version of OpenAPI",
            "openapi: 3.0.3-rc\"",
            Refused("openapi", "may contain"),
        ),
        case(
            "a version that ends a line",
            "info: {version: \"1\\n2\"}",
            Refused("info.version", "may contain"),
        ),
    ]
}
