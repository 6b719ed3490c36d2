//! Facts that upstream's prose states and its schemas do not, as an
//! [OpenAPI Overlay 1.0](https://spec.openapis.org/overlay/v1.0.0.html): a function from a document and an
//! overlay to the document with the facts.
//!
//! Three things go beyond the standard, which does not say how an overlay becomes outdated. Each action
//! names the page that states its fact (`x-page`). An action of which a part matches nothing is an error,
//! because upstream has changed, and so is one that contradicts what upstream says. An action whose facts
//! are already there is not applied, so that upstream's own wording stays, and is reported. What was
//! removed is recorded in the document, so that the same overlay applies to it again.

#[cfg(test)]
mod tests;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::{JsonPath, NormalizedPath, PathElement};

use crate::escape::start;
use crate::structure::METHODS;
use crate::yaml;

/// The actions of a file, in order.
#[derive(Debug)]
pub struct Overlay {
    actions: Vec<Action>,
}

#[derive(Debug)]
struct Action {
    /// How messages name it: by its number, its description and its page.
    name: String,
    /// The fact.
    description: String,
    /// The page that states it.
    page: String,
    /// The target as it is written.
    target: String,
    /// What the target selects, in parts each of which has to match.
    parts: Vec<Part>,
    change: Change,
}

/// A target that lists nothing: one of the targets that a target with lists stands for.
#[derive(Debug)]
struct Part {
    written: String,
    path: JsonPath,
}

#[derive(Debug)]
enum Change {
    /// Merged into objects, appended to lists.
    Update(Value),
    Remove,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    overlay: String,
    #[serde(rename = "info")]
    _info: Info,
    actions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    target: String,
    description: String,
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
    #[serde(rename = "x-page")]
    page: String,
}

impl Overlay {
    /// Reads the text of an overlay.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = serde_json::from_value(yaml::parse(text)?)
            .context("it is no overlay of OpenAPI Overlay 1.0")?;
        ensure!(
            file.overlay == "1.0" || file.overlay.starts_with("1.0."),
            "its version is {:?}; only OpenAPI Overlay 1.0 is read",
            file.overlay
        );
        ensure!(
            !file.actions.is_empty(),
            "it has no actions; remove the file if there are none"
        );
        let actions = (1..).zip(file.actions).map(|(number, action)| {
            Action::read(number, action).with_context(|| format!("action {number}"))
        });
        Ok(Self {
            actions: actions.collect::<Result<_>>()?,
        })
    }

    /// The number of each action, its fact, and the page that states it.
    pub fn facts(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        (1..)
            .zip(&self.actions)
            .map(|(number, action)| (number, action.description.as_str(), action.page.as_str()))
    }

    /// The document with all actions applied, one after the other, and the names of those that changed
    /// nothing: the document had their facts before. Actions that do not fit the document, because they
    /// match nothing or contradict it, are an error that names them all.
    pub fn apply(&self, mut document: Value) -> Result<(Value, Vec<String>)> {
        let (mut adopted, mut misfits) = (Vec::new(), Vec::new());
        let before = removed(&document);
        let mut now = Vec::new();
        for action in &self.actions {
            let removal = matches!(action.change, Change::Remove).then_some(&action.target);
            let (locations, unmatched) = action.locations(&document);
            // What was removed before is not there to be removed again.
            let was_removed = removal.is_some_and(|target| before.contains(target));
            if !unmatched.is_empty() && !was_removed {
                misfits.push(format!(
                    "{}: nothing in the document matches {}",
                    action.name,
                    unmatched.join(", ")
                ));
            }
            if locations.is_empty() {
                if was_removed {
                    adopted.push(action.name.clone());
                    now.extend(removal.cloned());
                }
                continue;
            }
            let (changed, reasons) = action
                .applied(&document, &locations)
                .with_context(|| action.name.clone())?;
            misfits.extend(
                reasons
                    .iter()
                    .map(|reason| format!("{}: {reason}", action.name)),
            );
            if same_facts(&changed, &document) {
                adopted.push(action.name.clone());
            } else {
                document = changed;
                now.extend(removal.cloned());
            }
        }
        ensure!(
            misfits.is_empty(),
            "the overlay does not fit the document: upstream has changed, or the overlay was applied to this \
             document before it was edited. Correct these actions, or remove those whose fact is gone\n{}",
            misfits.join("\n")
        );
        set_removed(&mut document, now);
        Ok((document, adopted))
    }
}

/// The key of `info` with the targets of the removals that made the document what it is. Without it, a
/// removal that matches nothing because it was applied could not be told from one whose target has moved.
pub(crate) const X_REMOVED: &str = "x-overlay-removed";

