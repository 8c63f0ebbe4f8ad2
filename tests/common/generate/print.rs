//! Writes a tree as its dress says.
//!
//! Whatever the dress, the text is valid and means what the tree says: a form that does not fit is not used.

use super::node::{Above, Dress, Entry, KeyLook, Kind, Look, Node};
use super::scalar;

/// What holds for the whole file.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Format {
    /// How much deeper a block is than its key.
    pub step: usize,
    /// Whether the dashes of lists stand below their key.
    pub flush: bool,
    pub windows: bool,
    pub byte_order_mark: bool,
    pub last_newline: bool,
    /// What stands before the first key.
    pub head: &'static str,
    /// What stands after the last value.
    pub tail: &'static str,
}

/// Writes whole documents, one a root.
pub fn print(roots: &[Node], format: Format) -> String {
    let mut page = Page { text: format.head.to_owned(), format, is_open: false };
    for (index, root) in roots.iter().enumerate() {
        if index > 0 {
            page.text.push_str("---\n");
        }
        if let Kind::Map(entries) = &root.kind {
            page.map(entries, 0);
        }
    }
    page.text.push_str(format.tail);
    let mut text = page.text;
    if !format.last_newline {
        text.truncate(text.trim_end_matches('\n').len());
    }
    let text = if format.windows { text.replace('\n', "\r\n") } else { text };
    if format.byte_order_mark { format!("\u{feff}{text}") } else { text }
}

struct Page {
    text: String,
    format: Format,
    /// Whether a deeper line would go on with what was written last.
    is_open: bool,
}

