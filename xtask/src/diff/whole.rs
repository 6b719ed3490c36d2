//! The document as a whole: servers, security, tags, components.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::document::OperationAt;
use super::normal::canonical;
use super::schema::Required;
use super::walk::{Location, Pair, Reaching, Side, Walk, keys};
use super::{Check, Directions, Operation, Subject};
use crate::overlay::X_REMOVED;

/// The kinds of components that have checks.
const COMPARED: &[&str] = &[
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
];

impl Walk<'_> {
    /// Compares the two documents.
    pub(super) fn document(&mut self, renamed: &BTreeMap<String, String>) {
        let (old, new) = (self.old.root, self.new.root);
        let location = Location::new(&Subject::Document, &[]);
        let Some(pair) = self.objects(&location, old, new) else {
            return;
        };
        self.openapi_version(&location, pair);
        if let Some((old, new)) = self.objects_under(&location, "info", pair) {
            // What the overlay removes is a change where it was.
            for key in keys(old, new).into_iter().filter(|key| *key != X_REMOVED) {
                if old.get(key) != new.get(key) {
                    let location = location.at("info").at(key);
                    self.emit_key(Check::InfoChanged, &location, key, (old, new));
                }
            }
        }
        self.root_defaults(pair);
        self.tags(&location, pair);
        self.operations(&location, pair);
        self.components(&location, pair, renamed);
        self.rest(
            &location,
            pair,
            &[
                "openapi",
                "info",
                "servers",
                "security",
                "tags",
                "paths",
                "components",
            ],
        );
    }

    fn openapi_version(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let (old, new) = (pair.0.get("openapi"), pair.1.get("openapi"));
        if old == new {
            return;
        }
        let edition = |version: Option<&Value>| -> Option<String> {
            let (edition, _patch) = version?.as_str()?.rsplit_once('.')?;
            Some(edition.to_owned())
        };
        let same = edition(old).is_some() && edition(old) == edition(new);
        let check = if same {
            Check::OpenapiPatchVersionChanged
        } else {
            Check::OpenapiVersionChanged
        };
        self.emit_key(check, location, "openapi", pair);
    }

    /// Servers and security of the operations that have none of their own: once for all of them.
    fn root_defaults(&mut self, (old, new): Pair<'_>) {
        for key in ["servers", "security"] {
            let heirs: Vec<_> = self
                .old
                .operations
                .iter()
                .filter(|at| at.value.get(key).is_none())
                .map(|at| Reaching::still(&at.operation))
                .collect();
            let mut location = Location::new(&Subject::Document, &heirs);
            if heirs.is_empty() && !self.old.operations.is_empty() {
                // No operation has it.
                location = location.only(Directions::NONE);
            }
            let (old, new) = (old.get(key), new.get(key));
            if key == "servers" {
                self.servers(&location, old, new);
            } else {
                self.security(&location, old, new);
            }
        }
    }

    /// Compares lists of servers. No server is one at `/`, relative to the address of the document.
    pub(super) fn servers(
        &mut self,
        location: &Location<'_>,
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        if old == new {
            return;
        }
        let (Some(old_servers), Some(new_servers)) = (by_url(old), by_url(new)) else {
            let location = location.at("servers");
            self.emit(Check::Unrecognized, &location, old.cloned(), new.cloned());
            return;
        };
        let missing = |here: &Servers<'_>, there: &Servers<'_>| -> Vec<String> {
            let missing = here.keys().filter(|url| !there.contains_key(**url));
            missing.map(|url| (*url).to_owned()).collect()
        };
        let removed = missing(&old_servers, &new_servers);
        let added = missing(&new_servers, &old_servers);
        if let ([old], [new]) = (removed.as_slice(), added.as_slice()) {
            self.emit(
                Check::ServerChanged,
                location,
                Some(json!(old)),
                Some(json!(new)),
            );
        } else {
            for url in removed {
                self.emit(Check::ServerRemoved, location, Some(json!(url)), None);
            }
            for url in added {
                self.emit(Check::ServerAdded, location, None, Some(json!(url)));
            }
            let (old, new) = (first_url(old), first_url(new));
            if old != new {
                let urls = (Some(json!(old)), Some(json!(new)));
                self.emit(Check::DefaultServerChanged, location, urls.0, urls.1);
            }
        }
        for (url, old) in &old_servers {
            if let Some(new) = new_servers.get(url) {
                let location = location.at(format!("server {url}"));
                if old.get("variables") != new.get("variables") {
                    self.emit_key(Check::ServerChanged, &location, "variables", (old, new));
                }
                self.rest(&location, (old, new), &["url", "variables"]);
            }
        }
    }

    /// Compares security requirements: alternatives, each of which is enough.
    pub(super) fn security(
        &mut self,
        location: &Location<'_>,
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        if old == new {
            return;
        }
        let (Some(before), Some(after)) = (alternatives(old), alternatives(new)) else {
            let location = location.at("security");
            self.emit(Check::Unrecognized, &location, old.cloned(), new.cloned());
            return;
        };
        let open = [canonical(&json!({}))];
        let check = if before == after {
            return;
        } else if before.iter().all(|old| after.contains(old)) {
            if after.contains(&open[0]) && !before.contains(&open[0]) {
                Check::SecurityLifted
            } else {
                Check::SecurityAlternativeAdded
            }
        } else if before.len() == after.len() && with_fewer_scopes(old, new) {
            Check::SecurityScopeLifted
        } else if before == open {
            Check::SecurityIntroduced
        } else if after == open {
            Check::SecurityLifted
        } else {
            Check::SecurityChanged
        };
        self.emit(check, location, old.cloned(), new.cloned());
    }

    fn tags(&mut self, location: &Location<'_>, pair: Pair<'_>) {
        let (old, new) = (pair.0.get("tags"), pair.1.get("tags"));
        if old == new {
            return;
        }
        let location = location.at("tags");
        let (Some(old_tags), Some(new_tags)) = (by_key(old, "name"), by_key(new, "name")) else {
            self.emit(Check::Unrecognized, &location, old.cloned(), new.cloned());
            return;
        };
        for (name, old) in &old_tags {
            match new_tags.get(name) {
                None => self.emit(Check::TagRemoved, &location, Some(json!(name)), None),
                Some(new) if old != new => {
                    let pair: Pair<'_> = (old, new);
                    let location = location.at(*name);
                    for key in keys(old, new) {
                        if old.get(key) != new.get(key) {
                            self.emit_key(Check::TagDescriptionChanged, &location, key, pair);
                        }
                    }
                }
                Some(_) => {}
            }
        }
        for name in new_tags.keys().filter(|name| !old_tags.contains_key(*name)) {
            self.emit(Check::TagAdded, &location, None, Some(json!(name)));
        }
    }

    fn components(
        &mut self,
        location: &Location<'_>,
        pair: Pair<'_>,
        renamed: &BTreeMap<String, String>,
    ) {
        let Some(pair) = self.objects_under(location, "components", pair) else {
            return;
        };
        let location = location.at("components");
        for kind in COMPARED {
            let Some((old, new)) = self.objects_under(&location, kind, pair) else {
                continue;
            };
            for name in keys(old, new) {
                self.component(kind, name, old.get(name), new.get(name), renamed);
            }
        }
        self.rest(&location, pair, COMPARED);
    }

    fn component(
        &mut self,
        kind: &str,
        name: &str,
        old: Option<&Value>,
        new: Option<&Value>,
        renamed: &BTreeMap<String, String>,
    ) {
        let subject = Subject::Component {
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let reached = self.reaching(kind, name, old.is_some(), new.is_some());
        let mut location = Location::new(&subject, &reached);
        let directions = reached.iter().map(|each| match old {
            Some(_) => each.old,
            None => each.new,
        });
        let directions = directions.fold(Directions::NONE, Directions::or);
        if !directions.is_none() {
            location.directions = directions;
        }
        if kind == "schemas"
            && let Some((before, _)) = renamed.iter().find(|(_, after)| *after == name)
        {
            let (before, after) = (Some(json!(before)), Some(json!(name)));
            self.emit(Check::SchemaRenamed, &location, before, after);
        }
        let [added, removed] = match kind {
            "schemas" => [Check::SchemaAdded, Check::SchemaRemoved],
            "securitySchemes" => [Check::SecuritySchemeAdded, Check::SecuritySchemeRemoved],
            _ => [Check::ComponentAdded, Check::ComponentRemoved],
        };
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) if old == new => return,
            (Some(old), Some(new)) => (old, new),
            (old, new) => {
                let check = if old.is_some() { removed } else { added };
                self.emit(check, &location, old.cloned(), new.cloned());
                return;
            }
        };
        match kind {
            "schemas" => self.schema(&location, old, new, Required::default()),
            "parameters" => self.parameter(&location, old, new),
            "requestBodies" => self.request_body(&location, old, new),
            "responses" => self.response(&location, old, new),
            "headers" => self.header(&location, old, new),
            "securitySchemes" => self.security_scheme(&location, old, new),
            _ => {
                let (old, new) = (Some(old.clone()), Some(new.clone()));
                self.emit(Check::ExampleChanged, &location, old, new);
            }
        }
    }

    /// The operations that reach a component, by their names in the old document where they are in it.
    fn reaching(&self, kind: &str, name: &str, in_old: bool, in_new: bool) -> Vec<Reaching> {
        let of = |side: &Side<'_>| match kind {
            "securitySchemes" => using_scheme(side.root, &side.operations, name),
            _ => side.reach.get(kind, name).to_vec(),
        };
        let mut reached = BTreeMap::new();
        if in_old {
            for (operation, old) in of(&self.old) {
                let new = if in_new { Directions::NONE } else { old };
                reached.insert(operation, (old, new));
            }
        }
        if in_new {
            for (operation, new) in of(&self.new) {
                let old = if in_old { Directions::NONE } else { new };
                let operation = self.before.get(&operation).cloned().unwrap_or(operation);
                reached.entry(operation).or_insert((old, new)).1 = new;
            }
        }
        let reached = reached.into_iter();
        let reached = reached.map(|(operation, (old, new))| Reaching {
            operation,
            old,
            new,
        });
        reached.collect()
    }

    fn security_scheme(&mut self, location: &Location<'_>, old: &Value, new: &Value) {
        let Some(pair) = self.objects(location, old, new) else {
            return;
        };
        let mut pair = pair;
        let flows = (without_prose(pair.0), without_prose(pair.1));
        if pair.0.get("flows") != pair.1.get("flows")
            && flows.0.get("flows") == flows.1.get("flows")
        {
            self.emit_key(
                Check::DescriptionChanged,
                &location.at("flows"),
                "flows",
                pair,
            );
            pair = (&flows.0, &flows.1);
        }
        // The form of a token is described for people only.
        let prose = ["description", "bearerFormat"];
        for key in keys(pair.0, pair.1) {
            if pair.0.get(key) == pair.1.get(key) {
                continue;
            }
            let check = if prose.contains(&key) {
                Check::DescriptionChanged
            } else {
                Check::SecuritySchemeChanged
            };
            self.emit_key(check, &location.at(key), key, pair);
        }
    }
}