fn removed(document: &Value) -> Vec<String> {
    let targets = document
        .pointer("/info")
        .and_then(|info| info.get(X_REMOVED));
    let targets = targets.and_then(Value::as_array).into_iter().flatten();
    targets
        .filter_map(|target| target.as_str().map(str::to_owned))
        .collect()
}

fn set_removed(document: &mut Value, targets: Vec<String>) {
    let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) else {
        return;
    };
    if targets.is_empty() {
        info.remove(X_REMOVED);
    } else {
        info.insert(X_REMOVED.to_owned(), targets.into());
    }
}

impl Action {
    fn read(number: usize, action: Value) -> Result<Self> {
        let written: Written = serde_json::from_value(action)?;
        let page = url::Url::parse(&written.page);
        ensure!(
            page.is_ok_and(|page| matches!(page.scheme(), "http" | "https")),
            "`x-page` is no address of a page: {:?}",
            written.page
        );
        let description = written.description.trim();
        ensure!(
            !description.is_empty(),
            "its description, which says the fact, is empty"
        );
        let parse = |target: &str| {
            JsonPath::parse(target).map_err(|error| {
                anyhow!("the target {target:?} is no JSONPath (RFC 9535): {error}")
            })
        };
        parse(&written.target)?;
        let parts = parts(&written.target).into_iter().map(|written| {
            let path = parse(&written)?;
            Ok(Part { written, path })
        });
        let change = match (written.update, written.remove) {
            (Some(update), false) => Change::Update(update),
            (None, true) => Change::Remove,
            _ => bail!("it should have either `update` or `remove: true`"),
        };
        Ok(Self {
            name: format!(
                "action {number} of the overlay ({description} {})",
                written.page
            ),
            description: description.to_owned(),
            page: written.page,
            parts: parts.collect::<Result<_>>()?,
            target: written.target,
            change,
        })
    }

    /// What the target matches, each location once, in the order of their paths, and the parts of the target
    /// that match nothing: the whole target if no part matches.
    fn locations(&self, document: &Value) -> (Vec<Vec<Step>>, Vec<&str>) {
        let (mut locations, mut unmatched) = (Vec::new(), Vec::new());
        for part in &self.parts {
            let found = part.path.query_located(document);
            if found.is_empty() {
                unmatched.push(part.written.as_str());
            }
            let steps = |location: &NormalizedPath<'_>| location.iter().map(Step::from).collect();
            locations.extend(found.locations().map(steps));
        }
        if locations.is_empty() {
            unmatched = vec![self.target.as_str()];
        }
        locations.sort();
        locations.dedup();
        (locations, unmatched)
    }

    /// The document with the action applied, and the reasons why it does not fit.
    fn applied(&self, document: &Value, locations: &[Vec<Step>]) -> Result<(Value, Vec<String>)> {
        let mut document = document.clone();
        let mut misfits = Vec::new();
        // From the end, so that removing one does not move the others.
        for location in locations.iter().rev() {
            match &self.change {
                Change::Update(update) => {
                    match at(&mut document, location).context("its target is gone")? {
                        Value::Array(items) => append(items, update),
                        target @ Value::Object(_) => {
                            merge(target, update, &mut location.clone(), &mut misfits);
                        }
                        _ => misfits.push(format!(
                            "{} is neither an object nor a list; target what holds it, and update that",
                            path(location)
                        )),
                    }
                }
                Change::Remove => remove(&mut document, location)?,
            }
        }
        misfits.sort();
        Ok((document, misfits))
    }
}

/// The targets that select the same, without lists: those of `$.a['b', 'c']` are `$.a['b']` and `$.a['c']`. The
/// target is a JSONPath.
fn parts(target: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    // The selectors of the brackets that are open, and the number of brackets and parentheses.
    let (mut selectors, mut depth) = (Vec::new(), 0_usize);
    let mut quote = None;
    let mut characters = target.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '[' | '(') => {
                depth += 1;
                if depth == 1 {
                    selectors = vec![String::new()];
                    continue;
                }
            }
            (None, ']' | ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let selectors = std::mem::take(&mut selectors);
                    parts = parts
                        .iter()
                        .flat_map(|part| {
                            selectors
                                .iter()
                                .map(move |one| format!("{part}[{}]", one.trim()))
                        })
                        .collect();
                    continue;
                }
            }
            (None, ',') if depth == 1 => {
                selectors.push(String::new());
                continue;
            }
            _ => {}
        }
        let escaped = (quote.is_some() && character == '\\')
            .then(|| characters.next())
            .flatten();
        let text = [Some(character), escaped].into_iter().flatten();
        match selectors.last_mut() {
            Some(selector) => selector.extend(text),
            None => parts.iter_mut().for_each(|part| part.extend(text.clone())),
        }
    }
    parts
}

