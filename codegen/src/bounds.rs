//! Bounds on YAML and JSON text, checked before it is parsed: its size, how deep it nests, and what its
//! aliases expand to.
//!
//! libyaml, which serde_yaml uses, looks at every open bracket for each token: a text of nothing
//! but brackets takes it minutes to refuse. An alias is as large as what its anchor names,
//! including aliases in there: thirty lines can expand to more than fits in memory.
//!
//! [`check`] reads each byte once, and follows the rules of libyaml's scanner for what is a string, a
//! comment or structure, so that a bracket counts only where it opens a collection. Whether the text is
//! valid is left to the parser. This module depends on nothing but the standard library.

use std::collections::HashMap;
use std::fmt;

/// The maximum length of a text, in bytes.
pub const MOST_BYTES: usize = 64 << 20;

/// How deep lists and maps may nest.
pub const DEEPEST: usize = 100;

/// How many `%` directives a text may have. libyaml compares each with all before it.
const MOST_DIRECTIVES: usize = 16;

/// The length that aliases may always expand to; beyond it, they may at most double the text.
const ALWAYS_UNFOLDED: usize = 64 << 10;

/// Why a text is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Counted from 1; `None` if it is about the text as a whole.
    pub line: Option<usize>,
    /// What exceeds its bound.
    pub what: TooMuch,
}

/// The bound that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    /// More than [`MOST_BYTES`].
    Bytes,
    /// Nested deeper than [`DEEPEST`].
    Nesting,
    /// More than a few directives.
    Directives,
    /// Aliases that expand to more than the text itself.
    Aliases,
    /// An alias inside the value that its anchor names.
    Recursion,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match self.what {
            TooMuch::Bytes => write!(f, "it is longer than {MOST_BYTES} bytes"),
            TooMuch::Nesting => write!(
                f,
                "lists and maps are nested more than {DEEPEST} levels deep"
            ),
            TooMuch::Directives => write!(f, "there are more than {MOST_DIRECTIVES} directives"),
            TooMuch::Aliases => f.write_str("its aliases expand to more than the text itself"),
            TooMuch::Recursion => f.write_str("an alias is inside the value that its anchor names"),
        }
    }
}

impl std::error::Error for Excess {}

/// Refuses a text that is too expensive to parse.
pub fn check(text: &str) -> Result<(), Excess> {
    if text.len() > MOST_BYTES {
        return Err(Excess {
            line: None,
            what: TooMuch::Bytes,
        });
    }
    Scanner::new(text).run().map(drop)
}

/// A block collection that is open.
#[derive(Clone, Copy)]
struct Block {
    /// The column of its first token.
    column: usize,
    is_mapping: bool,
    /// Whether a `-` is the last entry of this mapping: a list may begin in the column of its key.
    in_list: bool,
}

/// The first token of what may be a key, if a `:` follows on the same line.
#[derive(Clone, Copy)]
struct Key {
    column: usize,
    line: usize,
    start: usize,
}

/// The maximum length of a key without a `?` before it in libyaml, in characters.
const LONGEST_KEY: usize = 1024;

