//! The handles and the method of each operation: `client.agents().calls().create(…)`.
//!
//! The handles follow the path, and the method is the verb at the end of the `operationId`:
//!
//! - The segments of the path that are not parameters are the handles, except for the prefix that all
//!   paths share (`/api`).
//! - `list`, `create` and the other [`VERBS`] are methods of the last handle.
//! - The only operation of a path, with none below it, is itself a method of the parent if it reads a part
//!   of the parent, or if its id does not end in a verb: `calls().recording(call_id)`,
//!   `corpora().query(corpus_id)`.
//! - [`EXCEPTIONS`] lists the others.
//!
//! Names are given before operations are left out, so that they do not depend on what is enabled.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::walk;
use crate::document::{METHODS, operations};
use crate::error::Error;
use crate::idents;

/// On an operation: its handles, and its method of the last one.
pub const X_HANDLES: &str = "x-ultravox-handles";
pub const X_METHOD: &str = "x-ultravox-method";

/// Suffixes of operation ids, with the methods that they become. The longest match counts.
const VERBS: [(&str, &str); 6] = [
    ("partial_update", "update"),
    ("list", "list"),
    ("retrieve", "get"),
    ("create", "create"),
    ("update", "replace"),
    ("destroy", "delete"),
];

/// Operation ids for which the rule gives no good name, with their handles and methods.
const EXCEPTIONS: [(&str, &[&str], &str); 2] = [
    ("tools_test_create", &["tools"], "test"),
    ("preview_voice", &["voices"], "preview_definition"),
];

/// Methods that `Client` and every handle have already.
const TAKEN_BY_CLIENT: [&str; 5] = ["builder", "from_env", "new", "request", CLIENT];
const CLIENT: &str = "client";

/// Progenitor generates one flat list of methods, named by the ids alone.
pub fn lower(document: &mut Value) -> Result<(), Error> {
    let paths: Vec<(String, usize)> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, item)| {
            let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
            (path.clone(), methods.count())
        })
        .collect();
    let site = Site::of(&paths);
    walk::operations(document, |location, operation| {
        let id = operation["operationId"].as_str().unwrap_or_default();
        // The location is `paths.PATH.METHOD`.
        let path = location.trim_start_matches("paths.");
        let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
        let (handles, method) = site.name(path, id);
        operation[X_HANDLES] = json!(handles);
        operation[X_METHOD] = json!(method);
        Ok(())
    })?;
    distinct(document)
}

/// How the paths relate to each other.
struct Site<'a> {
    /// How many segments all paths begin with.
    common: usize,
    /// The number of operations of each path.
    alone: BTreeMap<&'a str, usize>,
    /// Every path that is a prefix of another one.
    parents: BTreeSet<String>,
}

impl<'a> Site<'a> {
    fn of(paths: &'a [(String, usize)]) -> Self {
        let mut common: Option<Vec<&str>> = None;
        let mut shortest = usize::MAX;
        let mut parents = BTreeSet::new();
        for (path, _) in paths {
            let segments: Vec<&str> = segments(path).collect();
            let fixed: Vec<&str> = segments
                .iter()
                .copied()
                .take_while(|segment| !is_parameter(segment))
                .collect();
            shortest = shortest.min(fixed.len().saturating_sub(1));
            common = Some(match common {
                None => fixed,
                Some(common) => common
                    .into_iter()
                    .zip(fixed)
                    .take_while(|(one, other)| one == other)
                    .map(|(one, _)| one)
                    .collect(),
            });
            for end in 1..segments.len() {
                parents.insert(segments[..end].join("/"));
            }
        }
        Self {
            common: common.map_or(0, |common| common.len()).min(shortest),
            alone: paths
                .iter()
                .map(|(path, count)| (path.as_str(), *count))
                .collect(),
            parents,
        }
    }

