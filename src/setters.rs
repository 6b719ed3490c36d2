//! The macros for setters of types and calls: which values a setter takes, and how it stores them.
//!
//! `[text]`, `[json]`, `[list T]`, `[map T]`, `[into T]` and `[exact T]` are the values that a
//! setter takes; `plain`, `some`, `set(…)` and `others` are how the field stores them. The list of setters is
//! generated.

/// The type of the argument.
macro_rules! takes {
    ([text]) => { impl ::std::convert::Into<::std::string::String> };
    ([json]) => { impl ::std::convert::Into<::serde_json::Value> };
    ([list $item:ty]) => {
        impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<$item>>
    };
    ([map $value:ty]) => {
        impl ::std::iter::IntoIterator<
            Item = (
                impl ::std::convert::Into<::std::string::String>,
                impl ::std::convert::Into<$value>,
            ),
        >
    };
    ([into $ty:ty]) => { impl ::std::convert::Into<$ty> };
    ([exact $ty:ty]) => { $ty };
    ([id]) => { impl crate::id::IntoId };
    ([name]) => { impl ::std::string::ToString };
}
pub(crate) use takes;

/// The value, converted from the argument.
macro_rules! taken {
    ([list $item:ty] $value:expr) => {
        $value.into_iter().map(::std::convert::Into::into).collect()
    };
    ([map $item:ty] $value:expr) => {
        $value
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect()
    };
    ([exact $ty:ty] $value:expr) => {
        $value
    };
    ([id] $value:expr) => {
        $value.into_id()
    };
    ([name] $value:expr) => {
        $value.to_string()
    };
    ([$($into:tt)*] $value:expr) => {
        $value.into()
    };
}
pub(crate) use taken;

/// One setter: the path from `self` to the fields, documentation, name, field, how the field stores the
/// value, and what the setter takes.
macro_rules! setter {
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident plain $takes:tt) => {
        crate::setters::setter! {
            @set [$($way)*] [$(#[$meta])*] $setter $field $takes |value| value
        }
    };
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident some $takes:tt) => {
        crate::setters::setter! {
            @set [$($way)*] [$(#[$meta])*] $setter $field $takes |value| ::std::option::Option::Some(value)
        }
    };
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident boxed some $takes:tt) => {
        crate::setters::setter! {
            @set [$($way)*] [$(#[$meta])*] $setter $field $takes
            |value| ::std::option::Option::Some(::std::boxed::Box::new(value))
        }
    };
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident set($clear:ident) $takes:tt) => {
        crate::setters::setter! {
            @set [$($way)*] [$(#[$meta])*] $setter $field $takes
            |value| ::std::option::Option::Some(crate::Patch::Set(value))
        }
        crate::setters::setter! { @clear [$($way)*] $setter $field $clear }
    };
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident boxed set($clear:ident) $takes:tt) => {
        crate::setters::setter! {
            @set [$($way)*] [$(#[$meta])*] $setter $field $takes
            |value| ::std::option::Option::Some(crate::Patch::Set(::std::boxed::Box::new(value)))
        }
        crate::setters::setter! { @clear [$($way)*] $setter $field $clear }
    };
    ([$($way:tt)*] $(#[$meta:meta])* $setter:ident => $field:ident others $takes:tt) => {
        $(#[$meta])*
        #[inline]
        pub fn $setter(
            mut self,
            name: impl ::std::convert::Into<::std::string::String>,
            value: crate::setters::takes!($takes),
        ) -> Self {
            self$($way)*.$field.insert(name.into(), crate::setters::taken!($takes value));
            self
        }
    };
    (
        @set [$($way:tt)*] [$($meta:tt)*] $setter:ident $field:ident $takes:tt
        |$value:ident| $held:expr
    ) => {
        $($meta)*
        #[inline]
        #[allow(deprecated, clippy::should_implement_trait)]
        pub fn $setter(mut self, value: crate::setters::takes!($takes)) -> Self {
            let $value = crate::setters::taken!($takes value);
            self$($way)*.$field = $held;
            self
        }
    };
    (@clear [$($way:tt)*] $setter:ident $field:ident $clear:ident) => {
        #[doc = concat!(
            "Clears what [`", stringify!($setter), "`](Self::", stringify!($setter), ") sets: null is sent."
        )]
        #[inline]
        #[allow(deprecated)]
        pub fn $clear(mut self) -> Self {
            self$($way)*.$field = ::std::option::Option::Some(crate::Patch::Clear);
            self
        }
    };
}
pub(crate) use setter;

/// Sets optional values in a chain of setters.
macro_rules! maybe {
    () => {
        /// Calls `set` with the value if there is one: `.maybe(name, Self::name)`.
        pub fn maybe<V>(
            self,
            value: ::std::option::Option<V>,
            set: impl ::std::ops::FnOnce(Self, V) -> Self,
        ) -> Self {
            match value {
                ::std::option::Option::Some(value) => set(self, value),
                ::std::option::Option::None => self,
            }
        }
    };
}
pub(crate) use maybe;