/// The names follow libyaml's `scanner.c`, so that the two can be read side by side.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    /// In characters.
    column: usize,
    /// The position in characters.
    index: usize,
    blocks: Vec<Block>,
    flow_level: usize,
    simple_key_allowed: bool,
    /// In the block context; keys inside brackets open nothing.
    simple_key: Option<Key>,
    deepest: usize,
    directives: usize,
    anchors: Anchors<'a>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            line: 0,
            column: 0,
            index: 0,
            blocks: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_key: None,
            deepest: 0,
            directives: 0,
            anchors: Anchors::default(),
        }
    }

    /// Returns how deep the text nests.
    fn run(mut self) -> Result<usize, Excess> {
        loop {
            self.scan_to_next_token();
            if self.at >= self.bytes.len() {
                return Ok(self.deepest);
            }
            self.fetch_next_token()?;
        }
    }

    fn excess(&self, what: TooMuch) -> Excess {
        Excess {
            line: Some(self.line + 1),
            what,
        }
    }

    fn peek(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at + offset).copied()
    }

    fn is_blank(&self, offset: usize) -> bool {
        matches!(self.peek(offset), Some(b' ' | b'\t'))
    }

    /// The length of the line break here in bytes, or `None` if there is none.
    fn break_length(&self, offset: usize) -> usize {
        match self.bytes.get(self.at + offset..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            [0xc2, 0x85, ..] => 2,
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
            _ => 0,
        }
    }

    fn is_break_or_end(&self, offset: usize) -> bool {
        self.at + offset >= self.bytes.len() || self.break_length(offset) > 0
    }

    fn is_space_or_end(&self, offset: usize) -> bool {
        self.is_blank(offset) || self.is_break_or_end(offset)
    }

    /// Skips one character, which is not a line break.
    fn skip(&mut self) {
        self.at += 1;
        while self.peek(0).is_some_and(|byte| byte & 0xc0 == 0x80) {
            self.at += 1;
        }
        self.column += 1;
        self.index += 1;
    }

    fn skip_line(&mut self) {
        self.at += self.break_length(0);
        self.column = 0;
        self.line += 1;
        self.index += 1;
    }

    fn skip_to_break(&mut self) {
        while !self.is_break_or_end(0) {
            self.skip();
        }
    }

    fn scan_to_next_token(&mut self) {
        loop {
            if self.column == 0 && self.bytes[self.at..].starts_with("\u{feff}".as_bytes()) {
                self.skip();
            }
            while match self.peek(0) {
                Some(b' ') => true,
                Some(b'\t') => self.flow_level > 0 || !self.simple_key_allowed,
                _ => false,
            } {
                self.skip();
            }
            if self.peek(0) == Some(b'#') {
                self.skip_to_break();
            }
            if self.break_length(0) == 0 {
                return;
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// `---` or `...` at the beginning of a line.
    fn is_document_indicator(&self) -> bool {
        self.column == 0
            && matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.is_space_or_end(3)
    }

    fn fetch_next_token(&mut self) -> Result<(), Excess> {
        if let Some(key) = self.simple_key
            && (key.line < self.line || key.start + LONGEST_KEY < self.index)
        {
            self.simple_key = None;
        }
        self.unroll_indent(self.column);
        if self.column == 0 && self.peek(0) == Some(b'%') {
            return self.fetch_directive();
        }
        if self.is_document_indicator() {
            self.unroll_all();
            self.simple_key = None;
            self.simple_key_allowed = false;
            self.at += 3;
            self.column += 3;
            self.index += 3;
            return Ok(());
        }
        let in_flow = self.flow_level > 0;
        match self.peek(0).unwrap_or_default() {
            b'[' | b'{' => self.fetch_flow_collection_start()?,
            b']' | b'}' => {
                self.flow_level = self.flow_level.saturating_sub(1);
                self.anchors.close(self.level() + 1, self.at);
                if !in_flow {
                    self.simple_key = None;
                }
                self.simple_key_allowed = false;
                self.skip();
            }
            b',' => {
                self.anchors.close(self.level(), self.at);
                self.forget_key();
                self.simple_key_allowed = true;
                self.skip();
            }
            b'-' if self.is_space_or_end(1) => self.fetch_block_entry()?,
            b'?' if in_flow || self.is_space_or_end(1) => {
                if !in_flow {
                    self.roll_indent(self.column, true)?;
                }
                self.anchors.close(self.level(), self.at);
                self.forget_key();
                self.simple_key_allowed = !in_flow;
                self.skip();
            }
            b':' if in_flow || self.is_space_or_end(1) => self.fetch_value()?,
            mark @ (b'*' | b'&') => self.fetch_anchor(mark == b'*')?,
            b'!' => {
                self.save_key();
                self.simple_key_allowed = false;
                while !(self.is_space_or_end(0) || in_flow && self.peek(0) == Some(b',')) {
                    self.skip();
                }
            }
            b'|' | b'>' if !in_flow => {
                self.simple_key = None;
                self.simple_key_allowed = true;
                self.scan_block_scalar();
            }
            quote @ (b'\'' | b'"') => {
                self.save_key();
                self.simple_key_allowed = false;
                self.scan_flow_scalar(quote);
            }
            // No token begins with these; the parser reports it.
            b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => self.skip(),
            _ => {
                self.save_key();
                self.simple_key_allowed = false;
                self.scan_plain_scalar();
            }
        }
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Excess> {
        self.directives += 1;
        if self.directives > MOST_DIRECTIVES {
            return Err(self.excess(TooMuch::Directives));
        }
        self.unroll_all();
        self.simple_key = None;
        self.simple_key_allowed = false;
        self.skip_to_break();
        Ok(())
    }

    fn fetch_flow_collection_start(&mut self) -> Result<(), Excess> {
        self.save_key();
        self.flow_level += 1;
        self.simple_key_allowed = true;
        self.ensure_shallow()?;
        self.skip();
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Excess> {
        if self.flow_level == 0 {
            self.roll_indent(self.column, false)?;
            if let Some(block) = self.blocks.last_mut() {
                block.in_list = block.is_mapping;
            }
        }
        self.anchors.close(self.level(), self.at);
        self.forget_key();
        self.simple_key_allowed = true;
        self.skip();
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Excess> {
        if self.flow_level == 0 {
            let key = self.simple_key.take();
            let column = key.map_or(self.column, |key| key.column);
            self.roll_indent(column, true)?;
            if let Some(block) = self.blocks.last_mut() {
                block.in_list = false;
            }
            self.simple_key_allowed = key.is_none();
        } else {
            self.simple_key_allowed = false;
        }
        self.anchors.close(self.level(), self.at);
        self.skip();
        Ok(())
    }

    fn fetch_anchor(&mut self, is_alias: bool) -> Result<(), Excess> {
        self.save_key();
        self.simple_key_allowed = false;
        let start = self.at;
        self.skip();
        while self
            .peek(0)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        {
            self.skip();
        }
        let name = &self.bytes[start + 1..self.at];
        if is_alias {
            let most = self.bytes.len() + ALWAYS_UNFOLDED;
            let expanded = self.anchors.expand(name, most);
            expanded.map_err(|what| self.excess(what))
        } else {
            self.anchors.open(name, self.level(), start);
            Ok(())
        }
    }

    fn scan_block_scalar(&mut self) {
        self.skip();
        let mut increment = 0;
        while let Some(byte @ (b'+' | b'-' | b'0'..=b'9')) = self.peek(0) {
            if byte.is_ascii_digit() {
                increment = usize::from(byte - b'0');
            }
            self.skip();
        }
        self.skip_to_break();
        self.skip_line();
        let parent = self.blocks.last().map(|block| block.column);
        let mut indent = match (increment, parent) {
            (0, _) => None,
            (increment, None) => Some(increment),
            (increment, Some(parent)) => Some(parent + increment),
        };
        loop {
            // Empty lines. At the start they determine the indentation as well.
            let mut most = 0;
            loop {
                while indent.is_none_or(|indent| self.column < indent) && self.peek(0) == Some(b' ')
                {
                    self.skip();
                }
                most = most.max(self.column);
                if self.break_length(0) == 0 {
                    break;
                }
                self.skip_line();
            }
            let least = parent.map_or(1, |parent| parent + 1);
            let indent = *indent.get_or_insert(most.max(least));
            if self.column != indent || self.at >= self.bytes.len() {
                return;
            }
            self.skip_to_break();
            self.skip_line();
        }
    }

    fn scan_flow_scalar(&mut self, quote: u8) {
        self.skip();
        while let Some(byte) = self.peek(0) {
            if byte == quote {
                self.skip();
                if quote == b'"' || self.peek(0) != Some(quote) {
                    return;
                }
                self.skip();
            } else if self.break_length(0) > 0 {
                self.skip_line();
            } else {
                self.skip();
                if byte == b'\\' && quote == b'"' && !self.is_break_or_end(0) {
                    self.skip();
                }
            }
        }
    }

    fn scan_plain_scalar(&mut self) {
        let indent = self.blocks.last().map_or(0, |block| block.column + 1);
        let in_flow = self.flow_level > 0;
        let mut leading_blanks = false;
        while !self.is_document_indicator() && self.peek(0) != Some(b'#') {
            while !self.is_space_or_end(0) {
                let ends = match self.peek(0) {
                    Some(b':') => self.is_space_or_end(1),
                    Some(b',' | b'[' | b']' | b'{' | b'}') => in_flow,
                    _ => false,
                };
                if ends {
                    break;
                }
                self.skip();
                leading_blanks = false;
            }
            if !self.is_blank(0) && self.break_length(0) == 0 {
                break;
            }
            while self.is_blank(0) || self.break_length(0) > 0 {
                if self.is_blank(0) {
                    self.skip();
                } else {
                    self.skip_line();
                    leading_blanks = true;
                }
            }
            if !in_flow && self.column < indent {
                break;
            }
        }
        self.simple_key_allowed |= leading_blanks;
    }

    fn save_key(&mut self) {
        if self.flow_level == 0 && self.simple_key_allowed {
            self.simple_key = Some(Key {
                column: self.column,
                line: self.line,
                start: self.index,
            });
        }
    }

    fn forget_key(&mut self) {
        if self.flow_level == 0 {
            self.simple_key = None;
        }
    }

    fn roll_indent(&mut self, column: usize, is_mapping: bool) -> Result<(), Excess> {
        if self.blocks.last().is_none_or(|block| block.column < column) {
            self.blocks.push(Block {
                column,
                is_mapping,
                in_list: false,
            });
            self.ensure_shallow()?;
        }
        Ok(())
    }

    fn unroll_indent(&mut self, column: usize) {
        if self.flow_level > 0 {
            return;
        }
        while self
            .blocks
            .last()
            .is_some_and(|block| block.column > column)
        {
            self.blocks.pop();
        }
        self.anchors.close(self.level() + 1, self.at);
    }

    fn unroll_all(&mut self) {
        if self.flow_level == 0 {
            self.blocks.clear();
            self.anchors.close(0, self.at);
        }
    }

    fn ensure_shallow(&mut self) -> Result<(), Excess> {
        let depth = self.blocks.len() + self.flow_level;
        self.deepest = self.deepest.max(depth);
        if depth > DEEPEST {
            return Err(self.excess(TooMuch::Nesting));
        }
        Ok(())
    }

    /// The current depth, where a list in the column of its key is half a level.
    fn level(&self) -> usize {
        let in_list = self.blocks.last().is_some_and(|block| block.in_list);
        2 * (self.blocks.len() + self.flow_level) + usize::from(in_list && self.flow_level == 0)
    }
}

/// The values that anchors name, as the length of their text with aliases expanded. Where the end of a
/// value is not certain, the longer length is assumed.
#[derive(Default)]
struct Anchors<'a> {
    /// The lengths of complete values; `None` while a value is incomplete.
    lengths: HashMap<&'a [u8], Option<usize>>,
    /// The anchors of incomplete values: names, levels and where they begin, the deepest last.
    open: Vec<(&'a [u8], usize, usize)>,
    /// The total length of all aliases so far.
    expanded: usize,
}

impl<'a> Anchors<'a> {
    fn open(&mut self, name: &'a [u8], level: usize, at: usize) {
        self.lengths.insert(name, None);
        self.open.push((name, level, at + self.expanded));
    }

    /// Values at `level` and below it end here at the latest.
    fn close(&mut self, level: usize, at: usize) {
        while let Some((name, _, start)) = self.open.pop_if(|(_, own, _)| *own >= level) {
            self.lengths.insert(name, Some(at + self.expanded - start));
        }
    }

    fn expand(&mut self, name: &[u8], most: usize) -> Result<(), TooMuch> {
        match self.lengths.get(name) {
            // No such anchor; the parser reports it.
            None => return Ok(()),
            Some(None) => return Err(TooMuch::Recursion),
            Some(Some(length)) => self.expanded = self.expanded.saturating_add(*length),
        }
        if self.expanded > most {
            return Err(TooMuch::Aliases);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