/// A security scheme without the descriptions of its scopes.
fn without_prose(scheme: &Map<String, Value>) -> Map<String, Value> {
    let mut scheme = scheme.clone();
    let flows = scheme.get_mut("flows").and_then(Value::as_object_mut);
    for flow in flows.into_iter().flat_map(Map::values_mut) {
        let scopes = flow.get_mut("scopes").and_then(Value::as_object_mut);
        for description in scopes.into_iter().flat_map(Map::values_mut) {
            *description = Value::Null;
        }
    }
    scheme
}

/// Whether each alternative of `old` is in `new` with the same scopes, or with fewer.
fn with_fewer_scopes(old: Option<&Value>, new: Option<&Value>) -> bool {
    let all = |security: Option<&Value>| {
        let security = security.and_then(Value::as_array).cloned();
        security.unwrap_or_default()
    };
    let fits = |old: &Value, new: &Value| {
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
            return false;
        };
        old.keys().eq(new.keys())
            && new.iter().all(|(scheme, scopes)| {
                let needed = scopes.as_array().into_iter().flatten();
                let had = old.get(scheme).and_then(Value::as_array);
                needed
                    .into_iter()
                    .all(|scope| had.is_some_and(|had| had.contains(scope)))
            })
    };
    let (old, new) = (all(old), all(new));
    // Without an alternative, no credentials are needed.
    !old.is_empty() && !new.is_empty() && old.iter().all(|old| new.iter().any(|new| fits(old, new)))
}

