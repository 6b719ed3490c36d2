//! How the generated types are read and written.
//!
//! serde's derive writes ten functions for each type, most of them for formats and shapes that are not
//! the API's: compiling them was half of compiling this crate. Here a type adds three, and shares the
//! rest. What is read, refused and written is what the derive reads, refuses and writes, but that no
//! array is read as an object, and that an object is a map to formats which tell the two apart.
#![allow(
    dead_code,
    unused_macros,
    reason = "the enabled areas may have no such type"
)]

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Patch;

/// A type that is an object in JSON.
pub(crate) trait Object: Sized {
    /// Reads the value from its properties.
    fn read<'de, A: MapAccess<'de>>(properties: Properties<A>) -> Result<Self, A::Error>;
}

/// Implements `Deserialize` and `Serialize` for a struct: of each field the number and the name of its
/// property, whether it has to be there, when it is written, and its type; then what has to be there.
///
/// Types are named, and errors are returned in one place, because both are quicker to compile.
macro_rules! object {
    ($name:ident {
        $(
            $index:literal $property:literal $read:ident $write:ident
            $(($float:ident))? $field:ident: $ty:ty;
        )*
    } $required:tt) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                crate::object::read(deserializer, ::std::stringify!($name), &[$($property),*])
            }
        }

        impl crate::object::Object for $name {
            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                mut properties: crate::object::Properties<A>,
            ) -> ::std::result::Result<Self, A::Error> {
                $(
                    let mut $field: crate::object::object!(@slot $read $ty) =
                        ::std::default::Default::default();
                )*
                while let ::std::option::Option::Some(index) = properties.next()? {
                    match index {
                        $($index => properties.$read(&mut $field),)*
                        _ => properties.skip(),
                    }?;
                }
                crate::object::object!(@required properties $required);
                ::std::result::Result::Ok(Self { $($field),* })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let mut object = crate::object::Writer::new(serializer);
                $(
                    object.$write(
                        $property,
                        crate::object::object!(@value self.$field $(, $float)?),
                    );
                )*
                object.end()
            }
        }
    };
    // What has to be there, and what may be its default.
    (@slot required $ty:ty) => { ::std::option::Option<$ty> };
    (@slot optional $ty:ty) => { $ty };
    (@required $properties:ident ()) => {};
    (@required $properties:ident ($($index:literal $field:ident)*)) => {
        let ($(::std::option::Option::Some($field),)*) = ($($field,)*) else {
            return ::std::result::Result::Err($properties.missing(&[$($index),*]));
        };
    };
    (@value $field:expr) => { &$field };
    (@value $field:expr, float) => { &crate::floats::Floats::wide(&$field) };
}
#[allow(unused_imports, reason = "the enabled areas may have no such type")]
pub(crate) use object;

pub(crate) fn read<'de, D: Deserializer<'de>, T: Object>(
    deserializer: D,
    name: &'static str,
    properties: &'static [&'static str],
) -> Result<T, D::Error> {
    let visitor = ObjectVisitor {
        name,
        properties,
        value: PhantomData,
    };
    deserializer.deserialize_struct(name, properties, visitor)
}

struct ObjectVisitor<T> {
    name: &'static str,
    properties: &'static [&'static str],
    value: PhantomData<T>,
}

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(Properties {
            map,
            names: self.properties,
            index: 0,
            read: 0,
        })
    }
}

/// The properties of an object, one after the other.
pub(crate) struct Properties<A> {
    map: A,
    names: &'static [&'static str],
    /// Of the property at hand.
    index: usize,
    /// A bit for each property that was read.
    read: u128,
}

impl<'de, A: MapAccess<'de>> Properties<A> {
    /// The index of the next property; of one whose name is not known, the number of those that are.
    pub(crate) fn next(&mut self) -> Result<Option<usize>, A::Error> {
        let next = self.map.next_key_seed(Index(self.names))?;
        self.index = next.unwrap_or_default();
        Ok(next)
    }

