//! Matches old and new operations, and compares their parameters, bodies and responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use ultravox_codegen::{IGNORED_HEADERS, MAP_STYLE};

use super::document::{OperationAt, object, resolve, template};
use super::schema::Required;
use super::walk::{Location, Pair, Reaching, Walk, keys};
use super::{Check, Directions, Severity, Subject};
use crate::structure::METHODS;

impl<'a> Walk<'a> {
    /// Compares all operations, and the other keys under `paths`.
    pub(super) fn operations(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let (pairs, removed, added) = matched(&self.old.operations, &self.new.operations);
        for (old, new) in &pairs {
            self.operation(old, new);
            self.before
                .insert(new.operation.clone(), old.operation.clone());
        }
        for (check, operations) in [
            (Check::OperationRemoved, removed),
            (Check::OperationAdded, added),
        ] {
            for at in operations {
                let subject = Subject::Operation(at.operation.clone());
                let reached = [Reaching::still(&at.operation)];
                self.emit(check, &Location::new(&subject, &reached), None, None);
            }
        }

        let Some((old, new)) = self.objects_under(location, "paths", pair) else {
            return;
        };
        let location = location.at("paths");
        for path in keys(old, new) {
            let location = location.at(path);
            let (old, new) = (old.get(path), new.get(path));
            let is_item = |item: Option<&Value>| item.is_none_or(Value::is_object);
            if path.starts_with('/') && is_item(old) && is_item(new) {
                let empty = Map::new();
                let pair = (object(old).unwrap_or(&empty), object(new).unwrap_or(&empty));
                let operations: Vec<_> = METHODS
                    .iter()
                    .copied()
                    .filter(|method| {
                        let fine = |item: &Map<String, Value>| {
                            item.get(*method).is_none_or(Value::is_object)
                        };
                        fine(pair.0) && fine(pair.1)
                    })
                    .collect();
                self.rest(&location, pair, &operations);
            } else if old != new {
                self.emit(Check::Unrecognized, &location, old.cloned(), new.cloned());
            }
        }
    }

    fn operation(&mut self, old: &OperationAt<'_>, new: &OperationAt<'_>) {
        let subject = Subject::Operation(old.operation.clone());
        let reached = [Reaching::still(&old.operation)];
        let location = Location::new(&subject, &reached);
        let (before, after) = (&old.operation, &new.operation);
        if (&before.method, template(&before.path).0) != (&after.method, template(&after.path).0) {
            let (before, after) = (json!(before.to_string()), json!(after.to_string()));
            self.emit(Check::OperationMoved, &location, Some(before), Some(after));
        }
        let Some(pair) = self.objects(&location, old.value, new.value) else {
            return;
        };
        if pair.0.get("operationId") != pair.1.get("operationId") {
            self.emit_key(Check::OperationRenamed, &location, "operationId", pair);
        }
        self.inherited(&location, pair);
        self.flag(
            &location,
            "deprecated",
            pair,
            [Check::OperationDeprecated, Check::OperationUndeprecated],
        );
        self.operation_tags(&location, pair);
        let request = location.only(Directions::REQUEST);
        self.parameters(&request, pair, (&before.path, &after.path));
        self.body(&request, pair);
        self.responses(&location.only(Directions::RESPONSE), pair);
        self.rest(
            &location,
            pair,
            &[
                "operationId",
                "deprecated",
                "tags",
                "security",
                "servers",
                "parameters",
                "requestBody",
                "responses",
            ],
        );
    }

    /// Servers and security, which operations inherit from the document if they have none.
    fn inherited(&mut self, location: &Location<'_>, (old, new): Pair<'_>) {
        let (old_root, new_root) = (self.old.root, self.new.root);
        for key in ["servers", "security"] {
            let own = (old.get(key), new.get(key));
            if let (None, None) = own {
                // Reported for the document.
                continue;
            }
            let old = own.0.or_else(|| old_root.get(key));
            let new = own.1.or_else(|| new_root.get(key));
            if key == "servers" {
                self.servers(location, old, new);
            } else {
                self.security(location, old, new);
            }
        }
    }

