//! Handles lead from a [`Client`](crate::Client) to its operations, along the paths of the API.
//!
//! `client.agents().calls().create(agent_id)` is `POST /api/agents/{agent_id}/calls`. Required
//! values are arguments; a method returns a [call](crate::operations), which has setters for
//! optional values. A handle only borrows the client: make one for each call, or keep it.
//!
//! # All operations
//!
//! The operations of the enabled areas:
//!
#![doc = include_str!(concat!(env!("OUT_DIR"), "/operations.md"))]

use crate::setters::{taken, takes};

/// A method for an operation: its arguments, and the call that it returns.
macro_rules! method {
    ($(#[$meta:meta])* $method:ident $call:ident ($($argument:ident: $takes:tt,)*)) => {
        $(#[$meta])*
        #[inline]
        pub fn $method(&self, $($argument: takes!($takes)),*) -> crate::operations::$call {
            crate::operations::$call::of(self.client(), $(taken!($takes $argument)),*)
        }
    };
    (
        $(#[$meta:meta])* $method:ident $call:ident ($($argument:ident: $takes:tt,)*)
        body $body:ty { $($field:ident: $field_takes:tt,)* }
    ) => {
        $(#[$meta])*
        #[inline]
        pub fn $method(
            &self,
            $($argument: takes!($takes),)*
            $($field: takes!($field_takes)),*
        ) -> crate::operations::$call {
            let body = <$body>::new($($field),*);
            crate::operations::$call::of(self.client(), $(taken!($takes $argument),)* body)
        }
    };
    (
        $(#[$meta:meta])* $method:ident $call:ident ($($argument:ident: $takes:tt,)*)
        whole $body:ty
    ) => {
        $(#[$meta])*
        #[inline]
        pub fn $method(
            &self,
            $($argument: takes!($takes),)*
            body: impl ::std::convert::Into<$body>,
        ) -> crate::operations::$call {
            crate::operations::$call::of(self.client(), $(taken!($takes $argument),)* body.into())
        }
    };
}

/// A handle: the handles below it, and its operations.
macro_rules! handle {
    (
        $(#[$meta:meta])* $name:ident
        handles { $($(#[$below_meta:meta])* $below:ident $type:ident;)* }
        operations { $($operations:tt)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            client: &'a crate::Client,
        }

        #[allow(deprecated)]
        impl<'a> $name<'a> {
            #[allow(dead_code, reason = "some handles only lead to others")]
            pub(crate) fn client(&self) -> &'a crate::Client {
                self.client
            }

            $($operations)*

            $(
                $(#[$below_meta])*
                #[inline]
                pub fn $below(&self) -> $type<'a> {
                    $type { client: self.client }
                }
            )*
        }
    };
}

/// The handles and operations of `Client` itself.
macro_rules! client {
    (
        handles { $($(#[$below_meta:meta])* $below:ident $type:ident;)* }
        operations { $($operations:tt)* }
    ) => {
        /// The operations of the API, along its paths. There is a handle for each area, and the whole
        /// [table](crate::handles#all-operations).
        #[allow(deprecated)]
        impl crate::Client {
            #[allow(dead_code, reason = "the published API has no operation on `Client` itself")]
            fn client(&self) -> &Self {
                self
            }

            $($operations)*

            $(
                $(#[$below_meta])*
                #[inline]
                pub fn $below(&self) -> $type<'_> {
                    $type { client: self }
                }
            )*
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/handles.rs"));
