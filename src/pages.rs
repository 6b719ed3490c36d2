//! Lists, page by page: what `.pages()` and `.stream()` of a list operation return.
//!
//! A list operation returns one page with a link to the next. [`Pages`] iterates over the pages, and
//! [`Items`] over their items; both fetch a page when it is needed and keep one at a time. Both are a
//! [`Stream`], and have a `try_next`, so that no other crate is needed:
//!
#![cfg_attr(ultravox_operation = "agents_list", doc = "```no_run")]
#![cfg_attr(not(ultravox_operation = "agents_list"), doc = "```ignore")]
//! # async fn example(client: ultravox::Client) -> Result<(), ultravox::Error> {
//! let mut agents = client.agents().list().page_size(50).stream();
//! while let Some(agent) = agents.try_next().await? {
//!     println!("{agent:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! Each page is a separate call, with its own deadline and retries. If it fails, the stream returns the
//! error; polled again, it fetches the same page again, so that nothing is lost or repeated. An invalid
//! link to the next page (see [`PaginationErrorKind`]) ends the stream after its error.
//!
//! # Where pages come from
//!
//! Only the cursor is taken from a link: the next page is requested like the first, at the same address,
//! with the same parameters. No request is ever sent to the target of a link.

use std::collections::HashSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::error::{Error, PaginationError, PaginationErrorKind};
use futures_core::Stream;

/// How many empty pages in a row are accepted.
const MAX_EMPTY_PAGES: usize = 100;

/// One page of a list, which a list operation returns.
pub trait Page {
    /// The type of the items.
    type Item;

    /// The items of this page.
    fn items(&self) -> &[Self::Item];

    /// The items of this page, by value.
    fn into_items(self) -> Vec<Self::Item>;

    /// The link to the next page, or its cursor. `None` on the last page.
    fn next_page(&self) -> Option<String>;
}

type Fetching<P> = Pin<Box<dyn Future<Output = Result<P, Error>> + Send>>;
type Fetch<P> = Box<dyn Fn(Option<String>) -> Fetching<P> + Send + Sync>;

/// The pages of a list. Made by `.pages()` on the call of a list operation.
#[must_use = "nothing is fetched until it is polled"]
pub struct Pages<P> {
    operation: &'static str,
    fetch: Fetch<P>,
    state: State<P>,
    /// Hashes of the cursors used so far, which take the same memory however long the cursors are.
    seen: HashSet<u64>,
    hasher: RandomState,
    empty_pages: usize,
}

enum State<P> {
    /// Fetches the page at this cursor, or the first if there is none.
    At(Option<String>),
    Fetching(Option<String>, Fetching<P>),
    /// The last page was returned, and its link to the next one is invalid.
    Failed(PaginationErrorKind),
    Ended,
}

impl<P: Page> Pages<P> {
    /// Pages from the cursor `start` on. `fetch` fetches the page at a cursor, or the first.
    pub(crate) fn new(
        operation: &'static str,
        start: Option<String>,
        fetch: impl Fn(Option<String>) -> Fetching<P> + Send + Sync + 'static,
    ) -> Self {
        // Randomly keyed, so that a server cannot choose cursors that collide.
        let hasher = RandomState::new();
        Self {
            operation,
            fetch: Box::new(fetch),
            state: State::At(None),
            seen: start
                .map(|start| hasher.hash_one(start))
                .into_iter()
                .collect(),
            hasher,
            empty_pages: 0,
        }
    }

    /// The items of all pages, one after another.
    pub fn into_items(self) -> Items<P> {
        Items {
            pages: self,
            items: Vec::new().into_iter(),
        }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    ///
    /// Those of the operation; called again, it fetches the same page again. [`Error::Pagination`] if
    /// the link to the next page is invalid, after which there are no more pages.
    pub async fn try_next(&mut self) -> Result<Option<P>, Error> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
            .await
            .transpose()
    }

    /// The state after `page`.
    fn after(&mut self, page: &P) -> State<P> {
        let Some(link) = page.next_page().filter(|link| !link.is_empty()) else {
            return State::Ended;
        };
        if page.items().is_empty() {
            self.empty_pages += 1;
            if self.empty_pages == MAX_EMPTY_PAGES {
                return State::Failed(PaginationErrorKind::EmptyPages {
                    count: MAX_EMPTY_PAGES,
                });
            }
        } else {
            self.empty_pages = 0;
        }
        match cursor(&link) {
            Ok(cursor) => match self.seen.insert(self.hasher.hash_one(&cursor)) {
                true => State::At(Some(cursor)),
                false => State::Failed(PaginationErrorKind::Loop),
            },
            Err(kind) => State::Failed(kind),
        }
    }
}

