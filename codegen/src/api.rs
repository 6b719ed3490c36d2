//! The public API of the generated client as a value, and what changes from one to another.
//!
//! `emit::items` makes it from the IR, next to the emitters and with their decisions, so that it is what
//! programs compile against. It holds no documentation, and nothing of how a call is carried out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::Error;
use crate::{Messages, admit, document, emit, generate, ir, leave_out, prose};

/// What programs compile against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicApi {
    /// By their paths in Rust, such as `types::Voice::name` and `client.voices().list`.
    items: BTreeMap<String, Item>,
    /// The generated types, with where they come from.
    types: BTreeMap<String, Origin>,
}

/// A type, a field, a variant, a function or an implementation of a trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its type or signature, such as `Option<String>` and `fn(impl Into<String>) -> Self`.
    pub text: String,
    /// The name of a field or the value of a variant in JSON, which a program does not see.
    pub wire: Option<String>,
    /// The arguments of a function, or what a variant contains, with where they come from.
    pub arguments: Vec<Argument>,
    /// The cargo features of which one is needed; empty if none is.
    pub features: BTreeSet<String>,
    /// The items that it is a part or a consequence of: if one of them changes, that is the change.
    pub owners: Vec<String>,
    /// Whether a program can stop compiling because there is such an item.
    pub breaks_when_added: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// What it takes.
    pub takes: String,
    /// Whether only its position says what it is, and not its name.
    pub is_positional: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where in the document something comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The schema or the operation.
    pub place: Place,
    /// The way from there: names of properties; in an operation, it starts with `request body`, `response`
    /// or a parameter, such as `query parameter limit`.
    pub path: Vec<String>,
}

/// A schema or an operation of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The schema of this name.
    Schema(String),
    /// An operation.
    Operation {
        /// In capitals.
        method: String,
        /// With the parameters in braces.
        path: String,
    },
}

impl Origin {
    /// A schema as a whole.
    pub(crate) fn schema(name: &str) -> Self {
        Self {
            place: Place::Schema(name.to_owned()),
            path: Vec::new(),
        }
    }

    /// An operation as a whole.
    pub(crate) fn operation(operation: &ir::Operation) -> Self {
        Self {
            place: Place::Operation {
                method: operation.verb.clone(),
                path: operation.path.clone(),
            },
            path: Vec::new(),
        }
    }

    /// One step further in.
    pub(crate) fn at(&self, step: impl Into<String>) -> Self {
        let mut origin = self.clone();
        origin.path.push(step.into());
        origin
    }
}

/// The text of a union that is told apart by a tag: an unknown one is read as well.
pub const BY_TAG: &str = "enum by tag";

/// The first step of what is in the body of an operation.
pub(crate) const REQUEST_BODY: &str = "request body";
/// The first step of what an operation answers.
pub(crate) const RESPONSE: &str = "response";

impl Item {
    /// An item without arguments, which is part of `owners`.
    pub(crate) fn new(text: impl Into<String>, origin: Origin, owners: &[&str]) -> Self {
        Self {
            text: text.into(),
            wire: None,
            arguments: Vec::new(),
            features: BTreeSet::new(),
            owners: owners.iter().map(|&owner| owner.to_owned()).collect(),
            breaks_when_added: false,
            origin,
        }
    }

    /// What has this name or value in JSON.
    pub(crate) fn in_json(self, wire: &str) -> Self {
        Self {
            wire: Some(wire.to_owned()),
            ..self
        }
    }

    /// A function.
    pub(crate) fn function(
        arguments: Vec<Argument>,
        output: &str,
        origin: Origin,
        owners: &[&str],
    ) -> Self {
        let listed: Vec<_> = arguments
            .iter()
            .map(|argument| match argument.name.as_str() {
                "" => argument.takes.clone(),
                name => format!("{name}: {}", argument.takes),
            })
            .collect();
        let text = format!("fn({}) -> {output}", listed.join(", "));
        Self {
            arguments,
            ..Self::new(text, origin, owners)
        }
    }

    /// Whether a program that uses the one compiles with the other, and reads and writes the same.
    fn is_same(&self, new: &Self) -> bool {
        if self.wire != new.wire {
            return false;
        }
        fn key(argument: &Argument) -> (Option<&str>, &str) {
            let name = (!argument.is_positional).then_some(argument.name.as_str());
            (name, &argument.takes)
        }
        if self.arguments.is_empty() && new.arguments.is_empty() {
            return self.text == new.text;
        }
        self.result() == new.result()
            && self
                .arguments
                .iter()
                .map(key)
                .eq(new.arguments.iter().map(key))
    }