/// A step of a location.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Name(String),
}

impl From<&PathElement<'_>> for Step {
    fn from(element: &PathElement<'_>) -> Self {
        match element {
            PathElement::Index(index) => Self::Index(*index),
            PathElement::Name(name) => Self::Name((*name).to_owned()),
        }
    }
}

fn at<'a>(document: &'a mut Value, location: &[Step]) -> Option<&'a mut Value> {
    location
        .iter()
        .try_fold(document, |value, step| match (value, step) {
            (Value::Object(object), Step::Name(name)) => object.get_mut(name),
            (Value::Array(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        })
}

fn remove(document: &mut Value, location: &[Step]) -> Result<()> {
    let Some((last, parent)) = location.split_last() else {
        bail!("it would remove the whole document");
    };
    match (at(document, parent), last) {
        (Some(Value::Object(object)), Step::Name(name)) => {
            object.remove(name);
            let is_method = |key: &str| METHODS.contains(&key);
            let is_last = is_method(name) && !object.keys().any(|key| is_method(key));
            // Without operations, a path is of no use.
            if let [Step::Name(paths), _] = parent
                && paths == "paths"
                && is_last
            {
                return remove(document, parent);
            }
        }
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
    Ok(())
}

/// Objects are merged, and lists are appended to. Everything else that is there stays: if it is prose, because
/// upstream's own words are preferred, and otherwise because it is a contradiction, which is added to `misfits`,
/// as is an update of a reference, beside which nothing has an effect.
fn merge(target: &mut Value, update: &Value, location: &mut Vec<Step>, misfits: &mut Vec<String>) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            let is_there = |(key, new): (&String, &Value)| {
                target.get(key).is_some_and(|old| same_facts(old, new))
            };
            if let Some(reference @ Value::String(_)) = target.get("$ref")
                && !update.iter().all(is_there)
            {
                return misfits.push(format!(
                    "{}: the document refers to {} here, and nothing has an effect beside a reference",
                    path(location), brief(reference)
                ));
            }
            for (key, new) in update {
                let Some(old) = target.get_mut(key) else {
                    target.insert(key.clone(), new.clone());
                    continue;
                };
                if !is_prose(key, old) {
                    location.push(Step::Name(key.clone()));
                    merge(old, new, location, misfits);
                    location.pop();
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => {
            for entry in update {
                append(target, entry);
            }
        }
        (target, update) if equal(target, update) => {}
        (target, update) => misfits.push(format!(
            "{}: the document says {}, and the action says {}",
            path(location),
            brief(target),
            brief(update)
        )),
    }
}

/// Whether the values are equal; numbers also if they are written in another way, such as 1 and 1.0.
fn equal(a: &Value, b: &Value) -> bool {
    a == b || (a.is_f64() || b.is_f64()) && a.is_number() && a.as_f64() == b.as_f64()
}

/// A location as a JSONPath.
fn path(location: &[Step]) -> String {
    let is_plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let steps = location.iter().map(|step| match step {
        Step::Index(index) => format!("[{index}]"),
        Step::Name(name) if is_plain(name) => format!(".{name}"),
        Step::Name(name) => format!("['{}']", name.replace('\\', r"\\").replace('\'', r"\'")),
    });
    format!("${}", steps.collect::<String>())
}

/// A value as messages show it.
fn brief(value: &Value) -> String {
    /// The most characters of a value that are shown.
    const LONGEST: usize = 100;
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        scalar => start(&scalar.to_string(), LONGEST).into_owned(),
    }
}

/// Whether this is a text for people. A property that is called `description` is a schema, not prose.
fn is_prose(key: &str, value: &Value) -> bool {
    matches!(key, "description" | "summary") && value.is_string()
}

/// Lists of OpenAPI are sets, such as `required`: an item that is already there is not added.
fn append(target: &mut Vec<Value>, entry: &Value) {
    if !target.contains(entry) {
        target.push(entry.clone());
    }
}

/// Whether the two differ in prose at most.
fn same_facts(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let is_fact = |(key, value): &(&String, &Value)| !is_prose(key, value);
            a.iter().filter(is_fact).count() == b.iter().filter(is_fact).count()
                && a.iter()
                    .filter(is_fact)
                    .all(|(key, a)| b.get(key).is_some_and(|b| same_facts(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_facts(a, b))
        }
        (a, b) => a == b,
    }
}