impl<P: Page> Stream for Pages<P> {
    type Item = Result<P, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match std::mem::replace(&mut this.state, State::Ended) {
                State::At(cursor) => {
                    let page = (this.fetch)(cursor.clone());
                    this.state = State::Fetching(cursor, page);
                }
                State::Fetching(cursor, mut page) => {
                    let Poll::Ready(result) = page.as_mut().poll(cx) else {
                        this.state = State::Fetching(cursor, page);
                        return Poll::Pending;
                    };
                    this.state = match &result {
                        Ok(page) => this.after(page),
                        Err(_) => State::At(cursor),
                    };
                    return Poll::Ready(Some(result));
                }
                State::Failed(kind) => {
                    let error = PaginationError {
                        operation: this.operation,
                        kind,
                    };
                    return Poll::Ready(Some(Err(Error::Pagination(error))));
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

/// The items of a list. Made by `.stream()` on the call of a list operation.
#[must_use = "nothing is fetched until it is polled"]
pub struct Items<P: Page> {
    pages: Pages<P>,
    /// The remaining items of the current page.
    items: std::vec::IntoIter<P::Item>,
}

impl<P: Page> Items<P> {
    /// The next item, or `None` after the last.
    ///
    /// # Errors
    ///
    /// Those of the operation; called again, it fetches the same page again. [`Error::Pagination`] if
    /// the link to the next page is invalid, after which there are no more items.
    pub async fn try_next(&mut self) -> Result<Option<P::Item>, Error> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
            .await
            .transpose()
    }
}

// Items are never pinned.
impl<P: Page> Unpin for Items<P> {}

impl<P: Page> Stream for Items<P> {
    type Item = Result<P::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(cx)) {
                Some(Ok(page)) => this.items = page.into_items().into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<P: Page> fmt::Debug for Items<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("operation", &self.pages.operation)
            .finish_non_exhaustive()
    }
}

/// The cursor of the next page. `link` is a URL with the query parameter `cursor`, or the cursor
/// itself. The rest of the link is ignored: a service behind a gateway may not know its own address.
fn cursor(link: &str) -> Result<String, PaginationErrorKind> {
    let is_link = ["http://", "https://", "/", "?"]
        .iter()
        .any(|start| link.starts_with(start));
    if !is_link {
        return Ok(link.to_owned());
    }
    let link = link.split('#').next().unwrap_or_default();
    let query = link.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| name == "cursor" && !value.is_empty())
        .map(|(_, cursor)| cursor.into_owned())
        .ok_or(PaginationErrorKind::NoCursor)
}

