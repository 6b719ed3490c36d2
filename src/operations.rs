//! The calls of the operations, which the [handles](crate::handles) make.
//!
//! A call is a value: set optional values, then `.await` it for the result, or `.send().await` it
//! for the result with status and headers. Nothing is sent before that. `timeout`, `retries` and
//! `header` apply to one call; the calls of lists have `pages` and `stream`, and those of
//! operations that redirect have `location`. A call is `'static`, so that it can be awaited in a
//! spawned task, and it is `Clone` unless it uploads.
//!
//! # What is not described yet
//!
//! A property that the API has added since this version of the crate is set by its name, on any
//! call with a body. A misspelled setter does not compile:
//!
//! ```no_run
//! # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
//! use serde_json::json;
//!
//! let agent = client
//!     .agents()
//!     .create()
//!     .name("front desk")
//!     .extra("brandNewSetting", json!(true))
//!     .extra("callTemplate", json!({"anotherOne": 3})) // beside what the template has
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! ```compile_fail,E0599
//! # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
//! let agent = client.agents().create().nmae("front desk").await?;
//! # Ok(())
//! # }
//! ```

use crate::limits::checks;
use crate::setters::{maybe, setter};

/// Converts a required value for the generated method: an id that may be invalid, or a segment that may
/// change the path.
macro_rules! ready {
    ($options:ident as_is $value:ident) => {};
    ($options:ident $how:ident $value:ident) => {
        let $value = $options.$how($value, stringify!($value));
    };
}

/// The methods that every call has.
macro_rules! call_options {
    ($options:ident) => {
        maybe! {}

        /// How long this call may take in total, instead of the client's
        /// [`timeout`](crate::ClientBuilder::timeout).
        #[inline]
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.$options.timeout = Some(timeout);
            self
        }

        /// When this call is retried, instead of the client's
        /// [`retries`](crate::ClientBuilder::retries).
        #[inline]
        pub fn retries(mut self, policy: crate::RetryPolicy) -> Self {
            self.$options.retries = Some(policy);
            self
        }

        /// Adds a header, and replaces one of the same name that the client would send. A header
        /// that cannot be sent, or that would carry the API key, is reported when the call is sent.
        ///
        /// A redirect to another origin sends the headers there, but not `authorization`,
        /// `cookie`, `proxy-authorization` and any that
        /// [is sensitive](crate::reqwest::header::HeaderValue::set_sensitive).
        pub fn header<N, V>(mut self, name: N, value: V) -> Self
        where
            N: ::std::convert::TryInto<
                    crate::reqwest::header::HeaderName,
                    Error: ::std::fmt::Display,
                >,
            V: ::std::convert::TryInto<
                    crate::reqwest::header::HeaderValue,
                    Error: ::std::fmt::Display,
                >,
        {
            self.$options.header(name, value);
            self
        }
    };
}
pub(crate) use call_options;

