//! Merges all fragments into one document without losing anything: each operation from its page,
//! and each schema and other component once.
//!
//! The order of the pages does not matter. If two pages disagree, the merge fails with a
//! [`Conflict`] that names both.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::canonical;
use crate::escape::start;
use crate::page::Fragment;
use crate::structure::{self, METHODS};

/// A fragment with the metadata of its page.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// Where people read the page.
    pub address: String,
    /// The page's title.
    pub title: Option<String>,
    /// The page's description.
    pub description: Option<String>,
    /// The operation.
    pub fragment: Fragment,
}

/// Two pages that disagree.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The pages' addresses.
    pub pages: [String; 2],
    /// What they disagree about.
    pub about: Disagreement,
}

/// What two pages disagree about.
#[derive(Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// Both describe this operation.
    Operation(String),
    /// They have different values at a location in the document.
    Value {
        /// The location.
        location: String,
        /// What each page has there; `None` if it has nothing.
        values: [Option<Value>; 2],
    },
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.pages;
        match &self.about {
            Disagreement::Operation(operation) => {
                write!(f, "two pages describe {operation}: {first} and {second}")
            }
            Disagreement::Value { location, values } => {
                write!(f, "two pages disagree about {location}: {first} has ")?;
                brief(f, values[0].as_ref())?;
                write!(f, ", {second} has ")?;
                brief(f, values[1].as_ref())
            }
        }
    }
}

impl std::error::Error for Conflict {}

fn brief(f: &mut fmt::Formatter<'_>, value: Option<&Value>) -> fmt::Result {
    const MOST: usize = 120;
    let Some(value) = value else {
        return f.write_str("nothing there");
    };
    f.write_str(&start(&value.to_string(), MOST))
}

/// Values that some pages have for the whole document and others may not: the most common one stays
/// there, and the operations of the other pages get their own.
const INHERITED: [&str; 2] = ["security", "servers"];