/// Implements `Page`: names the fields for the items and for the link to the next page.
macro_rules! page {
    ($name:ident $items:ident $holds_items:ident $item:ty, $next:ident $holds_next:ident) => {
        impl crate::pages::Page for $name {
            type Item = $item;

            fn items(&self) -> &[$item] {
                crate::pages::page!(@slice $holds_items self.$items)
            }

            fn into_items(self) -> ::std::vec::Vec<$item> {
                crate::pages::page!(@vec $holds_items self.$items)
            }

            fn next_page(&self) -> ::std::option::Option<::std::string::String> {
                crate::pages::page!(@next $holds_next self.$next)
            }
        }
    };
    (@slice plain $items:expr) => { &$items };
    (@slice some $items:expr) => { $items.as_deref().unwrap_or_default() };
    (@vec plain $items:expr) => { $items };
    (@vec some $items:expr) => { $items.unwrap_or_default() };
    (@next plain $next:expr) => { ::std::option::Option::Some($next.clone()) };
    (@next some $next:expr) => { $next.clone() };
}
pub(crate) use page;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Numbers(Vec<u32>, Option<String>);

    impl Page for Numbers {
        type Item = u32;

        fn items(&self) -> &[u32] {
            &self.0
        }

        fn into_items(self) -> Vec<u32> {
            self.0
        }

        fn next_page(&self) -> Option<String> {
            self.1.clone()
        }
    }

    type Asked = Arc<Mutex<Vec<Option<String>>>>;

    /// A list whose n-th request is answered by `answer`.
    fn list(
        start: Option<&str>,
        answer: impl Fn(usize) -> Result<Numbers, Error> + Send + Sync + 'static,
    ) -> (Pages<Numbers>, Asked) {
        let asked = Asked::default();
        let log = asked.clone();
        let pages = Pages::new("list", start.map(str::to_owned), move |cursor| {
            let mut log = log.lock().unwrap();
            let result = answer(log.len());
            log.push(cursor);
            Box::pin(async move {
                tokio::task::yield_now().await;
                result
            })
        });
        (pages, asked)
    }

    fn page(items: &[u32], next: &str) -> Result<Numbers, Error> {
        let next = (!next.is_empty()).then(|| next.to_owned());
        Ok(Numbers(items.to_vec(), next))
    }

    fn link(cursor: &str) -> String {
        format!("https://api.example/numbers?pageSize=2&cursor={cursor}")
    }

    /// Reads to the end, and returns the kind of the first error.
    async fn read(pages: Pages<Numbers>) -> (Vec<u32>, Option<PaginationErrorKind>) {
        let (mut items, mut found) = (pages.into_items(), Vec::new());
        loop {
            match items.try_next().await {
                Ok(Some(item)) => found.push(item),
                Ok(None) => return (found, None),
                Err(Error::Pagination(error)) => {
                    assert_eq!(error.operation, "list");
                    assert!(items.try_next().await.unwrap().is_none());
                    return (found, Some(error.kind));
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn items_come_in_order_and_a_page_is_fetched_only_when_it_is_needed() {
        let (pages, asked) = list(None, |n| match n {
            0 => page(&[1, 2], &link("b")),
            1 => page(&[], &link("c%3D%3D")),
            _ => page(&[3], ""),
        });
        let mut items = pages.into_items();
        assert_eq!(asked.lock().unwrap().len(), 0);
        assert_eq!(items.try_next().await.unwrap(), Some(1));
        assert_eq!(items.try_next().await.unwrap(), Some(2));
        assert_eq!(asked.lock().unwrap().len(), 1);
        assert_eq!(items.try_next().await.unwrap(), Some(3));
        assert_eq!(items.try_next().await.unwrap(), None);
        assert_eq!(items.try_next().await.unwrap(), None);
        let cursors = [None, Some("b".to_owned()), Some("c==".to_owned())];
        assert_eq!(*asked.lock().unwrap(), cursors);
    }

    #[tokio::test]
    async fn pages_are_given_as_they_are_the_empty_ones_too() {
        let (mut pages, _) = list(None, |n| match n {
            0 => page(&[], &link("b")),
            _ => page(&[1], ""),
        });
        assert!(pages.try_next().await.unwrap().unwrap().0.is_empty());
        assert_eq!(pages.try_next().await.unwrap().unwrap().0, [1]);
        assert!(pages.try_next().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn after_an_error_the_same_page_is_tried_again() {
        let (pages, asked) = list(None, |n| match n {
            0 => page(&[1], &link("b")),
            1 | 2 => Err(Error::invalid_request("broken")),
            3 => page(&[2], &link("c")),
            _ => page(&[3], ""),
        });
        let mut items = pages.into_items();
        assert_eq!(items.try_next().await.unwrap(), Some(1));
        assert!(items.try_next().await.is_err());
        assert!(items.try_next().await.is_err());
        assert_eq!(items.try_next().await.unwrap(), Some(2));
        assert_eq!(items.try_next().await.unwrap(), Some(3));
        assert_eq!(items.try_next().await.unwrap(), None);
        let asked = asked.lock().unwrap();
        assert_eq!(asked[1..4], ["b", "b", "b"].map(|c| Some(c.to_owned())));
    }

    #[tokio::test]
    async fn giving_up_waiting_for_a_page_loses_nothing() {
        let (mut pages, asked) = list(None, |_| page(&[1], ""));
        let never = poll_fn(|cx| {
            assert!(Pin::new(&mut pages).poll_next(cx).is_pending());
            Poll::Ready(())
        });
        never.await;
        assert_eq!(pages.try_next().await.unwrap().unwrap().0, [1]);
        assert_eq!(asked.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_loop_of_cursors_ends_with_an_error_before_anything_is_repeated() {
        let (pages, _) = list(None, |n| page(&[n as u32], &link(["b", "c", "b"][n])));
        let expected = (vec![0, 1, 2], Some(PaginationErrorKind::Loop));
        assert_eq!(read(pages).await, expected);
        let (pages, _) = list(Some("a"), |n| page(&[n as u32], &link(["b", "a"][n])));
        let expected = (vec![0, 1], Some(PaginationErrorKind::Loop));
        assert_eq!(read(pages).await, expected);
    }

    #[tokio::test]
    async fn pages_that_stay_empty_end_with_an_error() {
        let (pages, asked) = list(None, |n| page(&[], &link(&n.to_string())));
        let kind = PaginationErrorKind::EmptyPages { count: 100 };
        assert_eq!(read(pages).await, (vec![], Some(kind)));
        assert_eq!(asked.lock().unwrap().len(), 100);
        let (pages, _) = list(None, |n| {
            let next = if n < 300 {
                link(&n.to_string())
            } else {
                String::new()
            };
            page(if n % 99 == 0 { &[1] } else { &[] }, &next)
        });
        assert_eq!(read(pages).await, (vec![1; 4], None));
    }

    #[test]
    fn the_cursor_is_taken_from_every_form_of_a_link() {
        for (link, expected) in [
            ("https://api.example/x?cursor=a%2Bb%3D", Some("a+b=")),
            ("https://api.example:443/x?cursor=b#c", Some("b")),
            ("http://elsewhere.example/x?cursor=b", Some("b")),
            ("/x?pageSize=1&cursor=b", Some("b")),
            ("?cursor=b", Some("b")),
            ("cD00ODY=", Some("cD00ODY=")),
            ("https://api.example/x", None),
            ("https://api.example/x?cursor=", None),
            ("https://", None),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(
                cursor(link),
                expected.ok_or(PaginationErrorKind::NoCursor),
                "{link}"
            );
        }
    }

    #[test]
    fn a_list_can_cross_threads_and_outlive_the_client() {
        fn is_send<T: Send + 'static>(_: T) {}
        let (pages, _) = list(None, |_| page(&[], ""));
        is_send(pages.into_items());
    }
}

#[cfg(test)]
mod fuzz;
