//! What the builders of the generated types can do. Which fields they have is generated.

use std::fmt::Display;

pub(crate) use crate::runtime::{Field, field, missing as required};

/// A field that was set to `value`, which becomes what is sent by `wrap`.
pub(crate) fn set<T, F>(
    name: &str,
    value: impl TryInto<T, Error: Display>,
    wrap: impl FnOnce(T) -> F,
) -> Field<F> {
    field(name, value).map(wrap)
}

/// A field that may stay away.
pub(crate) fn optional<T: Default>(_name: &str) -> Field<T> {
    Ok(T::default())
}

/// The builder of the type of that name in the module around: of each field its type, how it starts
/// ([`optional`] or [`required`]), what its method takes and makes of it, and, if null is something
/// that can be sent, the method that does so.
///
/// `#[inline]`: a program compiles what it uses of this, and not all of it with the library.
macro_rules! builder {
    (@shown $field:expr) => { &$field };
    (@shown $field:expr, secret) => { &crate::runtime::Redacted };
    ($doc:literal $name:ident $build:ident {
        $($(($secret:ident))? $field:ident: $ty:ty, $start:ident, $value:ty => $wrap:expr $(, $clear:ident)?;)*
    }) => {
        #[doc = $doc]
        #[derive(Clone)]
        pub struct $name {
            $($field: crate::builders::Field<$ty>,)*
        }

        /// Secrets are not shown.
        impl ::std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                crate::runtime::debug(f, ::std::stringify!($name), &[
                    $((
                        ::std::stringify!($field),
                        crate::builders::builder!(@shown self.$field $(, $secret)?),
                    ),)*
                ])
            }
        }

        impl ::std::default::Default for $name {
            #[inline]
            fn default() -> Self {
                Self {
                    $($field: crate::builders::$start(::std::stringify!($field)),)*
                }
            }
        }

        impl $name {
            $(
                #[doc = ::std::concat!("Sets `", ::std::stringify!($field), "`.")]
                pub fn $field(
                    mut self,
                    value: impl ::std::convert::TryInto<$value, Error: ::std::fmt::Display>,
                ) -> Self {
                    self.$field = crate::builders::set(::std::stringify!($field), value, $wrap);
                    self
                }

                $(
                    #[doc = ::std::concat!("Clears `", ::std::stringify!($field), "`: null is sent.")]
                    pub fn $clear(mut self) -> Self {
                        self.$field = Ok(crate::Patch::Clear);
                        self
                    }
                )?
            )*

            /// The value, if all that is required was set.
            ///
            /// # Errors
            ///
            /// Names a field that is required and was not set, or whose value does not fit.
            #[inline]
            pub fn $build(
                self,
            ) -> ::std::result::Result<super::$name, super::error::ConversionError> {
                // A property may be called so, and its setter is nearer.
                ::std::convert::TryInto::try_into(self)
            }
        }

        impl ::std::convert::TryFrom<$name> for super::$name {
            type Error = super::error::ConversionError;

            #[inline]
            fn try_from(value: $name) -> ::std::result::Result<Self, Self::Error> {
                Ok(Self {
                    $($field: match value.$field {
                        Ok(value) => value,
                        Err(reason) => return Err(reason.into()),
                    },)*
                })
            }
        }

        impl ::std::convert::From<super::$name> for $name {
            #[inline]
            fn from(value: super::$name) -> Self {
                Self {
                    $($field: Ok(value.$field),)*
                }
            }
        }
    };
}

#[allow(unused_imports, reason = "the enabled areas may have no such type")]
pub(crate) use builder;

#[cfg(test)]
mod tests {
    use crate::Patch;

    mod error {
        #[derive(Debug, PartialEq)]
        pub struct ConversionError(pub String);

        impl From<String> for ConversionError {
            fn from(reason: String) -> Self {
                Self(reason)
            }
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Update {
        id: u8,
        name: Option<String>,
        note: Patch<String>,
    }

    #[allow(dead_code)]
    mod build {
        builder! { "Builds an update." Update build {
            id: u8, required, u8 => ::std::convert::identity;
            name: Option<String>, optional, String => Some;
            (secret) note: crate::Patch<String>, optional, String => crate::Patch::Set, clear_note;
        } }
    }

    fn built(builder: build::Update) -> Result<Update, String> {
        builder.build().map_err(|error| error.0)
    }

    #[test]
    fn what_is_not_set_stays_away_and_plain_values_are_taken() {
        let update = built(build::Update::default().id(1)).unwrap();
        let expected = Update {
            id: 1,
            name: None,
            note: Patch::Keep,
        };
        assert_eq!(update, expected);
        let update = built(build::Update::from(update).name("a").note("b")).unwrap();
        assert_eq!(update.name.as_deref(), Some("a"));
        assert_eq!(update.note, Patch::Set("b".to_owned()));
        let update = built(build::Update::from(update).clear_note()).unwrap();
        assert_eq!(update.note, Patch::Clear);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let text = format!("{:?}", build::Update::default().name("seen").note("unseen"));
        assert!(text.contains("seen") && !text.contains("unseen"), "{text}");
        assert!(text.contains("note: redacted"), "{text}");
    }

    #[test]
    fn what_is_missing_or_does_not_fit_is_named() {
        let missing = built(build::Update::default()).unwrap_err();
        assert_eq!(missing, "`id` is required, and was not set");
        let unfit = built(build::Update::default().id(300)).unwrap_err();
        assert!(
            unfit.contains("the value of `id` is not usable: out of range"),
            "{unfit}"
        );
    }
}