/// Merges the fragments. Fails with a [`Conflict`] if pages disagree.
pub fn merge(fragments: &[Sourced]) -> Result<Value> {
    let mut fragments: Vec<_> = fragments.to_vec();
    fragments.sort_by(|a, b| {
        let key = |s: &Sourced| {
            (
                s.address.clone(),
                s.fragment.path.clone(),
                s.fragment.method.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    for sourced in &mut fragments {
        canonical::normalise(&mut sourced.fragment.document);
        describe(sourced)?;
    }
    let mut merged = Merged::default();
    for key in INHERITED {
        if let Some(value) = commonest(&fragments, key) {
            push_down(&mut fragments, key, &value);
            merged.rest.insert(key.to_owned(), value);
        }
    }
    for sourced in &fragments {
        merged.add(sourced)?;
    }
    Ok(merged.into_document())
}

/// Adds to the operation what only the page says.
fn describe(sourced: &mut Sourced) -> Result<()> {
    let Fragment {
        method,
        path,
        document,
    } = &mut sourced.fragment;
    let Some(operation) = document["paths"][path.as_str()][method.as_str()].as_object_mut() else {
        bail!(
            "{}: {} {path} is not an object",
            sourced.address,
            method.to_uppercase()
        );
    };
    let texts = [
        ("summary", &sourced.title),
        ("description", &sourced.description),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            operation.entry(key).or_insert_with(|| text.clone().into());
        }
    }
    operation
        .entry("externalDocs")
        .or_insert_with(|| json!({ "url": sourced.address }));
    Ok(())
}

/// The value that most fragments have under `key`; of equally common ones the first by its text.
fn commonest(fragments: &[Sourced], key: &str) -> Option<Value> {
    let mut counts = BTreeMap::<String, (usize, &Value)>::new();
    for value in fragments
        .iter()
        .filter_map(|s| s.fragment.document.get(key))
    {
        counts
            .entry(canonical::to_yaml(value))
            .or_insert((0, value))
            .0 += 1;
    }
    let (_, value) = counts.into_values().rev().max_by_key(|(count, _)| *count)?;
    Some(value.clone())
}

fn push_down(fragments: &mut [Sourced], key: &str, common: &Value) {
    for Sourced { fragment, .. } in fragments {
        let Fragment {
            method,
            path,
            document,
        } = fragment;
        let own = document
            .as_object_mut()
            .and_then(|document| document.remove(key));
        if own.as_ref() == Some(common) {
            continue;
        }
        // OpenAPI's default if a document says nothing.
        let own = own.unwrap_or_else(|| match key {
            "servers" => json!([{ "url": "/" }]),
            _ => json!([]),
        });
        let item = &mut document["paths"][path.as_str()];
        // The servers of a path go before those of the document.
        if item.get(key).is_none()
            && let Some(operation) = item[method.as_str()].as_object_mut()
        {
            operation.entry(key).or_insert(own);
        }
    }
}

type Object = Map<String, Value>;

#[derive(Default)]
struct Merged {
    paths: BTreeMap<String, Object>,
    components: BTreeMap<String, Object>,
    tags: BTreeMap<String, Value>,
    /// The document's other keys.
    rest: Object,
    origins: Origins,
}

/// The page that each location is from.
type Origins = BTreeMap<String, String>;

impl Merged {
    fn add(&mut self, sourced: &Sourced) -> Result<()> {
        let page = &sourced.address;
        for (key, value) in structure::entries(Some(&sourced.fragment.document)) {
            match (key.as_str(), value) {
                // Present, but empty.
                ("paths" | "components" | "tags", Value::Null) => {}
                ("paths", _) => {
                    for (path, item) in object(page, key, value)? {
                        let item = object(page, &format!("paths.{path}"), item)?;
                        self.add_path_item(page, path, item)?;
                    }
                }
                ("components", _) => self.add_components(page, object(page, key, value)?)?,
                ("tags", Value::Array(tags)) => self.add_tags(page, tags)?,
                _ => put(&mut self.rest, &mut self.origins, page, "", key, value)?,
            }
        }
        Ok(())
    }

    fn add_components(&mut self, page: &str, kinds: &Object) -> Result<()> {
        for (kind, components) in kinds {
            if components.is_null() {
                continue;
            }
            let above = format!("components.{kind}.");
            let all = self.components.entry(kind.clone()).or_default();
            for (name, component) in object(page, &above, components)? {
                put(all, &mut self.origins, page, &above, name, component)?;
            }
        }
        Ok(())
    }

    fn add_path_item(&mut self, page: &str, path: &str, item: &Object) -> Result<()> {
        let above = format!("paths.{path}.");
        let is_method = |key: &str| METHODS.contains(&key);
        let all = self.paths.entry(path.to_owned()).or_default();
        for (method, operation) in item.iter().filter(|(key, _)| is_method(key)) {
            // Even if both say the same, an operation has one page.
            if let Some(first) = self.origins.get(&format!("{above}{method}")) {
                return Err(Conflict {
                    pages: [first.clone(), page.to_owned()],
                    about: Disagreement::Operation(format!("{} {path}", method.to_uppercase())),
                }
                .into());
            }
            put(all, &mut self.origins, page, &above, method, operation)?;
        }
        // What is beside the methods must be the same on each page of the path: what only one page
        // has would apply to the operations of the others.
        let beside = |item: &Object| -> Object {
            let entries = item.iter().filter(|(key, _)| !is_method(key));
            entries
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let shared = beside(item);
        match self.origins.get(&above) {
            None => {
                all.extend(shared);
                self.origins.insert(above, page.to_owned());
                Ok(())
            }
            Some(first) => {
                let there = beside(all);
                if there == shared {
                    return Ok(());
                }
                let pages = [first.clone(), page.to_owned()];
                let location = format!("paths.{path}");
                Err(conflict(pages, location, &there.into(), &shared.into()).into())
            }
        }
    }

    fn add_tags(&mut self, page: &str, tags: &[Value]) -> Result<()> {
        for tag in tags {
            let name = match tag.get("name") {
                Some(Value::String(name)) => name.clone(),
                _ => tag.to_string(),
            };
            let location = format!("tags.{name}");
            match self.tags.get(&name) {
                None => {
                    self.tags.insert(name, tag.clone());
                    self.origins.insert(location, page.to_owned());
                }
                Some(there) if there == tag => {}
                Some(there) => {
                    let first = self.origins.get(&location).cloned().unwrap_or_default();
                    return Err(conflict([first, page.to_owned()], location, there, tag).into());
                }
            }
        }
        Ok(())
    }

    fn into_document(self) -> Value {
        let mut document = self.rest;
        if !self.tags.is_empty() {
            document.insert("tags".to_owned(), self.tags.into_values().collect());
        }
        let objects = |all: BTreeMap<String, Object>| -> Object {
            all.into_iter()
                .map(|(key, object)| (key, object.into()))
                .collect()
        };
        document.insert("paths".to_owned(), objects(self.paths).into());
        if !self.components.is_empty() {
            document.insert("components".to_owned(), objects(self.components).into());
        }
        document.into()
    }
}

fn object<'a>(page: &str, location: &str, value: &'a Value) -> Result<&'a Object> {
    let found = || {
        format!(
            "{page}: {} must be an object",
            location.trim_end_matches('.')
        )
    };
    value.as_object().with_context(found)
}

/// Inserts `value` under `key`, where there must be nothing yet, or an equal value.
fn put(
    all: &mut Object,
    origins: &mut Origins,
    page: &str,
    above: &str,
    key: &str,
    value: &Value,
) -> Result<()> {
    let location = format!("{above}{key}");
    match all.get(key) {
        None => {
            all.insert(key.to_owned(), value.clone());
            origins.insert(location, page.to_owned());
            Ok(())
        }
        Some(there) if there == value => Ok(()),
        Some(there) => {
            let first = origins.get(&location).cloned().unwrap_or_default();
            Err(conflict([first, page.to_owned()], location, there, value).into())
        }
    }
}

/// Names the first location, below `location`, where the values differ.
fn conflict(pages: [String; 2], location: String, first: &Value, second: &Value) -> Conflict {
    match (first, second) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
            keys.sort();
            for key in keys {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) if a == b => {}
                    (Some(a), Some(b)) => {
                        return conflict(pages, format!("{location}.{key}"), a, b);
                    }
                    (a, b) => {
                        let values = [a.cloned(), b.cloned()];
                        let location = format!("{location}.{key}");
                        return Conflict {
                            pages,
                            about: Disagreement::Value { location, values },
                        };
                    }
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let unequal = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b);
            if let Some((index, (a, b))) = unequal {
                return conflict(pages, format!("{location}.{index}"), a, b);
            }
        }
        _ => {}
    }
    let values = [Some(first.clone()), Some(second.clone())];
    Conflict {
        pages,
        about: Disagreement::Value { location, values },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sourced(page: &str, method: &str, path: &str, document: Value) -> Sourced {
        Sourced {
            address: page.to_owned(),
            title: Some(format!("Title of {page}")),
            description: Some("Said on the page.".to_owned()),
            fragment: Fragment {
                method: method.to_owned(),
                path: path.to_owned(),
                document,
            },
        }
    }

    fn fragment(method: &str, path: &str) -> Value {
        json!({
            "openapi": "3.0.3",
            "servers": [{"url": "https://api.example"}],
            "security": [],
            "paths": {path: {method: {"operationId": format!("{method} {path}"), "responses": {}}}},
        })
    }

    /// Three pages, with what pages have in common.
    fn pages() -> Vec<Sourced> {
        let mut first = fragment("get", "/lamps");
        first["components"] =
            json!({"schemas": {"Lamp": {"required": ["b", "a"]}}, "x-own": {"a": 1}});
        first["tags"] = json!([{"name": "b"}, {"name": "a"}]);
        first["x-logo"] = json!({"url": "a"});
        let mut second = fragment("post", "/lamps");
        second["components"] = json!({
            "schemas": {"Lamp": {"required": ["a", "b"]}, "Other": {}},
            "securitySchemes": {"key": {"type": "http"}},
        });
        second["tags"] = json!([{"name": "c"}, {"name": "a"}]);
        second["paths"]["/lamps"]["post"]["description"] = json!("Said in the document.");
        second["paths"]["/lamps"]["post"]["x-samples"] = json!([1]);
        let third = fragment("delete", "/lamps/{id}");
        vec![
            sourced("p1", "get", "/lamps", first),
            sourced("p2", "post", "/lamps", second),
            sourced("p3", "delete", "/lamps/{id}", third),
        ]
    }

    #[track_caller]
    fn disagreement(pages: &[Sourced]) -> Conflict {
        merge(pages).unwrap_err().downcast().unwrap()
    }

    #[test]
    fn nothing_of_the_fragments_is_lost_and_nothing_is_duplicated() {
        let merged = merge(&pages()).unwrap();
        let schemas = json!({"Lamp": {"required": ["a", "b"]}, "Other": {}});
        assert_eq!(merged["components"]["schemas"], schemas);
        assert_eq!(
            merged["components"]["securitySchemes"],
            json!({"key": {"type": "http"}})
        );
        assert_eq!(merged["components"]["x-own"], json!({"a": 1}));
        assert_eq!(
            merged["tags"],
            json!([{"name": "a"}, {"name": "b"}, {"name": "c"}])
        );
        assert_eq!(merged["x-logo"], json!({"url": "a"}));
        assert_eq!(merged["openapi"], "3.0.3");
        assert_eq!(merged["servers"], json!([{"url": "https://api.example"}]));
        assert_eq!(merged["security"], json!([]));
        assert_eq!(merged["paths"]["/lamps"]["post"]["x-samples"], json!([1]));
        assert_eq!(structure::operations(&merged).len(), 3);
    }

    #[test]
    fn the_page_gives_summary_address_and_the_description_that_the_document_lacks() {
        let merged = merge(&pages()).unwrap();
        let item = &merged["paths"]["/lamps"];
        assert_eq!(item["get"]["summary"], "Title of p1");
        assert_eq!(item["get"]["description"], "Said on the page.");
        assert_eq!(item["get"]["externalDocs"], json!({"url": "p1"}));
        assert_eq!(item["post"]["description"], "Said in the document.");
    }

    #[test]
    fn pages_that_disagree_about_a_schema_are_named_with_the_location() {
        let mut pages = pages();
        pages[1].fragment.document["components"]["schemas"]["Lamp"]["maxProperties"] = json!(3);
        let conflict = disagreement(&pages);
        assert_eq!(
            conflict.to_string(),
            "two pages disagree about components.schemas.Lamp.maxProperties: p1 has nothing there, p2 has 3"
        );
    }

    #[test]
    fn pages_that_claim_the_same_operation_are_named() {
        let mut pages = pages();
        pages.push(Sourced {
            address: "p0".to_owned(),
            ..pages[0].clone()
        });
        assert_eq!(
            disagreement(&pages).to_string(),
            "two pages describe GET /lamps: p0 and p1"
        );
    }

    #[test]
    fn other_servers_and_security_of_a_page_go_to_its_operation() {
        let mut pages = pages();
        pages[0].fragment.document["servers"] = json!([{"url": "https://other.example"}]);
        pages[2].fragment.document["security"] = json!([{"key": []}]);
        let merged = merge(&pages).unwrap();
        assert_eq!(merged["servers"], json!([{"url": "https://api.example"}]));
        assert_eq!(merged["security"], json!([]));
        let get = &merged["paths"]["/lamps"]["get"];
        assert_eq!(get["servers"], json!([{"url": "https://other.example"}]));
        assert!(get.get("security").is_none());
        assert_eq!(
            merged["paths"]["/lamps/{id}"]["delete"]["security"],
            json!([{"key": []}])
        );
    }

    #[test]
    fn what_stands_beside_the_methods_of_a_path_is_kept_where_its_pages_agree() {
        let mut pages = pages();
        let parameters = json!([{"name": "page", "in": "query"}]);
        pages[0].fragment.document["paths"]["/lamps"]["parameters"] = parameters.clone();
        let conflict = disagreement(&pages);
        assert!(
            conflict.to_string().contains("paths./lamps.parameters"),
            "{conflict}"
        );
        pages[1].fragment.document["paths"]["/lamps"]["parameters"] = parameters.clone();
        let merged = merge(&pages).unwrap();
        assert_eq!(merged["paths"]["/lamps"]["parameters"], parameters);
    }

    #[test]
    fn components_that_are_no_object_are_refused_with_the_page() {
        let mut pages = pages();
        pages[1].fragment.document["components"] = json!([]);
        let error = merge(&pages).unwrap_err().to_string();
        assert_eq!(error, "p2: components must be an object");
    }

    proptest! {
        #[test]
        fn any_order_of_the_pages_gives_the_same_bytes(order in Just(pages()).prop_shuffle()) {
            let expected = canonical::to_yaml(&merge(&pages()).unwrap());
            prop_assert_eq!(canonical::to_yaml(&merge(&order).unwrap()), expected);
        }

        #[test]
        fn any_order_of_the_pages_gives_the_same_conflict(order in Just(pages()).prop_shuffle()) {
            let spoil = |mut pages: Vec<Sourced>| {
                for page in &mut pages {
                    if page.address == "p2" {
                        page.fragment.document["components"]["schemas"]["Lamp"] = json!({});
                    }
                }
                disagreement(&pages)
            };
            prop_assert_eq!(spoil(order), spoil(pages()));
        }
    }
}