    fn name(&self, path: &str, id: &str) -> (Vec<String>, String) {
        if let Some((_, handles, method)) = EXCEPTIONS.iter().find(|(of, ..)| *of == id) {
            let handles = handles.iter().map(|handle| (*handle).to_owned());
            return (handles.collect(), (*method).to_owned());
        }
        let segments: Vec<&str> = segments(path).collect();
        let mut handles: Vec<String> = segments
            .iter()
            .skip(self.common)
            .filter(|segment| !is_parameter(segment))
            .map(|segment| idents::method(segment))
            .collect();
        let id = idents::method(id);
        let verb = VERBS.iter().find(|(end, _)| {
            id.strip_suffix(end)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        });
        let is_leaf = segments.last().is_some_and(|last| !is_parameter(last))
            && self.alone.get(path) == Some(&1)
            && !self.parents.contains(&segments.join("/"));
        let reads_of_a_parent =
            verb.is_some_and(|(_, method)| *method == "get") && handles.len() > 1;
        match verb {
            Some((_, method)) if !(is_leaf && reads_of_a_parent) => (handles, (*method).to_owned()),
            _ if is_leaf && handles.len() > 1 => {
                let method = handles.pop().unwrap_or_default();
                (handles, method)
            }
            _ => (handles, id),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn is_parameter(segment: &str) -> bool {
    segment.contains('{')
}

/// Refuses two methods of the same name on a handle, including the methods that lead to other handles.
fn distinct(document: &Value) -> Result<(), Error> {
    let mut taken: BTreeMap<(Vec<String>, String), String> = BTreeMap::new();
    for name in TAKEN_BY_CLIENT {
        taken.insert((Vec::new(), name.to_owned()), "the crate itself".to_owned());
    }
    for (location, operation) in operations(document) {
        let (handles, method) = of(operation);
        if method == CLIENT || handles.iter().any(|handle| handle == CLIENT) {
            let key = (handles, CLIENT.to_owned());
            return Err(clash(&location, &key, "the crate itself"));
        }
        for end in 0..handles.len() {
            let key = (handles[..end].to_vec(), handles[end].clone());
            let handle = || format!("the handle {}", handles[..=end].join("."));
            match taken.get(&key) {
                Some(other) if *other != handle() => return Err(clash(&location, &key, other)),
                Some(_) => {}
                None => drop(taken.insert(key, handle())),
            }
        }
        let mut methods = vec![method];
        if operation["requestBody"]
            .get(super::bodies::X_FORM)
            .is_some()
            && operation["requestBody"]
                .get(super::bodies::X_JSON)
                .is_some()
        {
            methods.push("upload".to_owned());
        }
        for method in methods {
            let key = (handles.clone(), method);
            if let Some(other) = taken.get(&key) {
                return Err(clash(&location, &key, other));
            }
            taken.insert(key, location.clone());
        }
    }
    Ok(())
}

fn clash(location: &str, (handles, method): &(Vec<String>, String), other: &str) -> Error {
    let handle = match handles.as_slice() {
        [] => "Client".to_owned(),
        handles => format!("the handle {}", handles.join(".")),
    };
    Error::at(
        location,
        format!(
            "{handle} would have two methods `{method}`, the other for {other}; a line of EXCEPTIONS in \
             codegen/src/lower/handles.rs can name one of them"
        ),
    )
}

/// The handles of an operation and its method.
pub fn of(operation: &Value) -> (Vec<String>, String) {
    let handles = operation[X_HANDLES].as_array().into_iter().flatten();
    let handles = handles.filter_map(Value::as_str).map(str::to_owned);
    let method = operation[X_METHOD].as_str().unwrap_or_default().to_owned();
    (handles.collect(), method)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn document(operations: &[(&str, &str, &str)]) -> Value {
        let mut document = json!({"paths": {}});
        for (method, path, id) in operations {
            document["paths"][path][method]["operationId"] = json!(id);
        }
        document
    }

    fn names(operations: &[(&str, &str, &str)]) -> Vec<String> {
        let mut document = document(operations);
        super::lower(&mut document).unwrap();
        let name = |(method, path, _): &(&str, &str, &str)| {
            let (mut handles, method) = super::of(&document["paths"][path][method]);
            handles.push(method);
            handles.join(".")
        };
        operations.iter().map(name).collect()
    }

    #[test]
    fn handles_follow_the_path_and_methods_are_verbs() {
        let names = names(&[
            ("get", "/api/agents", "agents_list"),
            ("get", "/api/agents/{id}", "agents_retrieve"),
            ("patch", "/api/agents/{id}", "agents_partial_update"),
            ("put", "/api/agents/{id}", "agents_update"),
            ("delete", "/api/agents/{id}", "agents_destroy"),
            ("post", "/api/agents/{id}/calls", "agents_calls_create"),
            ("get", "/api/sip", "sip_retrieve"),
            ("get", "/api/schema/", "schema_retrieve"),
        ]);
        let expected = [
            "agents.list",
            "agents.get",
            "agents.update",
            "agents.replace",
            "agents.delete",
            "agents.calls.create",
            "sip.get",
            "schema.get",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_only_operation_of_a_path_is_a_method_of_its_parent() {
        let names = names(&[
            ("get", "/api/calls/{id}", "calls_retrieve"),
            (
                "get",
                "/api/calls/{id}/recording",
                "calls_recording_retrieve",
            ),
            ("post", "/api/calls/{id}/send_note", "send_note_to_call"),
            ("get", "/api/calls/{id}/stages", "calls_stages_list"),
            ("get", "/api/users/me", "users_me_retrieve"),
            ("get", "/api/users/me/usage", "users_me_usage_retrieve"),
        ]);
        let expected = [
            "calls.get",
            "calls.recording",
            "calls.send_note",
            "calls.stages.list",
            "users.me.get",
            "users.me.usage",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_operation_without_a_verb_keeps_its_id() {
        let names = names(&[
            ("get", "/lamps/{id}", "findLamp"),
            ("post", "/lamps/{id}", "dimLamp"),
            ("get", "/keepers/{id}", "getKeeper"),
        ]);
        assert_eq!(
            names,
            ["lamps.find_lamp", "lamps.dim_lamp", "keepers.get_keeper"]
        );
    }

    #[test]
    fn duplicate_names_are_refused() {
        let refused = |operations: &[(&str, &str, &str)]| {
            super::lower(&mut document(operations))
                .unwrap_err()
                .to_string()
        };
        let same = refused(&[
            ("get", "/x/a", "a_list"),
            ("get", "/x/a/{id}", "one_a_list"),
            ("get", "/x/b", "b_list"),
        ]);
        assert!(same.contains("two methods `list`"), "{same}");
        let client = refused(&[("get", "/request/a", "a_list"), ("get", "/b/a", "b_list")]);
        assert!(
            client.contains("Client would have two methods `request`"),
            "{client}"
        );
    }
}