    /// Where the difference to `new` comes from, the most specific first.
    fn causes(&self, new: &Self) -> Vec<Origin> {
        let differs = |argument: &&Argument, other: &Self| {
            let is_it =
                |other: &Argument| other.name == argument.name && other.takes == argument.takes;
            !other.arguments.iter().any(is_it)
        };
        let gone = self.arguments.iter().filter(|of| differs(of, new));
        let added = new.arguments.iter().filter(|of| differs(of, self));
        let arguments = gone.chain(added).map(|argument| argument.origin.clone());
        let mut causes: Vec<_> = arguments.collect();
        if let Place::Operation { .. } = new.origin.place {
            let has_other_arguments = !causes.is_empty();
            causes.extend(has_other_arguments.then(|| new.origin.at(REQUEST_BODY)));
            causes.extend((self.result() != new.result()).then(|| new.origin.at(RESPONSE)));
        }
        causes.extend([self.origin.clone(), new.origin.clone()]);
        causes
    }

    /// Where it comes from as a whole, and in its parts.
    fn origins(&self) -> Vec<Origin> {
        let parts = self.arguments.iter().map(|part| part.origin.clone());
        [self.origin.clone()].into_iter().chain(parts).collect()
    }

    /// What a function returns.
    fn result(&self) -> Option<&str> {
        self.text.rsplit_once(" -> ").map(|(_, result)| result)
    }
}

/// A change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemChange {
    /// The path of the item in the old API, or in the new one if it is new.
    pub item: String,
    /// Its type or signature before.
    pub old: Option<String>,
    /// Its type or signature after.
    pub new: Option<String>,
    /// Whether a program that compiled can stop compiling.
    pub breaking: bool,
    /// Where in the documents it may come from, the most specific first. Schemas have their names in
    /// the new document.
    pub causes: Vec<Origin>,
}

impl PublicApi {
    /// The public API of the client that is generated from a document, with the types that `messages` have for
    /// some of its schemas.
    ///
    /// # Errors
    ///
    /// One line with the location of what cannot be generated.
    pub fn of(document: &Value, messages: Option<&Messages>) -> Result<Self, Error> {
        admit::check(document)?;
        let mut lowered = document.clone();
        if let Some(messages) = messages {
            messages.replace(&mut lowered);
        }
        let api = crate::prepare(&mut lowered).and_then(|()| Self::of_lowered(&mut lowered));
        api.map_err(|error| leave_out::published(&lowered, error))
    }

    fn of_lowered(document: &mut Value) -> Result<Self, Error> {
        // No item has documentation, and progenitor would copy it.
        prose::clear(document);
        let client = generate::client(&document::to_openapi(document)?)?;
        let api = ir::read_items(document, client)?;
        emit::check_names(&api)?;
        Ok(emit::items(&api))
    }

    pub(crate) fn new(items: BTreeMap<String, Item>, types: BTreeMap<String, Origin>) -> Self {
        Self { items, types }
    }

    /// The items, by path.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.items.iter().map(|(path, item)| (path.as_str(), item))
    }

    /// Gives schemas other names, from the old to the new one, where something says that it comes from
    /// them.
    #[must_use]
    pub fn with_schema_names(mut self, names: &BTreeMap<String, String>) -> Self {
        let rename = |origin: &mut Origin| {
            if let Place::Schema(name) = &mut origin.place
                && let Some(new) = names.get(name)
            {
                name.clone_from(new);
            }
        };
        self.types.values_mut().for_each(rename);
        for item in self.items.values_mut() {
            rename(&mut item.origin);
            for argument in &mut item.arguments {
                rename(&mut argument.origin);
            }
        }
        self
    }

    /// Gives types other names.
    fn with_type_names(&self, names: &BTreeMap<String, String>) -> BTreeMap<String, Item> {
        let renamed = |text: &str| with_names(text, names);
        let items = self.items.iter().map(|(path, item)| {
            let mut item = item.clone();
            item.text = renamed(&item.text);
            item.owners
                .iter_mut()
                .for_each(|owner| *owner = renamed(owner));
            for argument in &mut item.arguments {
                argument.takes = renamed(&argument.takes);
            }
            (renamed(path), item)
        });
        items.collect()
    }
}