    fn operation_tags(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let texts = |object: &Map<String, Value>| -> Option<BTreeSet<String>> {
            let Some(tags) = object.get("tags") else {
                return Some(BTreeSet::new());
            };
            let tags = tags.as_array()?.iter();
            tags.map(|tag| tag.as_str().map(str::to_owned)).collect()
        };
        match (texts(pair.0), texts(pair.1)) {
            (Some(old), Some(new)) => {
                // An operation is generated if one of its tags is enabled, or if it has none.
                let removed = match new.is_empty() {
                    true => Check::OperationUntagged,
                    false => Check::OperationTagRemoved,
                };
                for tag in old.difference(&new) {
                    self.emit(removed, location, Some(json!(tag)), None);
                }
                let added = match old.is_empty() {
                    true => Check::OperationFirstTagged,
                    false => Check::OperationTagAdded,
                };
                for tag in new.difference(&old) {
                    self.emit(added, location, None, Some(json!(tag)));
                }
            }
            _ if pair.0.get("tags") == pair.1.get("tags") => {}
            _ => self.emit_key(Check::Unrecognized, &location.at("tags"), "tags", pair),
        }
    }

    fn parameters(&mut self, location: &Location<'_>, pair: Pair<'_>, paths: (&str, &str)) {
        let (old, new) = (pair.0.get("parameters"), pair.1.get("parameters"));
        let (old_root, new_root) = (self.old.root, self.new.root);
        let (Some(mut old), Some(mut new)) = (by_key(old_root, old), by_key(new_root, new)) else {
            if old != new {
                let location = location.at("parameters");
                self.emit_key(Check::Unrecognized, &location, "parameters", pair);
            }
            return;
        };
        let common: Vec<_> = old
            .keys()
            .filter(|key| new.contains_key(*key))
            .cloned()
            .collect();
        for key in common {
            if let (Some(old), Some(new)) = (old.remove(&key), new.remove(&key)) {
                self.parameter(&location.at(label(&key)), old, new);
            }
        }
        // The same segment of the path, with another name.
        let (before, after) = (template(paths.0), template(paths.1));
        if before.0 == after.0 {
            for (before, after) in before.1.into_iter().zip(after.1) {
                let key = |name: &str| ("path".to_owned(), name.to_owned());
                if !old.contains_key(&key(before)) || !new.contains_key(&key(after)) {
                    continue;
                }
                if let (Some(old), Some(new)) = (old.remove(&key(before)), new.remove(&key(after)))
                {
                    let location = location.at(label(&key(before)));
                    let names = (Some(json!(before)), Some(json!(after)));
                    self.emit(Check::ParameterRenamed, &location, names.0, names.1);
                    self.parameter(&location, old, new);
                }
            }
        }
        for (key, value) in std::mem::take(&mut old) {
            let location = location.at(label(&key));
            let same_name = |other: &&(String, String)| other.1.eq_ignore_ascii_case(&key.1);
            let moved = new.keys().find(same_name).cloned();
            let moved = moved.and_then(|key| Some((new.remove(&key)?, key)));
            if let Some((other, (kind, _))) = moved {
                let kinds = (Some(json!(key.0)), Some(json!(kind)));
                self.emit(Check::ParameterLocationChanged, &location, kinds.0, kinds.1);
                self.parameter(&location, value, other);
            } else {
                let old = resolve(old_root, value).clone();
                self.emit(Check::ParameterRemoved, &location, Some(old), None);
            }
        }
        for (key, value) in new {
            let value = resolve(new_root, value);
            let check = if value.get("required") == Some(&json!(true)) {
                Check::ParameterAddedRequired
            } else {
                Check::ParameterAddedOptional
            };
            self.emit(check, &location.at(label(&key)), None, Some(value.clone()));
        }
    }