    pub(crate) fn required<T: Deserialize<'de>>(
        &mut self,
        slot: &mut Option<T>,
    ) -> Result<(), A::Error> {
        *slot = Some(self.value()?);
        Ok(())
    }

    pub(crate) fn optional<T: Deserialize<'de>>(&mut self, slot: &mut T) -> Result<(), A::Error> {
        *slot = self.value()?;
        Ok(())
    }

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, A::Error> {
        let bit = 1 << self.index;
        if self.read & bit != 0 {
            return Err(Error::duplicate_field(self.names[self.index]));
        }
        self.read |= bit;
        self.map.next_value()
    }

    pub(crate) fn skip(&mut self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(drop)
    }

    /// Names the first of the `required` properties that was not read.
    pub(crate) fn missing(&self, required: &[usize]) -> A::Error {
        let missing = required
            .iter()
            .find(|index| self.read & (1 << **index) == 0);
        Error::missing_field(missing.map_or("", |index| self.names[*index]))
    }
}

/// Reads a name as its index among these.
struct Index(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Index {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Index {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a property")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let index = self.0.iter().position(|known| *known == name);
        Ok(index.unwrap_or(self.0.len()))
    }
}

/// The properties of an object, as they are written. After an error, nothing more is.
pub(crate) struct Writer<M: SerializeMap>(Result<M, M::Error>);

impl<M: SerializeMap> Writer<M> {
    pub(crate) fn new<S: Serializer<SerializeMap = M, Error = M::Error>>(serializer: S) -> Self {
        Self(serializer.serialize_map(None))
    }

    pub(crate) fn always<T: Serialize>(&mut self, name: &str, value: &T) {
        if let Ok(map) = &mut self.0
            && let Err(error) = map.serialize_entry(name, value)
        {
            self.0 = Err(error);
        }
    }

    /// Null is not written.
    pub(crate) fn option<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        if value.is_some() {
            self.always(name, value);
        }
    }

    pub(crate) fn patch<T: Serialize>(&mut self, name: &str, value: &Patch<T>) {
        if !value.is_keep() {
            self.always(name, value);
        }
    }

    pub(crate) fn end(self) -> Result<M::Ok, M::Error> {
        self.0?.end()
    }
}