/// What changes for programs that compile against `old`, sorted by item.
///
/// A type that only gets another name is one change: what mentions it is compared as if it had the new
/// name before.
pub fn compare(old: &PublicApi, new: &PublicApi) -> Vec<ItemChange> {
    let names = renamed_types(old, new);
    let mut changes = Vec::new();
    for (before, after) in &names {
        changes.push(ItemChange {
            item: format!("{TYPES}{before}"),
            old: Some(format!("{TYPES}{before}")),
            new: Some(format!("{TYPES}{after}")),
            breaking: true,
            causes: old.types.get(before).cloned().into_iter().collect(),
        });
    }
    let before = match names.is_empty() {
        true => Cow::Borrowed(&old.items),
        false => Cow::Owned(old.with_type_names(&names)),
    };
    let mut found: BTreeMap<&str, ItemChange> = BTreeMap::new();
    for (path, sides) in by_path(&before, &new.items) {
        let change = match sides {
            Sides::Both(before, after) => between(path, before, after),
            Sides::Old(item) => Some(ItemChange {
                item: path.to_owned(),
                old: Some(item.text.clone()),
                new: None,
                breaking: true,
                causes: item.origins(),
            }),
            Sides::New(item) => Some(ItemChange {
                item: path.to_owned(),
                old: None,
                new: Some(item.text.clone()),
                breaking: item.breaks_when_added,
                causes: item.origins(),
            }),
        };
        found.extend(change.map(|change| (path, change)));
    }
    let is_own = |path: &str| {
        let item = before.get(path).or_else(|| new.items.get(path));
        let owners = item.into_iter().flat_map(|item| &item.owners);
        !owners
            .into_iter()
            .any(|owner| found.contains_key(owner.as_str()))
    };
    let own = found.iter().filter(|(path, _)| is_own(path));
    changes.extend(own.map(|(_, change)| change.clone()));
    changes.sort_by(|a, b| a.item.cmp(&b.item));
    changes
}

/// An item of one API, or of both.
enum Sides<'a> {
    Old(&'a Item),
    Both(&'a Item, &'a Item),
    New(&'a Item),
}

/// The items of two APIs, by path.
fn by_path<'a>(
    old: &'a BTreeMap<String, Item>,
    new: &'a BTreeMap<String, Item>,
) -> impl Iterator<Item = (&'a str, Sides<'a>)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    std::iter::from_fn(move || {
        let is_before = |of: &(&String, &Item), other: Option<&(&String, &Item)>| {
            other.is_none_or(|other| of.0 < other.0)
        };
        if let Some((path, item)) = old.next_if(|of| is_before(of, new.peek())) {
            return Some((path.as_str(), Sides::Old(item)));
        }
        if let Some((path, item)) = new.next_if(|of| is_before(of, old.peek())) {
            return Some((path.as_str(), Sides::New(item)));
        }
        let ((path, before), (_, after)) = (old.next()?, new.next()?);
        Some((path.as_str(), Sides::Both(before, after)))
    })
}

/// Where the generated types are.
const TYPES: &str = "types::";

fn between(path: &str, old: &Item, new: &Item) -> Option<ItemChange> {
    let change = |breaking, old_text: &str, new_text: &str| ItemChange {
        item: path.to_owned(),
        old: Some(old_text.to_owned()),
        new: Some(new_text.to_owned()),
        breaking,
        causes: old.causes(new),
    };
    if !old.is_same(new) {
        let text = |item: &Item| match &item.wire {
            Some(wire) if old.wire != new.wire => format!("{}, in JSON {wire}", item.text),
            _ => item.text.clone(),
        };
        return Some(change(true, &text(old), &text(new)));
    }
    if old.features == new.features {
        return None;
    }
    // With any one of its features an operation is there.
    let is_kept = new.features.is_empty()
        || !old.features.is_empty() && old.features.is_subset(&new.features);
    let text = |item: &Item| {
        let features: Vec<_> = item
            .features
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        match features.as_slice() {
            [] => "without a feature".to_owned(),
            [one] => format!("with the feature {one}"),
            several => format!("with one of the features {}", several.join(", ")),
        }
    };
    Some(change(!is_kept, &text(old), &text(new)))
}

/// The types that come from the same part of both documents, and have another name in the new API.
fn renamed_types(old: &PublicApi, new: &PublicApi) -> BTreeMap<String, String> {
    let mut at: BTreeMap<&Origin, [Vec<&str>; 2]> = BTreeMap::new();
    for (side, api, other) in [(0, old, new), (1, new, old)] {
        for (name, origin) in &api.types {
            // What comes from the same part and has the same name is the same type.
            if other.types.get(name) != Some(origin) {
                at.entry(origin).or_default()[side].push(name);
            }
        }
    }
    let pairs = at.into_values().filter_map(|names| match names {
        [before, after] => match (before.as_slice(), after.as_slice()) {
            ([before], [after]) => Some(((*before).to_owned(), (*after).to_owned())),
            _ => None,
        },
    });
    let mut pairs: BTreeMap<String, String> = pairs.collect();
    // A name that another type has, and keeps, cannot be given away.
    loop {
        let free = |name: &String| !old.types.contains_key(name) || pairs.contains_key(name);
        let kept: BTreeMap<_, _> = pairs
            .iter()
            .filter(|(_, after)| free(after))
            .map(|(before, after)| (before.clone(), after.clone()))
            .collect();
        if kept.len() == pairs.len() {
            return pairs;
        }
        pairs = kept;
    }
}