    /// The targets of what may be references, as objects. If both are the same reference, the
    /// component is compared at its own location.
    fn ends<'v>(
        &mut self,
        location: &Location<'_>,
        old: &'v Value,
        new: &'v Value,
    ) -> Option<Pair<'v>>
    where
        'a: 'v,
    {
        let reference = old.get("$ref").filter(|reference| reference.is_string());
        if reference.is_some() && reference == new.get("$ref") {
            let pair = self.objects(location, old, new)?;
            self.rest(location, pair, &["$ref"]);
            return None;
        }
        let (old, new) = (resolve(self.old.root, old), resolve(self.new.root, new));
        self.objects(location, old, new)
    }

    pub(super) fn parameter(&mut self, location: &Location<'_>, old: &Value, new: &Value) {
        let Some(pair) = self.ends(location, old, new) else {
            return;
        };
        self.flag(
            location,
            "required",
            pair,
            [
                Check::ParameterBecameRequired,
                Check::ParameterBecameOptional,
            ],
        );
        self.serialized(location, pair);
        if pair.0.get(MAP_STYLE) != pair.1.get(MAP_STYLE) {
            let (check, location) = (Check::ParameterSerializationChanged, location.at(MAP_STYLE));
            self.emit_key(check, &location, MAP_STYLE, pair);
        }
        self.rest(
            location,
            pair,
            &[
                MAP_STYLE,
                "in",
                "name",
                "required",
                "deprecated",
                "schema",
                "content",
                "style",
                "explode",
                "allowReserved",
                "allowEmptyValue",
            ],
        );
    }

    /// What parameters and headers have in common: the serialization of a value.
    fn serialized(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        self.flag(
            location,
            "deprecated",
            pair,
            [Check::Deprecated, Check::Undeprecated],
        );
        for key in ["style", "explode", "allowReserved", "allowEmptyValue"] {
            if pair.0.get(key) != pair.1.get(key) {
                let location = location.at(key);
                self.emit_key(Check::ParameterSerializationChanged, &location, key, pair);
            }
        }
        let required = |object: &Map<String, Value>| object.get("required") == Some(&json!(true));
        let required = Required {
            old: required(pair.0),
            new: required(pair.1),
        };
        match (pair.0.get("content"), pair.1.get("content")) {
            (None, None) => self.optional_schema(location, pair, required),
            (Some(_), Some(_)) => {
                self.content(location, pair);
                self.optional_schema(location, pair, required);
            }
            (old, new) => {
                let old = old.or_else(|| pair.0.get("schema")).cloned();
                let new = new.or_else(|| pair.1.get("schema")).cloned();
                self.emit(Check::ParameterSerializationChanged, location, old, new);
            }
        }
    }

    /// Compares the schemas of what may have none.
    fn optional_schema(
        &mut self,
        location: &Location<'_>,
        (old, new): Pair<'_>,
        required: Required,
    ) {
        let any = Value::Object(Map::new());
        let old = old.get("schema").unwrap_or(&any);
        let new = new.get("schema").unwrap_or(&any);
        self.schema(&location.at_schema(), old, new, required);
    }

    fn body(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let location = location.at("request body");
        let body = |value: &Value, optional, required| {
            if value.get("required") == Some(&json!(true)) {
                required
            } else {
                optional
            }
        };
        match (pair.0.get("requestBody"), pair.1.get("requestBody")) {
            (None, None) => {}
            (Some(old), Some(new)) => self.request_body(&location, old, new),
            (Some(_), None) => {
                self.emit_key(Check::RequestBodyRemoved, &location, "requestBody", pair);
            }
            (None, Some(new)) => {
                let check = body(
                    resolve(self.new.root, new),
                    Check::RequestBodyAddedOptional,
                    Check::RequestBodyAddedRequired,
                );
                self.emit_key(check, &location, "requestBody", pair);
            }
        }
    }

    pub(super) fn request_body(&mut self, location: &Location<'_>, old: &Value, new: &Value) {
        let Some(pair) = self.ends(location, old, new) else {
            return;
        };
        self.flag(
            location,
            "required",
            pair,
            [
                Check::RequestBodyBecameRequired,
                Check::RequestBodyBecameOptional,
            ],
        );
        self.content(location, pair);
        self.rest(location, pair, &["required", "content"]);
    }

    fn content(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let Some((old, new)) = self.objects_under(location, "content", pair) else {
            return;
        };
        for media_type in keys(old, new) {
            let location = location.at(media_type);
            match (old.get(media_type), new.get(media_type)) {
                (Some(old), Some(new)) => {
                    let Some(pair) = self.objects(&location, old, new) else {
                        continue;
                    };
                    self.optional_schema(&location, pair, Required::default());
                    if pair.0.get("encoding") != pair.1.get("encoding") {
                        self.emit_key(Check::EncodingChanged, &location, "encoding", pair);
                    }
                    self.rest(&location, pair, &["schema", "encoding"]);
                }
                (Some(old), None) => {
                    self.emit(Check::MediaTypeRemoved, &location, Some(old.clone()), None);
                }
                (None, new) => self.emit(Check::MediaTypeAdded, &location, None, new.cloned()),
            }
        }
    }

    fn responses(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let Some((old, new)) = self.objects_under(location, "responses", pair) else {
            return;
        };
        for status in keys(old, new) {
            if status.starts_with("x-") {
                if old.get(status) != new.get(status) {
                    self.emit_key(
                        Check::ExtensionChanged,
                        &location.at(status),
                        status,
                        (old, new),
                    );
                }
                continue;
            }
            let location = location.at(format!("response {status}"));
            match (old.get(status), new.get(status)) {
                (Some(old), Some(new)) => self.response(&location, old, new),
                (Some(value), None) => {
                    let check = if is_success(status, old) {
                        Check::SuccessStatusRemoved
                    } else {
                        Check::ErrorStatusRemoved
                    };
                    self.emit(check, &location, Some(value.clone()), None);
                }
                (None, value) => {
                    let check = match is_success(status, new) {
                        false => Check::ErrorStatusAdded,
                        true if status.starts_with('3') && is_get(&location) => {
                            Check::RedirectAdded
                        }
                        true if takes_any_success(status, old) => Check::SuccessStatusDetailed,
                        true => Check::SuccessStatusAdded,
                    };
                    self.emit(check, &location, None, value.cloned());
                }
            }
        }
    }

    pub(super) fn response(&mut self, location: &Location<'_>, old: &Value, new: &Value) {
        let Some(pair) = self.ends(location, old, new) else {
            return;
        };
        self.content(location, pair);
        if let Some((old, new)) = self.objects_under(location, "headers", pair) {
            for name in keys(old, new) {
                let location = location.at(format!("header {name}"));
                match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => self.header(&location, old, new),
                    (Some(old), None) => {
                        self.emit(Check::HeaderRemoved, &location, Some(old.clone()), None);
                    }
                    (None, new) => self.emit(Check::HeaderAdded, &location, None, new.cloned()),
                }
            }
        }
        self.rest(location, pair, &["content", "headers"]);
    }

    pub(super) fn header(&mut self, location: &Location<'_>, old: &Value, new: &Value) {
        let Some(pair) = self.ends(location, old, new) else {
            return;
        };
        self.flag(
            location,
            "required",
            pair,
            [Check::HeaderBecameRequired, Check::HeaderBecameOptional],
        );
        let before = self.changes.len();
        self.serialized(location, pair);
        // Neither a type nor a serialization follows from a header.
        for change in self.changes.iter_mut().skip(before) {
            let is_known = change.check != Check::Unrecognized;
            if is_known && change.check.severity(location.directions, false) == Severity::Breaking {
                change.check = Check::HeaderChanged;
            }
        }
        self.rest(
            location,
            pair,
            &[
                "required",
                "deprecated",
                "schema",
                "content",
                "style",
                "explode",
                "allowReserved",
                "allowEmptyValue",
            ],
        );
    }
}

