//! The types of the API's values, generated from its document.
//!
//! Types of requests have `new`, which takes the required fields, and a method for each other
//! field. Fields are public. A received type converts `into()` the type that is sent, if no value
//! would be invented or lost.

use crate::enums::open_enum;
use crate::limits::limits;
use crate::pages::page;
use crate::setters::{maybe, setter, taken, takes};
#[allow(unused_imports, reason = "the published API has no union")]
use crate::unions::tagged_union;

pub use crate::generated::types::*;

/// `new` and the setters of a struct.
macro_rules! object {
    (
        $name:ident new($($required:ident: $($boxed:ident)? $takes:tt,)*) others($($other:ident,)*) {
            $($setters:tt)*
        }
    ) => {
        #[allow(clippy::should_implement_trait)]
        impl $name {
            /// A value with the required fields.
            #[allow(clippy::new_without_default, clippy::too_many_arguments, deprecated)]
            #[inline]
            pub fn new($($required: takes!($takes)),*) -> Self {
                Self {
                    $($required: object!(@held $($boxed)? taken!($takes $required)),)*
                    $($other: ::std::default::Default::default(),)*
                }
            }

            maybe! {}

            $($setters)*
        }
    };
    (@held boxed $value:expr) => { ::std::boxed::Box::new($value) };
    (@held $value:expr) => { $value };
}
pub(crate) use object;

/// A struct around JSON of any form.
macro_rules! wrapper {
    ($name:ident) => {
        impl $name {
            /// An empty object.
            #[inline]
            pub fn new() -> Self {
                Self(::serde_json::Value::Object(
                    ::std::default::Default::default(),
                ))
            }
        }

        impl ::std::default::Default for $name {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }
    };
}
pub(crate) use wrapper;

/// A constructor for one alternative of an object that has one of several properties.
macro_rules! alternative {
    (
        $(#[$meta:meta])* $name:ident $field:ident $hold:tt
        $inner:ident($($argument:ident: $takes:tt,)*)
    ) => {
        impl $name {
            $(#[$meta])*
            #[inline]
            pub fn $field($($argument: takes!($takes)),*) -> Self {
                $inner::new($($argument),*).into()
            }
        }

        impl ::std::convert::From<$inner> for $name {
            #[inline]
            fn from(value: $inner) -> Self {
                let mut whole = Self::new();
                whole.$field = alternative!(@$hold value);
                whole
            }
        }
    };
    (@some $value:ident) => { ::std::option::Option::Some($value) };
    (@set $value:ident) => { ::std::option::Option::Some(crate::Patch::Set($value)) };
}

/// A constructor that sets some properties: to its arguments, and to fixed values.
macro_rules! constructor {
    (
        $(#[$meta:meta])* $name:ident $constructor:ident($($field:ident: $takes:tt,)*) {
            $($other:ident: $value:expr,)*
        }
    ) => {
        impl $name {
            $(#[$meta])*
            #[allow(deprecated)]
            #[inline]
            pub fn $constructor($($field: takes!($takes)),*) -> Self {
                Self::new()$(.$field($field))*$(.$other($value))*
            }
        }
    };
}

/// A conversion from the received type to the type that is sent: for each field, how the two store the
/// value, and how it is converted.
macro_rules! conversion {
    ($received:ident $sent:ident { $($field:ident $how:ident $($value:ident $from:ident $to:ident)?;)* }) => {
        /// Takes all fields that can be sent.
        impl ::std::convert::From<$received> for $sent {
            #[allow(deprecated, unused_variables)]
            #[inline]
            fn from(value: $received) -> Self {
                Self {
                    $($field: conversion!(@$how value.$field, $($value $from $to)?),)*
                }
            }
        }
    };
    (@none $value:expr,) => { ::std::default::Default::default() };
    (@plain $value:expr, $how:ident $from:ident $to:ident) => {
        conversion!(@value $how $from $to $value)
    };
    (@some $value:expr, $how:ident $from:ident $to:ident) => {
        ::std::option::Option::Some(conversion!(@value $how $from $to $value))
    };
    (@some_patch $value:expr, $how:ident $from:ident $to:ident) => {
        ::std::option::Option::Some(crate::Patch::Set(conversion!(@value $how $from $to $value)))
    };
    (@option $value:expr, $how:ident $from:ident $to:ident) => {
        $value.map(|value| conversion!(@value $how $from $to value))
    };
    (@patch $value:expr, $how:ident $from:ident $to:ident) => {
        ::std::option::Option::Some(match $value {
            ::std::option::Option::Some(value) => {
                crate::Patch::Set(conversion!(@value $how $from $to value))
            }
            ::std::option::Option::None => crate::Patch::Clear,
        })
    };
    (@value $how:ident boxed boxed $value:expr) => {
        ::std::boxed::Box::new(conversion!(@bare $how *$value))
    };
    (@value $how:ident bare boxed $value:expr) => {
        ::std::boxed::Box::new(conversion!(@bare $how $value))
    };
    (@value $how:ident boxed bare $value:expr) => { conversion!(@bare $how *$value) };
    (@value $how:ident bare bare $value:expr) => { conversion!(@bare $how $value) };
    (@bare same $value:expr) => { $value };
    (@bare into $value:expr) => { $value.into() };
    (@bare each $value:expr) => {
        $value.into_iter().map(::std::convert::Into::into).collect()
    };
    (@bare each_value $value:expr) => {
        $value
            .into_iter()
            .map(|(key, value)| (key, value.into()))
            .collect()
    };
}

include!(concat!(env!("OUT_DIR"), "/types.rs"));