/// The setter for properties that this version of the crate does not describe.
macro_rules! extra {
    ($(#[$meta:meta])*) => {
        $(#[$meta])*
        #[inline]
        pub fn extra(
            mut self,
            name: impl ::std::convert::Into<::std::string::String>,
            value: impl ::std::convert::Into<::serde_json::Value>,
        ) -> Self {
            self.options_.extra(name.into(), value.into());
            self
        }
    };
}

/// The same setter for a form.
macro_rules! extra_field {
    ($($fields:tt)*) => {
        extra! {
            /// Adds a field to the form that this version of the crate does not describe: once for
            /// each item of a list, and an object as JSON. Neither name nor value is checked before
            /// it is sent.
        }
    };
}

/// A call: its values, how the generated method is called with them, and its setters.
macro_rules! operation {
    (
        $(#[$meta:meta])*
        $call:ident $function:ident $id:literal $output:ty;
        new { $($new:ident $new_ready:ident $new_ty:ty,)* }
        others { $($other:ident $other_ty:ty,)* }
        checks { $($checks:tt)* }
        pass { $($pass:expr,)* }
        $(raw { $json:ident })?
        $(form { $($form:tt)* })?
        $(accept { $accept:literal })?
        $(page { $page:ty })?
        $(location { $location:ident })?
        $(body { $body:ty })?
        setters { $($setters:tt)* }
    ) => {
        $(#[$meta])*
        #[must_use = "nothing is sent until it is awaited"]
        pub struct $call {
            // No parameter has a name that ends like this.
            options_: crate::options::CallOptions,
            $($new: $new_ty,)*
            $($other: $other_ty,)*
        }

        #[allow(deprecated, clippy::should_implement_trait)]
        impl $call {
            #[inline]
            pub(crate) fn of(client: &crate::Client, $($new: $new_ty),*) -> Self {
                Self {
                    options_: crate::options::CallOptions::new(client),
                    $($new,)*
                    $($other: ::std::default::Default::default(),)*
                }
            }

            $($setters)*

            $(
                /// Sends this body as a whole, and replaces what was set before.
                pub fn body(mut self, body: impl ::std::convert::Into<$body>) -> Self {
                    self.body = body.into();
                    self
                }

                extra! {
                    /// Sets a property of the body that this version of the crate does not
                    /// describe, such as one that was added to the API later:
                    /// `.extra("brandNewSetting", json!(true))`.
                    ///
                    /// An object is merged into the object that the body has under that name,
                    /// property by property. Any other value replaces what is there. Neither name
                    /// nor value is checked before it is sent.
                }
            )?

            $(extra_field! { $($form)* })?

            call_options! { options_ }

            #[inline]
            fn call(self) -> crate::runtime::Answered<$output> {
                ::std::boxed::Box::pin(async move {
                    #[allow(unused_mut)]
                    let Self { options_: mut options, $($new,)* $($other,)* } = self;
                    $(ready! { options $new_ready $new })*
                    #[allow(unused_variables)]
                    let at = crate::limits::Location::request($id);
                    checks! { at $($checks)* }
                    $(options.accept = Some($accept);)?
                    $(let $json = options.json(&$json);)?
                    $(options.form(form!($id $($form)*));)?
                    let client = options.client()?;
                    // A path, because a trait method of the same name, such as `into`, would take
                    // precedence.
                    crate::generated::Client::$function(
                        &client, $($pass,)* $($json)? $(form!(@body $($form)*))?
                    )
                    .await
                })
            }

            /// Sends the call, and returns the result with status and headers.
            ///
            /// # Errors
            ///
            /// [`Error::Api`](crate::Error::Api) if the API refuses, and otherwise any class of
            /// [`Error`](crate::Error).
            #[inline]
            pub fn send(
                self,
            ) -> impl ::std::future::Future<
                Output = ::std::result::Result<crate::ResponseValue<$output>, crate::Error>,
            > + ::std::marker::Send {
                crate::runtime::response($id, self.call())
            }

            $(
                /// Returns the target of the redirect without following it; `None` if the API does
                /// not redirect.
                ///
                /// # Errors
                ///
                /// As [`send`](Self::send).
                #[inline]
                pub async fn $location(
                    mut self,
                ) -> ::std::result::Result<::std::option::Option<::url::Url>, crate::Error> {
                    self.options_.redirects = crate::options::Redirects::Returned;
                    crate::runtime::location($id, self.call().await)
                }
            )?

            $(
                /// The list, page by page. Each page is fetched when it is needed.
                #[inline]
                pub fn pages(self) -> crate::pages::Pages<$page> {
                    let start = self.cursor.clone();
                    let call = self;
                    crate::pages::Pages::new($id, start, move |cursor| {
                        let mut page = call.clone();
                        if cursor.is_some() {
                            page.cursor = cursor;
                        }
                        ::std::future::IntoFuture::into_future(page)
                    })
                }

                /// The items of the list, one by one; each page is fetched when it is needed.
                #[inline]
                pub fn stream(self) -> crate::pages::Items<$page> {
                    self.pages().into_items()
                }
            )?
        }

        #[allow(deprecated)]
        impl ::std::future::IntoFuture for $call {
            type Output = ::std::result::Result<$output, crate::Error>;
            type IntoFuture = ::std::pin::Pin<
                ::std::boxed::Box<dyn ::std::future::Future<Output = Self::Output> + ::std::marker::Send>,
            >;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(crate::runtime::value($id, self.call()))
            }
        }

        /// Does not show the values, which may be secret.
        #[allow(deprecated)]
        impl ::std::fmt::Debug for $call {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($call)).finish_non_exhaustive()
            }
        }
    };
}

/// The form of an upload.
macro_rules! form {
    (@body $($fields:tt)*) => { "" };
    ($id:literal $($kind:ident $field:ident $wire:literal $media_type:expr;)*) => {
        ::std::result::Result::<_, crate::Error>::Ok(crate::upload::Form::new($id))
            $(.and_then(|form| form!(@$kind form $field $wire $media_type)))*
    };
    (@field $form:ident $field:ident $wire:literal $media_type:expr) => {
        $form.field($wire, $media_type, &$field)
    };
    (@file $form:ident $field:ident $wire:literal $media_type:expr) => {
        Ok($form.files($wire, $media_type, [$field]))
    };
    (@files $form:ident $field:ident $wire:literal $media_type:expr) => {
        Ok($form.files($wire, $media_type, $field))
    };
    (@optional_files $form:ident $field:ident $wire:literal $media_type:expr) => {
        Ok($form.files($wire, $media_type, $field.into_iter().flatten()))
    };
}

include!(concat!(env!("OUT_DIR"), "/operations.rs"));
