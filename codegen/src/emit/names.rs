//! Checks that names in the generated code are unique: duplicates are refused here, with their origins,
//! and not by the compiler.

use std::collections::BTreeMap;

use super::operations::{handle_type, has_setter, setter_of, upload_type};
use crate::document::location;
use crate::error::Error;
use crate::ir::{Api, Body, Kind, Operation, Presence};

/// Types of the standard library that the generated code uses without a path.
const PRELUDE: [&str; 3] = ["Option", "String", "Vec"];

/// Methods of progenitor's client other than those of operations.
const FUNCTIONS: [&str; 9] = [
    "api_version",
    "baseurl",
    "client",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "post",
    "pre",
];

/// Checks all names that are derived from the document.
pub fn check_names(api: &Api) -> Result<(), Error> {
    let enums = api.enums.iter().map(|of| &of.name);
    let unions = api.unions.iter().map(|union| &union.name);
    for name in api.types.keys().chain(enums).chain(unions) {
        if PRELUDE.contains(&name.as_str()) {
            let reason =
                format!("a type cannot be called `{name}`, like one of the standard library");
            return Err(Error::at(format!("components.schemas.{name}"), reason));
        }
    }
    let (mut functions, mut calls, mut handles) = (Names::new(), Names::new(), BTreeMap::new());
    for operation in &api.operations {
        let at = location(&operation.path, &operation.verb.to_lowercase());
        functions.take("client method", &operation.function, &operation.id, &at)?;
        if FUNCTIONS.contains(&operation.function.as_str()) {
            let reason = format!(
                "progenitor's client has a method `{}` already",
                operation.function
            );
            return Err(Error::at(at, reason));
        }
        if PRELUDE.contains(&operation.call.as_str()) {
            let reason = format!(
                "the type of its calls cannot be called `{}`, like one of the standard library",
                operation.call
            );
            return Err(Error::at(at, reason));
        }
        calls.take("type", &operation.call, &operation.id, &at)?;
        if matches!(operation.body, Some(Body::JsonOrForm(..))) {
            calls.take("type", &upload_type(operation), &operation.id, &at)?;
        }
        for end in 1..=operation.handles.len() {
            let path = &operation.handles[..end];
            let name = handle_type(path);
            if let Some(other) = handles.insert(name.clone(), path)
                && other != path
            {
                let (one, other) = (path.join("."), other.join("."));
                let reason = format!("the handles `{other}` and `{one}` would both be `{name}`");
                return Err(Error::at(at, reason));
            }
        }
        call(operation, api, &at)?;
    }
    for ty in api.types.values() {
        let Kind::Struct(fields) = &ty.kind else {
            continue;
        };
        let at = format!(
            "components.schemas.{}",
            ty.schema.as_ref().unwrap_or(&ty.name)
        );
        let mut setters = Names::new();
        for field in fields {
            setters.take("setter", &field.name, &field.wire, &at)?;
            if field.presence == Presence::Patch {
                setters.take("setter", &clear(&field.name), &field.wire, &at)?;
            }
        }
    }
    Ok(())
}

/// The fields and setters of a call.
fn call(operation: &Operation, api: &Api, at: &str) -> Result<(), Error> {
    let mut fields = Names::new();
    for argument in &operation.arguments {
        fields.take("field", &argument.name, &argument.wire, at)?;
    }
    if let Some(Body::Form(form) | Body::JsonOrForm(_, form)) = &operation.body {
        for field in form {
            fields.take("field", &field.name, &field.wire, at)?;
        }
    }
    let mut setters = Names::new();
    for argument in operation
        .arguments
        .iter()
        .filter(|argument| !argument.required)
    {
        setters.take("setter", &setter_of(argument), &argument.wire, at)?;
    }
    if let Some(Body::Json(ty) | Body::JsonOrForm(ty, _)) = &operation.body {
        for field in api.fields(ty).unwrap_or_default() {
            if has_setter(operation, &field.name) {
                setters.take("setter", &field.name, &field.wire, at)?;
                if field.presence == Presence::Patch {
                    setters.take("setter", &clear(&field.name), &field.wire, at)?;
                }
            }
        }
    }
    Ok(())
}

fn clear(field: &str) -> String {
    format!("clear_{field}")
}

/// Names in Rust, with the names in the document that they come from.
struct Names(BTreeMap<String, String>);

impl Names {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn take(&mut self, what: &str, name: &str, of: &str, at: &str) -> Result<(), Error> {
        match self.0.insert(name.to_owned(), of.to_owned()) {
            None => Ok(()),
            Some(other) => Err(Error::at(
                at,
                format!("`{other}` and `{of}` would both have the {what} `{name}` in Rust"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{document, refusal};

    #[test]
    fn a_duplicate_name_is_refused_with_both_origins() {
        for (paths, schemas, expected) in [
            (
                "{/a: {get: {operationId: aB, responses: {'204': {description: ''}}}}, \
                 /b: {get: {operationId: a_b, responses: {'204': {description: ''}}}}}",
                "{}",
                "paths./b.get: `aB` and `a_b` would both have the client method `a_b` in Rust",
            ),
            (
                "{/a-b/c: {get: {operationId: x_list, responses: {'204': {description: ''}}}}, \
                 /a/b-c: {get: {operationId: y_list, responses: {'204': {description: ''}}}}}",
                "{}",
                "paths./a/b-c.get: the handles `a_b.c` and `a.b_c` would both be `ABC`",
            ),
            (
                "{/a: {patch: {operationId: a_partial_update, requestBody: {content: {application/json: \
                 {schema: {$ref: '#/components/schemas/A'}}}}, responses: {'204': {description: ''}}}}}",
                "{A: {type: object, properties: {x: {type: string, nullable: true}, \
                 clear_x: {type: boolean}}}}",
                "`clear_x` and `x` would both have the setter `clear_x` in Rust",
            ),
            (
                "{/a: {post: {operationId: a_create, parameters: [{name: file, in: query, schema: {type: string}}], \
                 requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {\
                 file: {type: string, format: binary}}}}}}, responses: {'204': {description: ''}}}}}",
                "{}",
                "paths./a.post: `file` and `file` would both have the field `file` in Rust",
            ),
            (
                "{/a: {get: {operationId: a_list, responses: {'200': {description: '', content: \
                 {application/json: {schema: {$ref: '#/components/schemas/Option'}}}}}}}}",
                "{Option: {type: object, properties: {a: {type: string}}}}",
                "components.schemas.Option: a type cannot be called `Option`",
            ),
        ] {
            let refused = refusal(&document(paths, schemas));
            assert!(refused.contains(expected), "{refused}\n{expected}");
        }
    }
}
