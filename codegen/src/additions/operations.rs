//! The operations of the document beside the code that progenitor made of each.

use proc_macro2::Ident;
use serde_json::Value;
use syn::ext::IdentExt;
use syn::{
    File, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, PathArguments,
    ReturnType, Type, TypeParamBound, WherePredicate,
};

use super::super::document;
use super::super::error::Error;

/// An operation of the document, and the names of what was generated for it.
pub struct Operation<'a> {
    /// Where it stands, such as `paths./api/sip.get`.
    pub place: String,
    /// The HTTP method, in lower case.
    pub verb: &'a str,
    /// The path of its URL.
    pub path: &'a str,
    /// The operation in the lowered document.
    pub document: &'a Value,
    /// The parameters of its path item.
    shared_parameters: Option<&'a Value>,
    /// The method of `Client`.
    pub method: Ident,
    /// The type of its builder, in the module `builder`.
    pub builder: Ident,
}

impl<'a> Operation<'a> {
    /// Its `operationId`.
    pub fn id(&self) -> &'a str {
        self.document["operationId"].as_str().unwrap_or_default()
    }

    /// Its tags, or nothing.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> {
        let tags = self.document["tags"].as_array();
        tags.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Its parameters, those of the path item included.
    pub fn parameters(&self) -> impl Iterator<Item = &'a Value> {
        [self.document.get("parameters"), self.shared_parameters]
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten()
    }
}

/// The operations of `document`, in its order.
pub fn all<'a>(document: &'a Value, client: &File) -> Result<Vec<Operation<'a>>, Error> {
    let methods = methods(client);
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (verb, operation) in item.as_object().into_iter().flatten() {
            if !document::METHODS.contains(&verb.as_str()) {
                continue;
            }
            let place = document::place(path, verb);
            let id = operation["operationId"].as_str().unwrap_or_default();
            let Some((method, builder)) = named(&methods, id) else {
                return Err(Error::at(
                    place,
                    format!("progenitor made no method of `{id}`"),
                ));
            };
            operations.push(Operation {
                place,
                verb,
                // An operation that lowering adds has a slash more than the one that it is made from.
                path: path
                    .strip_prefix('/')
                    .filter(|rest| rest.starts_with('/'))
                    .unwrap_or(path),
                document: operation,
                shared_parameters: item.get("parameters"),
                method: method.clone(),
                builder: builder.clone(),
            });
        }
    }
    Ok(operations)
}

/// The methods of `Client` that return a builder, with its name.
fn methods(client: &File) -> Vec<(Ident, Ident)> {
    client
        .items
        .iter()
        .filter_map(|item| inherent_impl(item, "Client"))
        .flat_map(|item| &item.items)
        .filter_map(|item| {
            let ImplItem::Fn(function) = item else {
                return None;
            };
            let ReturnType::Type(_, output) = &function.sig.output else {
                return None;
            };
            let Type::Path(output) = &**output else {
                return None;
            };
            let mut segments = output.path.segments.iter();
            let module = segments.next()?;
            let builder = segments.next()?;
            (module.ident == "builder").then(|| (function.sig.ident.clone(), builder.ident.clone()))
        })
        .collect()
}

/// Progenitor changes the case of an id, and what Rust does not take in a name.
fn named<'a>(methods: &'a [(Ident, Ident)], id: &str) -> Option<&'a (Ident, Ident)> {
    let exact = methods.iter().find(|(method, _)| method.unraw() == id);
    exact.or_else(|| {
        methods
            .iter()
            .find(|(method, _)| is_same_name(&method.unraw().to_string(), id))
    })
}

/// Whether two names differ only in case and separators, as a name of the document and what became
/// of it in Rust do.
pub fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &'_ str| -> String {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(one) == letters(other)
}

/// What `reference` leads to, through any number of references.
pub fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    // References in a circle lead nowhere.
    for _ in 0..32 {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return value;
        };
        match reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
        {
            Some(target) => value = target,
            None => return &Value::Null,
        }
    }
    &Value::Null
}

/// The items of the module `name`.
pub fn module<'a>(client: &'a File, name: &str) -> &'a [Item] {
    client
        .items
        .iter()
        .find_map(|item| match item {
            Item::Mod(module) if module.ident == name => {
                module.content.as_ref().map(|(_, items)| items.as_slice())
            }
            _ => None,
        })
        .unwrap_or_default()
}

/// The module `name`, to add to it.
pub fn module_mut<'a>(client: &'a mut File, name: &str) -> Option<&'a mut Vec<Item>> {
    client.items.iter_mut().find_map(|item| match item {
        Item::Mod(ItemMod {
            ident,
            content: Some((_, items)),
            ..
        }) if ident == name => Some(items),
        _ => None,
    })
}

/// The methods of the type `name` among `items`.
pub fn functions<'a>(
    items: &'a [Item],
    name: &'a str,
) -> impl Iterator<Item = &'a ImplItemFn> + use<'a> {
    items
        .iter()
        .filter_map(move |item| inherent_impl(item, name))
        .flat_map(|item| &item.items)
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        })
}

fn inherent_impl<'a>(item: &'a Item, name: &str) -> Option<&'a ItemImpl> {
    match item {
        Item::Impl(item) if inherent_impl_of(item, name) => Some(item),
        _ => None,
    }
}

/// Whether `item` gives the type `name` methods of its own.
pub fn inherent_impl_of(item: &ItemImpl, name: &str) -> bool {
    item.trait_.is_none()
        && last_segment(&item.self_ty).is_some_and(|segment| segment.ident == name)
}

fn last_segment(of: &Type) -> Option<&syn::PathSegment> {
    match of {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The `T` of `Name<T, …>`.
pub fn argument<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    last_segment(of)
        .filter(|segment| segment.ident == name)
        .and_then(|segment| first_type(&segment.arguments))
}

fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    })
}

/// What `send` gives: the `T` of `Result<ResponseValue<T>, Error>`.
pub fn success<'a>(items: &'a [Item], builder: &'a str) -> Option<&'a Type> {
    let send = functions(items, builder).find(|function| function.sig.ident == "send")?;
    let ReturnType::Type(_, output) = &send.sig.output else {
        return None;
    };
    argument(argument(output, "Result")?, "ResponseValue")
}

/// What a setter takes: the `T` of its bound `V: TryInto<T>`.
pub fn taken(setter: &ImplItemFn) -> Option<&Type> {
    let clause = setter.sig.generics.where_clause.as_ref()?;
    clause.predicates.iter().find_map(|predicate| {
        let WherePredicate::Type(predicate) = predicate else {
            return None;
        };
        // The second predicate of some setters bounds the error of the first.
        let Type::Path(bounded) = &predicate.bounded_ty else {
            return None;
        };
        bounded.path.get_ident()?;
        predicate.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => bound
                .path
                .segments
                .last()
                .filter(|segment| segment.ident == "TryInto")
                .and_then(|segment| first_type(&segment.arguments)),
            _ => None,
        })
    })
}
