//! Pages → merge: any pages are refused, or become a document whose canonical text reads back the
//! same.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use ultravox_fuzz::{HOSTILE, cases};
use xtask::merge::{Sourced, merge};
use xtask::{canonical, page, yaml};

const SEEDS: [&str; 2] = [
    include_str!("../seeds/pages/get.md"),
    include_str!("../seeds/pages/post.md"),
];

/// Parts of a page that have a meaning for its parser.
const MARKS: [&str; 14] = [
    "```",
    "````",
    "```yaml GET /things\n",
    "````yaml post /things\n",
    "~~~",
    "\n---\n",
    "<!doctype html>",
    "# Title\n",
    "> Quoted\n",
    "$ref: '#/components/schemas/Thing'\n",
    "  Thing: {type: object}\n",
    "[[[[[[[[[[",
    "- - - - - -",
    "&a [*a]",
];

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_pages_are_refused_or_merged_into_what_is_read_back(
        splices in proptest::collection::vec(
            (
                any::<bool>(),
                any::<Index>(),
                0_usize..60,
                prop_oneof![
                    proptest::sample::select(HOSTILE.as_slice()),
                    proptest::sample::select(MARKS.as_slice()),
                ],
                1_usize..40,
            ),
            0..4,
        ),
    ) {
        let start = Instant::now();
        let mut pages = SEEDS.map(|seed| seed.chars().collect::<Vec<_>>());
        for (second, at, removed, put, times) in splices {
            let text = &mut pages[usize::from(second)];
            if !text.is_empty() {
                let start = at.index(text.len());
                let end = (start + removed).min(text.len());
                text.splice(start..end, put.repeat(times).chars());
            }
        }
        let mut fragments = Vec::new();
        for (number, text) in pages.iter().enumerate() {
            let text: String = text.iter().collect();
            let Ok(page) = page::read(&text) else {
                continue;
            };
            fragments.extend(page.fragments.into_iter().map(|fragment| Sourced {
                address: format!("https://docs.example/{number}"),
                title: page.title.clone(),
                description: page.description.clone(),
                fragment,
            }));
        }
        if let Ok(document) = merge(&fragments) {
            let text = canonical::to_yaml(&document);
            let read = yaml::parse(&text).ok();
            prop_assert_eq!(read.as_ref(), Some(&document), "{}", text);
            fragments.reverse();
            prop_assert_eq!(merge(&fragments).ok(), Some(document));
        }
        prop_assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}