/// The text, with other names of types.
fn with_names(text: &str, names: &BTreeMap<String, String>) -> String {
    let renamed = |name: &str| names.get(name).map(|new| format!("{TYPES}{new}"));
    ir::with_paths(text, TYPES, renamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::document;

    const PATHS: &str = "{/a: {post: {operationId: a_create, requestBody: {content: {application/json: \
        {schema: {$ref: '#/components/schemas/x.v1.Part'}}}}, responses: {'204': {description: ''}}}}}";

    fn api(paths: &str, schemas: &str) -> PublicApi {
        PublicApi::of(&admit::parse(&document(paths, schemas)).unwrap(), None).unwrap()
    }

    fn changes(old: &PublicApi, new: &PublicApi) -> Vec<String> {
        let text = |side: Option<String>| side.unwrap_or_else(|| "none".to_owned());
        let changes = compare(old, new).into_iter().map(|change| {
            let class = if change.breaking { "breaks" } else { "adds" };
            format!(
                "{class} {}: {} → {}",
                change.item,
                text(change.old),
                text(change.new)
            )
        });
        changes.collect()
    }

    #[test]
    fn an_item_has_its_type_or_signature_and_where_it_comes_from() {
        let api = api(
            PATHS,
            "{x.v1.Part: {type: object, required: [b], properties: {b: {type: string}, c: {type: object, \
             properties: {d: {type: array, items: {type: integer}}}}}}}",
        );
        let text = |path: &str| {
            let item = &api.items[path];
            let steps = item.origin.path.join(".");
            match &item.origin.place {
                Place::Schema(name) => format!("{} from {name} {steps}", item.text),
                Place::Operation { method, path } => {
                    format!("{} from {method} {path} {steps}", item.text)
                }
            }
        };
        assert_eq!(text("types::Part"), "struct from x.v1.Part ");
        assert_eq!(text("types::Part::b"), "String from x.v1.Part b");
        assert_eq!(
            text("types::PartC::d"),
            "Option<Vec<i64>> from x.v1.Part c.d"
        );
        assert_eq!(
            text("types::PartC::d()"),
            "fn(impl IntoIterator<Item: Into<i64>>) -> Self from x.v1.Part c.d"
        );
        assert_eq!(
            text("client.a().create"),
            "fn(b: impl Into<String>) -> () from POST /a "
        );
    }

    #[test]
    fn what_cannot_be_generated_has_its_location_in_the_document_as_it_is() {
        let schemas =
            "{x.v1.Part: {type: object, properties: {a-b: {type: string}, a_b: {type: string}}}}";
        let document = admit::parse(&document(PATHS, schemas)).unwrap();
        let error = PublicApi::of(&document, None).unwrap_err();
        assert_eq!(error.location(), Some("components.schemas.x.v1.Part"));
    }

    #[test]
    fn a_type_with_another_name_is_compared_with_itself() {
        let old = api(
            PATHS,
            "{x.v1.Part: {type: object, properties: {b: {type: string}, c: {type: string}}}}",
        );
        let new = api(
            &PATHS.replace(
                "}}}}}",
                "}}}, get: {operationId: a_list, responses: {'200': {description: '', \
                content: {application/json: {schema: {$ref: '#/components/schemas/y.v1.Part'}}}}}}}}",
            ),
            "{x.v1.Part: {type: object, properties: {b: {type: string}}}, \
              y.v1.Part: {type: object, properties: {b: {type: string}}}}",
        );
        assert_eq!(
            changes(&old, &new),
            [
                "adds client.a().list: none → fn() -> types::Yv1Part",
                "breaks types::Part: types::Part → types::Xv1Part",
                "breaks types::Xv1Part::c: Option<String> → none",
                "adds types::Yv1Part: none → struct",
            ]
        );
    }

    #[test]
    fn only_what_a_name_consists_of_is_renamed() {
        let names = BTreeMap::from([("A".to_owned(), "B".to_owned())]);
        assert_eq!(
            with_names("types::A::a: Vec<types::A> or types::Ab", &names),
            "types::B::a: Vec<types::B> or types::Ab"
        );
    }
}