/// Whether the client follows every redirect of an operation, whether or not it is documented. Those of
/// requests that change something are refused in part.
fn is_get(location: &Location<'_>) -> bool {
    matches!(location.subject, Subject::Operation(operation) if operation.method == "GET")
}

/// Whether a program that was generated from `responses` takes every success, and so this one.
fn takes_any_success(status: &str, responses: &Map<String, Value>) -> bool {
    let any = ["2XX", "default"].into_iter();
    let mut any = any.filter(|any| responses.contains_key(*any));
    status.starts_with('2') && any.any(|any| is_success(any, responses))
}

/// Whether a response is a success for the client. `default` is one if no other response is.
fn is_success(status: &str, responses: &Map<String, Value>) -> bool {
    let named = |status: &str| status.starts_with(['2', '3']);
    named(status) || status == "default" && !responses.keys().any(|status| named(status))
}

type ByKey<'v> = BTreeMap<(String, String), &'v Value>;

/// Parameters by location and name; `None` if one lacks them, or two have the same.
fn by_key<'v>(root: &'v Value, parameters: Option<&'v Value>) -> Option<ByKey<'v>> {
    let Some(parameters) = parameters else {
        return Some(BTreeMap::new());
    };
    let parameters = parameters.as_array()?;
    let mut named = parameters
        .iter()
        .map(|parameter| {
            let end = resolve(root, parameter);
            let kind = end.get("in")?.as_str()?.to_owned();
            let name = end.get("name")?.as_str()?;
            // Letter case has no meaning in names of headers.
            let name = match kind.as_str() {
                "header" => name.to_ascii_lowercase(),
                _ => name.to_owned(),
            };
            Some(((kind, name), parameter))
        })
        .collect::<Option<Vec<_>>>()?;
    named.retain(|((kind, name), _)| kind != "header" || !IGNORED_HEADERS.contains(&name.as_str()));
    let count = named.len();
    let found: ByKey<'v> = named.into_iter().collect();
    (found.len() == count).then_some(found)
}

