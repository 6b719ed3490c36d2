//! A string that matches a simple regular expression, as schemas have them: literals, classes, groups,
//! alternatives and repetitions.

use std::iter::Peekable;
use std::str::Chars;

/// `None` if the expression is not that simple. An optional character is omitted, and an optional group
/// is included.
pub fn matching(pattern: &str) -> Option<String> {
    let mut rest = pattern.chars().peekable();
    let text = alternatives(&mut rest)?;
    rest.peek().is_none().then_some(text)
}

fn alternatives(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = sequence(rest)?;
    // The last alternative: special cases, such as a single zero, tend to come first.
    while rest.next_if_eq(&'|').is_some() {
        text = sequence(rest)?;
    }
    Some(text)
}

fn sequence(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    while let Some(&next) = rest.peek() {
        if matches!(next, '|' | ')') {
            break;
        }
        rest.next();
        let (atom, is_group) = match next {
            '^' | '$' => continue,
            '(' => {
                if rest.next_if_eq(&'?').is_some() {
                    // Named groups and assertions are not supported.
                    rest.next_if_eq(&':')?;
                }
                let group = alternatives(rest)?;
                rest.next_if_eq(&')')?;
                (group, true)
            }
            '[' => (class(rest)?.to_string(), false),
            '.' => ("x".to_owned(), false),
            '\\' => (escaped(rest.next()?)?.to_string(), false),
            '*' | '+' | '?' | '{' => return None,
            literal => (literal.to_string(), false),
        };
        let least = repetition(rest)?;
        let times = if least == 0 && is_group { 1 } else { least };
        if atom.len().saturating_mul(times) > super::LONGEST {
            return None;
        }
        text += &atom.repeat(times);
    }
    Some(text)
}

/// The minimum number of repetitions.
fn repetition(rest: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let least = match rest.peek() {
        Some('?' | '*') => 0,
        Some('+') => 1,
        Some('{') => {
            let mut count = String::new();
            for character in rest.by_ref() {
                if character == '}' {
                    break;
                }
                count.push(character);
            }
            return count
                .trim_start_matches('{')
                .split(',')
                .next()?
                .parse()
                .ok();
        }
        _ => return Some(1),
    };
    rest.next();
    Some(least)
}

/// A character in the middle of the first range, or the first one.
fn class(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    let mut first = None;
    loop {
        let mut next = rest.next()?;
        match next {
            '^' if first.is_none() => return None,
            ']' => return first,
            '\\' => next = escaped(rest.next()?)?,
            '-' => {
                if let (Some(low), Some(&high)) = (first, rest.peek())
                    && high != ']'
                {
                    let middle = u32::midpoint(u32::from(low), u32::from(high));
                    return char::from_u32(middle)
                        .filter(|_| rest.by_ref().any(|character| character == ']'));
                }
            }
            _ => {}
        }
        first = first.or(Some(next));
    }
}

fn escaped(character: char) -> Option<char> {
    Some(match character {
        'd' => '5',
        'w' => 'x',
        's' => ' ',
        letter if letter.is_ascii_alphanumeric() => return None,
        literal => literal,
    })
}
