//! Python literals, as far as a header may hold them: the bounded counterpart of `ast.literal_eval`.

use super::{HeaderError, Version};

/// The deepest nesting read. numpy's own headers nest twice for each level of records; this bounds the recursion of
/// everything that walks a parsed dtype.
const DEEPEST: usize = 64;

/// A literal and the byte of the file where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// With the byte after its last digit.
    Int(u64, usize),
    Bool(bool),
    None,
    List(Vec<Node>),
    Tuple(Vec<Node>),
    Dict(Vec<(Node, Node)>),
}

impl Node {
    pub(super) fn error(&self, expected: &'static str) -> HeaderError {
        HeaderError::Value { at: self.at, expected, found: self.describe() }
    }

    /// The same literal as text; integers as Python 3 writes them.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        let all = |out: &mut String, items: &[Self]| {
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                item.write(out);
            }
        };
        match &self.value {
            Value::Text(text) => write_str(out, text),
            Value::Int(n, _) => out.push_str(&n.to_string()),
            Value::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
            Value::None => out.push_str("None"),
            Value::List(items) => {
                out.push('[');
                all(out, items);
                out.push(']');
            }
            Value::Tuple(items) => {
                out.push('(');
                all(out, items);
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Value::Dict(items) => {
                out.push('{');
                for (i, (key, value)) in items.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    key.write(out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// What a person calls it, short whatever it holds.
    fn describe(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
            Value::Int(n, _) => format!("the number {n}"),
            Value::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
            Value::None => "None".to_owned(),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Tuple(items) => format!("a tuple of {}", items.len()),
            Value::Dict(items) => format!("a dict of {}", items.len()),
        }
    }
}

/// Parses the whole of `text`, which stands at byte `base` of the file.
pub(super) fn parse(text: &[u8], base: usize, version: Version) -> Result<Node, HeaderError> {
    let mut parser = Parser { text, base, version, pos: 0 };
    let node = parser.value(0)?;
    parser.skip_space();
    if parser.pos < text.len() {
        return Err(parser.expected("the end of the text"));
    }
    Ok(node)
}

struct Parser<'a> {
    text: &'a [u8],
    base: usize,
    version: Version,
    pos: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.pos += usize::from(hit);
        hit
    }

    /// Skips spaces and comments, as Python does between any two tokens. No program writes comments, but a file that was
    /// being adopted has them for a moment, or until the next try where that was killed (see `widen.rs`).
    ///
    /// A comment ends with its line; Python takes no null byte in one. Each byte is passed once, so the length of the
    /// header bounds it.
    fn skip_space(&mut self) {
        let mut in_comment = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'\r' => in_comment = false,
                0 => break,
                _ if in_comment => {}
                b'#' => in_comment = true,
                b if b.is_ascii_whitespace() => {}
                _ => break,
            }
            self.pos += 1;
        }
    }

    fn expected(&self, expected: &'static str) -> HeaderError {
        let found = match self.text.get(self.pos..) {
            None | Some([]) => "the end of the text".to_owned(),
            Some(rest) => format!("{:?}", String::from_utf8_lossy(&rest[..rest.len().min(16)])),
        };
        HeaderError::Syntax { at: self.base + self.pos, expected, found }
    }

    fn value(&mut self, depth: usize) -> Result<Node, HeaderError> {
        self.skip_space();
        if depth > DEEPEST {
            return Err(self.expected("a literal nested less deeply"));
        }
        let at = self.base + self.pos;
        let value = match self.peek() {
            Some(b'[') => Value::List(self.items(b']', depth)?.0),
            Some(b'(') => {
                let (mut items, comma) = self.items(b')', depth)?;
                match items.pop() {
                    // (x) is x itself, as in Python.
                    Some(only) if items.is_empty() && !comma => return Ok(only),
                    Some(last) => {
                        items.push(last);
                        Value::Tuple(items)
                    }
                    None => Value::Tuple(items),
                }
            }
            Some(b'{') => self.dict(depth)?,
            Some(b'\'' | b'"' | b'u' | b'U') if self.is_text() => {
                let mut text = String::new();
                // Texts one after another are one.
                while self.is_text() {
                    self.string(&mut text)?;
                    self.skip_space();
                }
                Value::Text(text)
            }
            Some(b'0'..=b'9') => self.int()?,
            Some(b'T' | b'F' | b'N') => self.word()?,
            _ => return Err(self.expected("a Python literal")),
        };
        Ok(Node { at, value })
    }

    fn word(&mut self) -> Result<Value, HeaderError> {
        for (word, value) in [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::None)] {
            if self.text[self.pos..].starts_with(word.as_bytes()) {
                self.pos += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a Python literal"))
    }

    fn int(&mut self) -> Result<Value, HeaderError> {
        let start = self.pos;
        let mut n: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let next = n.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
            let Some(next) = next else {
                self.pos = start;
                return Err(self.expected("a number below 2^64"));
            };
            n = next;
            self.pos += 1;
        }
        // Python takes zeros before a zero, but writes none; here a number has one spelling.
        if self.pos - start > 1 && self.text[start] == b'0' {
            self.pos = start;
            return Err(self.expected("a number without leading zeros"));
        }
        let end = self.base + self.pos;
        // Python 2 wrote 10L, in the versions of the format that it knew.
        if self.version != Version::V3 {
            self.take(b'L');
        }
        Ok(Value::Int(n, end))
    }

    /// The items up to `close`, and whether a comma follows the last of them.
    fn items(&mut self, close: u8, depth: usize) -> Result<(Vec<Node>, bool), HeaderError> {
        self.pos += 1;
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            self.skip_space();
            if self.take(close) {
                return Ok((items, comma));
            }
            if !items.is_empty() && !comma {
                return Err(self.expected("a comma or the closing bracket"));
            }
            items.push(self.value(depth + 1)?);
            self.skip_space();
            comma = self.take(b',');
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Value, HeaderError> {
        self.pos += 1;
        let mut items = Vec::new();
        let mut comma = true;
        loop {
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Dict(items));
            }
            if !comma {
                return Err(self.expected("a comma or `}`"));
            }
            let key = self.value(depth + 1)?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.expected("`:` after a key"));
            }
            items.push((key, self.value(depth + 1)?));
            self.skip_space();
            comma = self.take(b',');
        }
    }

    /// Whether a text begins here. Python 2 marked those of unicode; the text is the same.
    fn is_text(&self) -> bool {
        let at = self.pos + usize::from(matches!(self.peek(), Some(b'u' | b'U')));
        matches!(self.text.get(at), Some(b'\'' | b'"'))
    }

    fn string(&mut self, out: &mut String) -> Result<(), HeaderError> {
        let _ = self.take(b'u') || self.take(b'U');
        let quote = self.text[self.pos];
        let start = self.pos;
        if self.text[self.pos..].starts_with(&[quote; 3]) {
            return Err(self.expected("text between single quotes, or double ones"));
        }
        self.pos += 1;
        loop {
            let run = self.pos;
            // No text goes on in another line, and Python takes no null byte anywhere.
            while self.peek().is_some_and(|b| b != quote && !matches!(b, b'\\' | b'\n' | b'\r' | 0)) {
                self.pos += 1;
            }
            self.decode(run, out)?;
            match self.peek() {
                Some(b'\\') => self.escape(out)?,
                Some(b) if b == quote => {
                    self.pos += 1;
                    return Ok(());
                }
                _ => {
                    self.pos = start;
                    return Err(self.expected("text that ends with the quote it began with"));
                }
            }
        }
    }

    /// Appends the raw bytes from `run` to here, in the encoding of the header's version.
    fn decode(&mut self, run: usize, out: &mut String) -> Result<(), HeaderError> {
        let raw = &self.text[run..self.pos];
        if self.version == Version::V3 {
            let Ok(text) = str::from_utf8(raw) else {
                self.pos = run;
                return Err(self.expected("UTF-8, as version 3.0 says"));
            };
            out.push_str(text);
        } else {
            out.extend(raw.iter().map(|&b| char::from(b)));
        }
        Ok(())
    }

    fn escape(&mut self, out: &mut String) -> Result<(), HeaderError> {
        self.pos += 1;
        let kind = self.peek();
        self.pos += 1;
        out.push(match kind {
            Some(b @ (b'\\' | b'\'' | b'"')) => char::from(b),
            Some(b'\n') => return Ok(()),
            // A line end as well, or half of one.
            Some(b'\r') => {
                self.take(b'\n');
                return Ok(());
            }
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'a') => '\x07',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'v') => '\x0b',
            Some(b'x') => self.code(2, 16)?,
            Some(b'u') => self.code(4, 16)?,
            Some(b'U') => self.code(8, 16)?,
            Some(b'0'..=b'7') => {
                self.pos -= 1;
                let digits = self.text[self.pos..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
                self.code(digits, 8)?
            }
            Some(b'N') | None => {
                self.pos -= 2;
                return Err(self.expected("an escape that Python writes"));
            }
            // Before anything else it is a backslash.
            _ => {
                self.pos -= 1;
                '\\'
            }
        });
        Ok(())
    }

    /// The code point written by the next `count` digits.
    fn code(&mut self, count: usize, radix: u32) -> Result<char, HeaderError> {
        let digits = self.text.get(self.pos..self.pos + count).filter(|d| d.iter().all(u8::is_ascii_alphanumeric));
        let code = digits.and_then(|d| str::from_utf8(d).ok()).and_then(|d| u32::from_str_radix(d, radix).ok());
        let Some(c) = code.and_then(char::from_u32) else {
            return Err(self.expected("the digits of a Unicode code point"));
        };
        self.pos += count;
        Ok(c)
    }
}