impl Page {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn pad(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn above(&mut self, lines: &[Above], indent: usize) {
        for line in lines {
            match *line {
                Above::Blank => {}
                Above::Comment(text) => {
                    self.pad(indent);
                    self.text.push_str(text);
                }
                Above::Astray(text, other) => {
                    self.pad(if self.is_open { indent } else { other });
                    self.text.push_str(text);
                }
            }
            self.text.push('\n');
        }
    }

    /// A mapping in block style.
    fn map(&mut self, entries: &[Entry], indent: usize) {
        for entry in entries {
            self.above(&entry.value.dress.above, indent);
            self.pad(indent);
            self.entry(entry, indent);
        }
    }

    /// A key and its value; the indent is written already.
    fn entry(&mut self, entry: &Entry, indent: usize) {
        let is_scalar = matches!(entry.value.kind, Kind::Raw(_) | Kind::Text(_) | Kind::Alias(_));
        let key = scalar::key(&entry.key, entry.look);
        match entry.look {
            KeyLook::Apart => self.put(&format!("{key} :")),
            KeyLook::Explicit if is_scalar && entry.key != "<<" => {
                self.put(&format!("? {key}\n"));
                self.pad(indent);
                self.text.push(':');
            }
            _ => self.put(&format!("{key}:")),
        }
        self.value(&entry.value, indent, false);
    }

    /// A list in block style.
    fn list(&mut self, items: &[Node], indent: usize) {
        for item in items {
            self.above(&item.dress.above, indent);
            self.pad(indent);
            self.text.push('-');
            match &item.kind {
                Kind::Map(entries) if is_block(item) && is_bare(&item.dress) => {
                    self.item(entries, &item.dress, indent);
                }
                _ => self.value(item, indent, true),
            }
        }
    }

    /// A mapping that begins on the line of its dash.
    fn item(&mut self, entries: &[Entry], dress: &Dress, indent: usize) {
        let blanks = dress.step.clamp(1, 5);
        self.pad(blanks);
        let mut entries = entries.iter();
        if let Some(first) = entries.next() {
            self.entry(first, indent + 1 + blanks);
        }
        self.map(entries.as_slice(), indent + 1 + blanks);
    }

    /// A value behind its colon or dash, to the end of the line.
    fn value(&mut self, node: &Node, indent: usize, in_list: bool) {
        let dress = &node.dress;
        self.is_open = false;
        let step = if dress.step == 0 { self.format.step } else { dress.step };
        match &node.kind {
            Kind::Map(entries) if is_block(node) => {
                self.introduce(dress, indent + step);
                self.map(entries, indent + step);
            }
            Kind::List(items) if is_block(node) => {
                let flush = self.format.flush && !in_list && dress.step == 0;
                let inner = if flush { indent } else { indent + step };
                self.introduce(&Dress { look: Look::Usual, ..dress.clone() }, inner);
                self.list(items, inner);
            }
            Kind::Text(text) if scalar::is_block(text, dress.look) => {
                let head = scalar::block_head(text, dress.look);
                self.put(&format!("{} {head}{}\n", properties(dress), dress.behind));
                for line in text.trim_end_matches('\n').split('\n') {
                    if !line.is_empty() {
                        self.pad(indent + step);
                    }
                    self.text.push_str(line);
                    self.text.push('\n');
                }
                self.is_open = true;
            }
            _ => {
                let written = written(node, indent, step);
                let blank = if written.is_empty() { "" } else { " " };
                let behind = if written.ends_with('\n') { "" } else { dress.behind };
                self.put(&format!("{}{blank}{written}{behind}\n", properties(dress)));
            }
        }
    }

    /// Anchor and tag of a block that begins on the next line.
    fn introduce(&mut self, dress: &Dress, indent: usize) {
        if dress.look == Look::OverLines && dress.anchor.is_some() {
            self.put(&format!("{}\n", dress.behind));
            self.pad(indent);
            self.text.push_str(properties(dress).trim_start());
            self.text.push('\n');
        } else {
            self.put(&format!("{}{}\n", properties(dress), dress.behind));
        }
    }
}

/// Whether nothing stands before the value.
fn is_bare(dress: &Dress) -> bool {
    dress.anchor.is_none() && dress.tag.is_none() && dress.look != Look::OverLines
}

/// Whether it is a collection in block style.
fn is_block(node: &Node) -> bool {
    let is_empty = match &node.kind {
        Kind::Map(entries) => entries.is_empty(),
        Kind::List(items) => items.is_empty(),
        _ => true,
    };
    !is_empty && !matches!(node.dress.look, Look::Brackets | Look::Padded | Look::Tight)
}

/// Anchor and tag, each with a blank before it.
fn properties(dress: &Dress) -> String {
    let anchor = dress.anchor.as_ref().map_or_else(String::new, |name| format!(" &{name}"));
    let tag = dress.tag.map_or_else(String::new, |tag| format!(" {tag}"));
    anchor + &tag
}

/// A scalar, an alias or a collection in brackets.
fn written(node: &Node, indent: usize, step: usize) -> String {
    match &node.kind {
        Kind::Raw(text) => (*text).to_owned(),
        Kind::Alias(name) => format!("*{name}"),
        Kind::Text(text) => scalar::inline(text, node.dress.look, indent + step),
        Kind::Map(_) | Kind::List(_) => brackets(node, node.dress.look, indent, step),
    }
}

/// A collection in brackets; what is in it is written so, too.
fn brackets(node: &Node, look: Look, indent: usize, step: usize) -> String {
    let (open, close, parts): (_, _, Vec<String>) = match &node.kind {
        Kind::Map(entries) => {
            ("{", "}", entries.iter().map(|entry| pair(entry, look, indent, step)).collect())
        }
        Kind::List(items) => ("[", "]", items.iter().map(|item| inner(item, look, indent, step)).collect()),
        _ => return inner(node, look, indent, step),
    };
    let over_lines = look == Look::Brackets && node.dress.step > 4;
    match look {
        _ if parts.is_empty() => format!("{open}{close}"),
        Look::Padded => format!("{open} {} {close}", parts.join(", ")),
        Look::Tight => format!("{open}{}{close}", parts.join(",")),
        _ if over_lines => {
            let (deep, flat) = (" ".repeat(indent + step), " ".repeat(indent));
            let comma = if node.dress.step > 6 { "," } else { "" };
            let behind = if node.dress.behind.contains('#') { " # inside" } else { "" };
            format!("{open}{behind}\n{deep}{}{comma}\n{flat}{close}", parts.join(&format!(",\n{deep}")))
        }
        _ => format!("{open}{}{close}", parts.join(", ")),
    }
}

fn pair(entry: &Entry, look: Look, indent: usize, step: usize) -> String {
    let key_look = if look == Look::Tight && entry.key != "<<" { KeyLook::Double } else { entry.look };
    let key = scalar::key(&entry.key, key_look);
    let value = inner(&entry.value, look, indent, step);
    let is_json = key_look == KeyLook::Double && look == Look::Tight && value.starts_with(['"', '{', '[']);
    if value.is_empty() {
        format!("{key}:")
    } else if is_json {
        format!("{key}:{value}")
    } else {
        format!("{key}: {value}")
    }
}

fn inner(node: &Node, look: Look, indent: usize, step: usize) -> String {
    let value = match &node.kind {
        Kind::Text(text) => scalar::in_brackets(text, look, node.dress.look),
        Kind::Map(_) | Kind::List(_) => brackets(node, look, indent, step),
        // nothing at all is no item
        Kind::Raw("") => "null".to_owned(),
        Kind::Raw(_) | Kind::Alias(_) => written(node, indent, step),
    };
    let properties = properties(&node.dress);
    if properties.is_empty() { value } else { format!("{} {value}", properties.trim_start()) }
}