#[cfg(test)]
#[allow(unused_mut, reason = "a type may have no property")]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    /// As the build generates it, and what serde derives for the same properties.
    #[derive(Debug, PartialEq)]
    struct Car {
        wheels: u8,
        owner_name: Option<String>,
        note: Option<String>,
        price: Patch<f32>,
        parts: Vec<String>,
        spare: Option<Box<Car>>,
    }
    object! {
        Car {
            0 "wheels" required always wheels: u8;
            1 "ownerName" required always owner_name: Option<String>;
            2 "note" optional option note: Option<String>;
            3 "price" optional patch (float) price: Patch<f32>;
            4 "parts" optional always parts: Vec<String>;
            5 "spare" optional option spare: Option<Box<Car>>;
        } (0 wheels 1 owner_name)
    }

    mod derived {
        use super::Patch;

        #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        pub struct Car {
            pub wheels: u8,
            #[serde(
                rename = "ownerName",
                deserialize_with = "::std::option::Option::deserialize"
            )]
            pub owner_name: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
            #[serde(
                default,
                serialize_with = "crate::floats::serialize",
                skip_serializing_if = "Patch::is_keep"
            )]
            pub price: Patch<f32>,
            #[serde(default)]
            pub parts: Vec<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub spare: Option<Box<Car>>,
        }
    }

    #[derive(Debug, PartialEq)]
    struct Empty {}
    object! { Empty {} () }

    /// What becomes of a value that was read from the text, or why it was not.
    fn written<T: DeserializeOwned + Serialize>(json: &str) -> Result<String, String> {
        let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok(serde_json::to_string(&value).unwrap())
    }

    #[test]
    fn what_is_read_refused_and_written_is_what_serde_derives() {
        let whole = r#"{"wheels": 4, "ownerName": "A", "note": "b", "price": 0.1, "parts": ["c"]"#;
        for json in [
            format!("{whole}}}"),
            format!(r#"{whole}, "spare": {{"wheels": 1, "ownerName": null}}}}"#),
            format!(r#"{whole}, "unknown": {{"a": [1]}}}}"#),
            format!(r#"{whole}, "spare": {{"wheels": 1}}}}"#),
            format!(r#"{whole}, "wheels": 4}}"#),
            format!(r#"{whole}, "note": null}}"#),
            format!(r#"{whole}, "unknown": 1, "unknown": 2}}"#),
            r#"{"ownerName": null, "wheels": 0}"#.to_owned(),
            r#"{"wheels": 0, "ownerName": null, "note": null, "price": null, "parts": []}"#
                .to_owned(),
            r#"{"wheels": 0, "ownerName": null, "spare": null}"#.to_owned(),
            r#"{"wheels": 0}"#.to_owned(),
            r#"{"ownerName": null}"#.to_owned(),
            r#"{"wheels": 256, "ownerName": null}"#.to_owned(),
            r#"{"wheels": "four", "ownerName": null}"#.to_owned(),
            r#"{"wheels": null, "ownerName": null}"#.to_owned(),
            r#"{"wheels": 0, "ownerName": null, "parts": null}"#.to_owned(),
            r#"{"wheels": 0, "owner_name": null}"#.to_owned(),
            r#"{"\u0077heels": 0, "ownerName": "\u0041"}"#.to_owned(),
            r#"{"wheels": 0, "ownerName": null"#.to_owned(),
            "{}".to_owned(),
            "null".to_owned(),
            "7".to_owned(),
            r#""car""#.to_owned(),
        ] {
            assert_eq!(
                written::<Car>(&json),
                written::<derived::Car>(&json),
                "{json}"
            );
            let value: Option<Value> = serde_json::from_str(&json).ok();
            assert_eq!(
                value
                    .clone()
                    .and_then(|value| serde_json::from_value::<Car>(value).ok())
                    .is_some(),
                value
                    .and_then(|value| serde_json::from_value::<derived::Car>(value).ok())
                    .is_some(),
                "{json}"
            );
        }
    }

    #[test]
    fn an_array_is_no_object() {
        let error = written::<Car>(r#"[4, null]"#).unwrap_err();
        let expected = "invalid type: sequence, expected struct Car at line 1 column 1";
        assert_eq!(error, expected);
        written::<derived::Car>(r#"[4, null, null, null, [], null]"#).unwrap();
    }

    #[test]
    fn a_type_without_properties_is_read_and_written() {
        assert_eq!(written::<Empty>(r#"{"a": 1}"#).unwrap(), "{}");
        assert_eq!(serde_json::to_value(Empty {}).unwrap(), json!({}));
    }

    #[test]
    fn the_last_of_128_properties_is_read() {
        const NAMES: [&str; 128] = {
            let mut names = ["first"; 128];
            names[127] = "last";
            names
        };
        struct Last(u8);
        impl Object for Last {
            fn read<'de, A: MapAccess<'de>>(
                mut properties: Properties<A>,
            ) -> Result<Self, A::Error> {
                let mut last = None;
                while let Some(index) = properties.next()? {
                    match index {
                        127 => properties.required(&mut last)?,
                        _ => properties.skip()?,
                    }
                }
                last.map(Last).ok_or_else(|| properties.missing(&[127]))
            }
        }
        let read = |json: &str| {
            let mut json = serde_json::Deserializer::from_str(json);
            read::<_, Last>(&mut json, "Last", &NAMES).map(|last| last.0)
        };
        assert_eq!(read(r#"{"last": 7}"#).unwrap(), 7);
        let twice = read(r#"{"last": 7, "last": 8}"#).unwrap_err().to_string();
        assert!(twice.starts_with("duplicate field `last`"), "{twice}");
        let missing = read("{}").unwrap_err().to_string();
        assert!(missing.starts_with("missing field `last`"), "{missing}");
    }

    #[test]
    fn an_error_while_writing_is_returned() {
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("broken"))
            }
        }
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut text);
        let mut writer = Writer::new(&mut serializer);
        writer.always("a", &1);
        writer.always("b", &Broken);
        writer.always("c", &1);
        assert_eq!(writer.end().unwrap_err().to_string(), "broken");
        assert_eq!(text, br#"{"a":1,"b":"#);
    }
}