/// The operations that can be called with a security scheme.
fn using_scheme(
    root: &Value,
    operations: &[OperationAt<'_>],
    scheme: &str,
) -> Vec<(Operation, Directions)> {
    operations
        .iter()
        .filter(|at| {
            let security = at.value.get("security").or_else(|| root.get("security"));
            let alternatives = security.and_then(Value::as_array);
            alternatives
                .into_iter()
                .flatten()
                .any(|alternative| alternative.get(scheme).is_some())
        })
        .map(|at| (at.operation.clone(), Directions::BOTH))
        .collect()
}

type Servers<'a> = BTreeMap<&'a str, &'a Map<String, Value>>;

fn by_url(servers: Option<&Value>) -> Option<Servers<'_>> {
    let found = by_key(servers, "url")?;
    if found.is_empty() {
        return Some(BTreeMap::from([("/", &*ROOT)]));
    }
    Some(found)
}

/// The URL of the server that clients use.
fn first_url(servers: Option<&Value>) -> &str {
    let first = servers.and_then(|servers| servers.get(0)?.get("url")?.as_str());
    first.unwrap_or("/")
}

/// The server of a document that names none.
static ROOT: LazyLock<Map<String, Value>> =
    LazyLock::new(|| Map::from_iter([("url".to_owned(), json!("/"))]));

/// The objects of a list by the text under `key`; `None` if something in it has none.
fn by_key<'v>(
    list: Option<&'v Value>,
    key: &str,
) -> Option<BTreeMap<&'v str, &'v Map<String, Value>>> {
    let Some(list) = list else {
        return Some(BTreeMap::new());
    };
    let list = list.as_array()?;
    let found: BTreeMap<_, _> = list
        .iter()
        .map(|each| Some((each.get(key)?.as_str()?, each.as_object()?)))
        .collect::<Option<_>>()?;
    // With two of one name, it is not clear which is meant.
    (found.len() == list.len()).then_some(found)
}

/// The alternatives as sorted texts. Without a requirement, no credentials are an alternative.
fn alternatives(security: Option<&Value>) -> Option<Vec<String>> {
    let open = canonical(&json!({}));
    let Some(security) = security else {
        return Some(vec![open]);
    };
    let mut found = Vec::new();
    for alternative in security.as_array()? {
        let mut alternative = alternative.as_object()?.clone();
        for scopes in alternative.values_mut() {
            scopes.as_array_mut()?.sort_by_cached_key(canonical);
        }
        found.push(canonical(&Value::Object(alternative)));
    }
    if found.is_empty() {
        found.push(open);
    }
    found.sort();
    found.dedup();
    Some(found)
}