/// Appends `text` as Python's `repr` writes it, so that the list form is the same to the byte.
///
/// Python escapes by its own tables of what is printable; for code points outside of identifiers and common text this
/// may escape what some Python version leaves, or the other way. Either form reads back as the same name.
pub(super) fn write_str(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push(quote);
}

fn is_printable(c: char) -> bool {
    let unprintable = c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(
            u32::from(c),
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
                | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff9..=0xfffb | 0xe_0000..=0x10_ffff
        );
    !unprintable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, HeaderError> {
        parse(text.as_bytes(), 10, Version::V3)
    }

    #[test]
    fn names_of_any_kind_come_back() {
        for name in
            ["ts", "it's", "\"q\"", "both ' and \"", "a\\b\n\t\r", "é", "价格", "\u{200b}", "\u{10ffff}", "\0", "\x7f"]
        {
            let mut text = String::new();
            write_str(&mut text, name);
            match read(&text).unwrap().value {
                Value::Text(back) => assert_eq!(back, name, "{text}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn texts_are_read_as_python_reads_them() {
        for (text, means) in [
            ("u'a'", "a"),
            ("'a' \"b\"\n u'c'", "abc"),
            ("'\\q\\''", "\\q'"),
            ("'\\x41\\u00e9\\101\\8'", "AéA\\8"),
            ("'a\\\nb'", "ab"),
            ("'a\\\rb\\\r\nc'", "abc"),
        ] {
            match read(text).unwrap().value {
                Value::Text(read) => assert_eq!(read, means, "{text}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_literal_is_refused_where_it_stands() {
        for (text, at) in [
            ("", 10),
            ("{", 11),
            ("[1 2]", 13),
            ("(1", 12),
            ("{'a' 1}", 15),
            ("{'a': }", 16),
            ("foo()", 10),
            ("'abc", 10),
            ("'''a'''", 10),
            ("10L", 12),
            ("'\\N{DIGIT ONE}'", 11),
            ("'\\", 11),
            ("'\\ud800'", 13),
            ("99999999999999999999", 10),
            ("1 2", 12),
            ("-1", 10),
            ("[,]", 11),
            ("{1: 2,, }", 16),
            ("[1,,]", 13),
        ] {
            match read(text) {
                Err(HeaderError::Syntax { at: found, .. }) => assert_eq!(found, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn comments_are_spaces_up_to_the_end_of_their_line() {
        for text in [
            "{'a': (10, 3), }# }\n  ",
            "# {\n{'a':(#0, 3), }\r10, 3)}",
            "{#\n'a'#:\n:##\n(10#1\n,3#)\n),}#é'",
            "{'#': '#\\'#', 'b#': [#\n]}",
        ] {
            // The same with spaces in place of the comments, each of which ends with its line.
            let mut plain = String::new();
            let mut quoted = false;
            let mut comment = false;
            for (i, c) in text.char_indices() {
                quoted ^= c == '\'' && !comment && !text[..i].ends_with('\\');
                comment = !matches!(c, '\n' | '\r') && (comment || (c == '#' && !quoted));
                plain.push_str(&if comment { " ".repeat(c.len_utf8()) } else { c.to_string() });
            }
            assert_ne!(text, plain);
            let shown = |text: &str| format!("{:?}", read(text).unwrap_or_else(|error| panic!("{text}: {error}")));
            assert_eq!(shown(text), shown(&plain), "{text}");
        }
        for (text, at) in [("{'a': (10, 3), #}\n", 28), ("{'a': 1}#\n2", 20), ("{'a'#\0\n: 1}", 15), ("#", 11)] {
            match read(text) {
                Err(HeaderError::Syntax { at: found, .. }) => assert_eq!(found, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(5_000);
        assert!(matches!(read(&deep), Err(HeaderError::Syntax { .. })));
    }
}