fn label((kind, name): &(String, String)) -> String {
    format!("{kind} parameter {name}")
}

type Matched<'v> = (
    Vec<(OperationAt<'v>, OperationAt<'v>)>,
    Vec<OperationAt<'v>>,
    Vec<OperationAt<'v>>,
);

/// Pairs of the same operation, then what is only in the old and only in the new document.
fn matched<'v>(old: &[OperationAt<'v>], new: &[OperationAt<'v>]) -> Matched<'v> {
    let mut pairs = Vec::new();
    let mut removed = old.to_vec();
    let mut added = new.to_vec();
    let id = |at: &OperationAt<'v>| at.operation.id.clone();
    let location = |at: &OperationAt<'v>| {
        let operation = &at.operation;
        (operation.method.clone(), template(&operation.path).0)
    };
    // By location and name; then by name, which moves with an operation; then by location.
    pair_by(&mut pairs, &mut removed, &mut added, |at| {
        Some((id(at), location(at)))
    });
    pair_by(&mut pairs, &mut removed, &mut added, id);
    pair_by(&mut pairs, &mut removed, &mut added, |at| {
        Some(location(at))
    });
    pairs.sort_by(|a, b| a.0.operation.cmp(&b.0.operation));
    (pairs, removed, added)
}

/// Pairs operations that have equal keys, if the key is unique in each document.
fn pair_by<'v, K: Ord>(
    pairs: &mut Vec<(OperationAt<'v>, OperationAt<'v>)>,
    removed: &mut Vec<OperationAt<'v>>,
    added: &mut Vec<OperationAt<'v>>,
    key: impl Fn(&OperationAt<'v>) -> Option<K>,
) {
    let count = |operations: &[OperationAt<'v>]| {
        let mut counts: BTreeMap<K, usize> = BTreeMap::new();
        for key in operations.iter().filter_map(&key) {
            *counts.entry(key).or_default() += 1;
        }
        counts
    };
    let (old, new) = (count(removed), count(added));
    removed.retain(|at| {
        let Some(wanted) = key(at) else { return true };
        if old.get(&wanted) != Some(&1) || new.get(&wanted) != Some(&1) {
            return true;
        }
        let Some(index) = added
            .iter()
            .position(|other| key(other).as_ref() == Some(&wanted))
        else {
            return true;
        };
        pairs.push((at.clone(), added.remove(index)));
        false
    });
}
