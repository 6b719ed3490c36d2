//! Open enums, which keep unknown values: the macro for the generated enums of strings.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Visitor};

/// A value of an enum that this version of the crate does not know, kept as received.
///
/// Converting a string into an enum makes one, unless the enum has a variant for the string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    pub(crate) fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value as the API spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Implements what all open enums have in common. Values are compared by their text, regardless of how
/// they were made.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $value, "`")]
                $variant,
            )*
            /// A value that this version of the crate does not know, kept as received.
            UnknownValue(crate::UnknownValue),
        }

        #[cfg(feature = "client")]
        impl crate::limits::Checked for $name {}

        impl $name {
            /// The value as the API spells it.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::UnknownValue(value) => value.as_str(),
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            #[inline]
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    value => Self::UnknownValue(crate::UnknownValue::new(value)),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            #[inline]
            fn from_str(value: &str) -> ::std::result::Result<Self, <Self as ::std::str::FromStr>::Err> {
                Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl ::std::cmp::Eq for $name {}

        impl ::std::cmp::PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> ::std::option::Option<::std::cmp::Ordering> {
                ::std::option::Option::Some(self.cmp(other))
            }
        }

        impl ::std::cmp::Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl ::std::hash::Hash for $name {
            #[inline]
            fn hash<H: ::std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl ::serde::Serialize for $name {
            #[inline]
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                crate::enums::deserialize_text(deserializer)
            }
        }
    };
}
pub(crate) use open_enum;

/// Deserializes a value from a JSON string without allocating one.
pub(crate) fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    struct Text<T>(PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    open_enum! { Medium { Voice = "voice", Text = "te-xt", } }

    #[test]
    fn a_value_is_received_and_sent_as_the_api_spells_it() {
        for text in ["voice", "te-xt", "Voice", "smoke signals", ""] {
            let json = serde_json::to_string(text).unwrap();
            let medium: Medium = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&medium).unwrap(), json);
            assert_eq!((medium.as_str(), medium.to_string().as_str()), (text, text));
            assert_eq!(
                matches!(medium, Medium::UnknownValue(_)),
                !["voice", "te-xt"].contains(&text)
            );
        }
        serde_json::from_str::<Medium>("1").unwrap_err();
    }

    #[test]
    fn a_known_value_is_its_variant_however_it_was_made() {
        let made = [
            Medium::from("te-xt"),
            Medium::from("te-xt".to_owned()),
            "te-xt".parse().unwrap(),
            // Only this crate can make such a value.
            Medium::UnknownValue(crate::UnknownValue::new("te-xt")),
        ];
        assert!(matches!(
            made[..3],
            [Medium::Text, Medium::Text, Medium::Text]
        ));
        assert_eq!(HashSet::from(made), HashSet::from([Medium::Text]));
        assert_ne!(Medium::from("text"), Medium::Text);
        assert!(Medium::Text < Medium::Voice && Medium::from("zebra") > Medium::Voice);
    }

    #[test]
    fn a_query_takes_an_enum() {
        let query = |medium: Medium| {
            let value = Some(medium);
            let client = reqwest::Client::new();
            let request = client
                .get("http://localhost")
                .query(&crate::parameter::QueryParam::new("medium", &value));
            request.build().unwrap().url().query().unwrap().to_owned()
        };
        assert_eq!(query(Medium::Voice), "medium=voice");
        assert_eq!(query("a b".into()), "medium=a+b");
    }
}
