//! Unions of objects that a property distinguishes: the macro for the generated enums.
//!
//! The property (the tag) is a part of the enum and not of its variants: it is read once, and written
//! first.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{json_location, redact};

/// An enum by the values of the property `$tag`. The schemas of the variants in `kept` have the property
/// themselves, because they are used outside the union as well.
macro_rules! tagged_union {
    (
        $(#[$meta:meta])* $name:ident $tag:literal
        { $($variant:ident $value:literal $ty:ty,)* }
        kept { $($kept:ident $kept_value:literal $kept_ty:ty,)* }
        from { $($from:ident $from_ty:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        #[serde(tag = $tag)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, non_camel_case_types)]
        pub enum $name {
            $(
                #[doc = concat!("`", $value, "`")]
                #[serde(rename = $value)]
                $variant($ty),
            )*
            $(
                #[doc = concat!("`", $kept_value, "`")]
                #[serde(untagged)]
                $kept($kept_ty),
            )*
            /// An object that this version of the crate does not know, kept as received: its tag is unknown
            /// or missing.
            #[serde(untagged)]
            Unknown(::serde_json::Map<::std::string::String, ::serde_json::Value>),
        }

        impl $name {
            #[doc = concat!("The value of `", $tag, "`, which tells the variants apart.")]
            pub fn tag(&self) -> ::std::option::Option<&str> {
                match self {
                    $(Self::$variant(_) => ::std::option::Option::Some($value),)*
                    $(Self::$kept(_) => ::std::option::Option::Some($kept_value),)*
                    Self::Unknown(object) => crate::unions::tag(object, $tag),
                }
            }
        }

        impl crate::unions::TaggedUnion for $name {
            const TAG: &'static str = $tag;

            fn read(
                object: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
            ) -> ::std::result::Result<Self, ::std::string::String> {
                match crate::unions::tag(&object, $tag) {
                    $(
                        ::std::option::Option::Some($value) => {
                            crate::unions::untagged(object, $tag, $value).map(Self::$variant)
                        }
                    )*
                    $(
                        ::std::option::Option::Some($kept_value) => {
                            crate::unions::whole(object, $kept_value).map(Self::$kept)
                        }
                    )*
                    _ => ::std::result::Result::Ok(Self::Unknown(object)),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                crate::unions::deserialize(deserializer)
            }
        }

        $(
            impl ::std::convert::From<$from_ty> for $name {
                #[inline]
                fn from(value: $from_ty) -> Self {
                    Self::$from(value.into())
                }
            }
        )*
    };
}
pub(crate) use tagged_union;

/// The value of the tag.
pub(crate) fn tag<'a>(object: &'a Map<String, Value>, tag: &str) -> Option<&'a str> {
    object.get(tag).and_then(Value::as_str)
}

/// What is generated for each union.
pub(crate) trait TaggedUnion: Sized {
    const TAG: &'static str;

    /// The variant that the tag of `object` stands for.
    ///
    /// # Errors
    ///
    /// What is wrong with the variant, and where in it.
    fn read(object: Map<String, Value>) -> Result<Self, String>;
}

/// Reads the tag once, wherever it is in the object.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TaggedUnion,
{
    struct Object<T>(PhantomData<T>);

    impl<'de, T: TaggedUnion> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "an object with `{}`", T::TAG)
        }

        // An error that is made here gets the position of this object; one that is made after reading it,
        // that of the list around it.
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            let object = Map::deserialize(MapAccessDeserializer::new(map))?;
            T::read(object).map_err(A::Error::custom)
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
}

/// The variant for `value`, from an object without its tag.
pub(crate) fn untagged<T: DeserializeOwned>(
    mut object: Map<String, Value>,
    tag: &str,
    value: &str,
) -> Result<T, String> {
    object.remove(tag);
    whole(object, value)
}

/// The variant for `value`, from an object.
///
/// It is read from text, like the whole: reading it from a `Value` would compile the decoding of every
/// variant a second time, and errors would have no position.
pub(crate) fn whole<T: DeserializeOwned>(
    object: Map<String, Value>,
    value: &str,
) -> Result<T, String> {
    let json = Value::Object(object).to_string();
    serde_json::from_slice(json.as_bytes()).map_err(|error| explained(&error, &json, value))
}

/// The error without its position in `json`, which no user has seen: the location replaces it.
#[cold]
fn explained(error: &serde_json::Error, json: &str, value: &str) -> String {
    let position = json_location::position(error);
    let location = position.and_then(|position| json_location::of(position, json.as_bytes()));
    let at = location.map_or_else(String::new, |location| format!(" at {location}"));
    let said = redact::without_value(&error.to_string());
    let said = said
        .rsplit_once(" at line ")
        .map_or(said.as_str(), |(said, _)| said);
    format!("the variant `{value}` does not decode{at}: {said}")
}

#[cfg(test)]
mod tests;
