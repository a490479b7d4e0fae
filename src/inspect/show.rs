//! An object as an expression, much as Python would show it, and bounded in length and depth.

use core::fmt;

use super::graph::{Content, Graph, Id, Kind, Node, Role};
use super::text::{self, Quotes};

/// How much of an object is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// About how many bytes are written before the rest is left out.
    pub(crate) length: usize,
    /// How deep containers in containers are shown.
    pub(crate) depth: usize,
    /// How many bytes of a text are shown.
    pub(crate) text: usize,
}

/// What is known beside the graph when an object is shown.
pub(crate) trait View {
    /// A name to show in the place of an object; `depth` levels may be shown below it.
    fn variable(&mut self, _id: Id, _depth: usize) -> Option<String> {
        None
    }

    /// How many of an object's parts there are already.
    fn parts(&self, _id: Id, node: &Node) -> usize {
        node.parts.len()
    }

    /// Whether what a call's result is given later belongs to it.
    fn given(&self) -> bool {
        true
    }
}

/// The graph alone.
pub(crate) struct Plain;

impl View for Plain {}

/// An object in one line of about `length` characters at most.
pub(crate) fn line(graph: &Graph, id: Id, length: usize) -> String {
    let extent = Extent {
        length: 4 * length,
        depth: 4,
        text: length,
    };
    let mut out = Show::new(graph, extent, &mut Plain).text(id);
    if let Some((end, _)) = out.char_indices().nth(length) {
        out.truncate(end);
        out.push('…');
    }
    out
}

/// A global as Python writes it, or, if that would be another one, as the arguments of its lookup.
pub(crate) fn global(module: &[u8], name: &[u8]) -> String {
    let quoted = |text: &[u8]| {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = text::str(text, Quotes::Printable, &mut out);
        out
    };
    if module.split(|byte| *byte == b'.').all(is_identifier) && is_identifier(name) {
        let [module, name] = [module, name].map(String::from_utf8_lossy);
        format!("{module}.{name}")
    } else {
        format!("find_class({}, {})", quoted(module), quoted(name))
    }
}

/// Writes objects.
pub(crate) struct Show<'a, V> {
    graph: &'a Graph,
    extent: Extent,
    view: &'a mut V,
    out: String,
}

impl<'a, V: View> Show<'a, V> {
    pub(crate) fn new(graph: &'a Graph, extent: Extent, view: &'a mut V) -> Self {
        Self {
            graph,
            extent,
            view,
            out: String::new(),
        }
    }

    /// An object, or the variable that stands for it.
    pub(crate) fn text(mut self, id: Id) -> String {
        self.object(id, self.extent.depth);
        self.out
    }

    /// An object even if a variable stands for it.
    pub(crate) fn definition(mut self, id: Id, depth: usize) -> String {
        self.value(id, depth);
        self.out
    }

    /// Items, or keys and values, without brackets.
    pub(crate) fn list(mut self, parts: &[(Role, Id)]) -> String {
        self.items(parts.iter(), self.extent.depth);
        self.out
    }

    fn is_full(&self) -> bool {
        self.out.len() > self.extent.length
    }

    fn object(&mut self, id: Id, depth: usize) {
        if self.is_full() {
            return;
        }
        match self.view.variable(id, depth) {
            Some(name) => self.out.push_str(&name),
            None => self.value(id, depth),
        }
    }

    fn value(&mut self, id: Id, depth: usize) {
        let Some(node) = self.graph.get(id) else {
            return;
        };
        if !node.kind.is_atom() && depth == 0 {
            self.out.push('…');
            return;
        }
        let depth = depth.saturating_sub(1);
        match node.kind {
            Kind::None => self.out.push_str("None"),
            Kind::Bool if node.content.bytes() == [1] => self.out.push_str("True"),
            Kind::Bool => self.out.push_str("False"),
            Kind::Int => self.out.push_str(&integer(&node.content)),
            Kind::Float => self.out.push_str(&float(&node.content)),
            Kind::Str | Kind::OldStr => self.str(&node.content),
            Kind::Bytes => self.bytes(&node.content, text::bytes),
            Kind::ByteArray => self.bytes(&node.content, text::bytearray),
            Kind::Global => match self.graph.global_name(id) {
                Some((module, name)) => {
                    let cut = |name: &'a [u8]| name.get(..self.extent.text).unwrap_or(name);
                    let text = global(cut(module), cut(name));
                    self.out.push_str(&text);
                }
                None => self.out.push_str("find_class(…)"),
            },
            Kind::Extension => {
                let code = integer(&node.content);
                self.out.push_str(&format!("extension({code})"));
            }
            Kind::PersistentText => {
                self.out.push_str("persistent_load(");
                self.str(&node.content);
                self.out.push(')');
            }
            Kind::Persistent => self.enclosed(id, node, depth, ["persistent_load(", ")"]),
            Kind::Computed => self.enclosed(id, node, depth, ["find_class(", ")"]),
            Kind::Buffer if node.parts.is_empty() => self.out.push_str("next_buffer()"),
            Kind::Buffer => self.enclosed(id, node, depth, ["memoryview(", ")"]),
            Kind::Tuple => {
                let close = if node.parts.len() == 1 { ",)" } else { ")" };
                self.enclosed(id, node, depth, ["(", close]);
            }
            Kind::List => self.enclosed(id, node, depth, ["[", "]"]),
            Kind::Set if self.view.parts(id, node) == 0 => self.out.push_str("set()"),
            Kind::Set | Kind::Dict => self.enclosed(id, node, depth, ["{", "}"]),
            Kind::FrozenSet => self.enclosed(id, node, depth, ["frozenset({", "})"]),
            Kind::Call | Kind::New | Kind::Instance => {
                if let Some(callable) = node.made_of().next() {
                    self.object(callable, depth);
                }
                if node.kind == Kind::New {
                    self.out.push_str(".__new__");
                }
                self.call_arguments(node, depth + 1);
                self.given(node, depth);
            }
        }
    }

    fn enclosed(&mut self, id: Id, node: &Node, depth: usize, [open, close]: [&str; 2]) {
        self.out.push_str(open);
        let seen = self.view.parts(id, node);
        self.items(node.parts.iter().take(seen), depth);
        self.out.push_str(close);
    }

    fn items<'b>(&mut self, parts: impl Iterator<Item = &'b (Role, Id)>, depth: usize) {
        let mut key = true;
        let mut first = true;
        // Effects take no space, and are passed over only so often.
        for (role, id) in parts.take(self.extent.length) {
            match role {
                Role::Effect => continue,
                Role::Pair if !key => self.out.push_str(": "),
                _ if !first => self.out.push_str(", "),
                _ => {}
            }
            key = *role != Role::Pair || !key;
            first = false;
            if self.is_full() {
                self.out.push('…');
                return;
            }
            self.object(*id, depth);
        }
    }

    fn call_arguments(&mut self, node: &Node, depth: usize) {
        let mut made = node.made_of().skip(1);
        self.out.push('(');
        if node.kind == Kind::Instance {
            let args: Vec<_> = node.parts.iter().skip(1).copied().collect();
            let args = args.iter().filter(|(role, _)| *role == Role::Made);
            self.items(args, depth.saturating_sub(1));
        } else if let Some(args) = made.next() {
            match self.graph.get(args) {
                // They have no brackets of their own, unless they are shared.
                Some(tuple) if tuple.kind == Kind::Tuple => {
                    self.items(tuple.parts.iter(), depth.saturating_sub(1));
                }
                _ => {
                    self.out.push('*');
                    self.object(args, depth.saturating_sub(1));
                }
            }
        }
        if node.kind == Kind::New
            && let Some(kwargs) = made.next()
        {
            if !self.out.ends_with('(') {
                self.out.push_str(", ");
            }
            self.out.push_str("**");
            self.object(kwargs, depth.saturating_sub(1));
        }
        self.out.push(')');
    }

    /// Items and state that the result of a call is given.
    fn given(&mut self, node: &Node, depth: usize) {
        if !self.view.given() {
            return;
        }
        for (role, id) in &node.parts {
            if *role == Role::Made {
                continue;
            }
            self.out.push(' ');
            self.object(*id, depth);
            if self.is_full() {
                return;
            }
        }
    }

    fn str(&mut self, content: &Content) {
        let shown = self.quoted(content.bytes());
        self.rest(content, shown);
    }

    fn bytes(&mut self, content: &Content, write: fn(&[u8], &mut String) -> fmt::Result) {
        let bytes = content.bytes();
        let shown = bytes.get(..self.extent.text).unwrap_or(bytes);
        // Writing to a string does not fail.
        let _ = write(shown, &mut self.out);
        self.rest(content, shown.len());
    }

    /// Text in quotes; returns how many bytes of it.
    fn quoted(&mut self, text: &[u8]) -> usize {
        let mut end = text.len().min(self.extent.text);
        // Not in the middle of a character.
        while end < text.len() && text.get(end).is_some_and(|byte| *byte & 0xc0 == 0x80) && end > 0
        {
            end -= 1;
        }
        let _ = text::str(
            text.get(..end).unwrap_or_default(),
            Quotes::Printable,
            &mut self.out,
        );
        end
    }

    fn rest(&mut self, content: &Content, shown: usize) {
        if content.length() > shown as u64 {
            self.out
                .push_str(&format!("… ({} bytes)", content.length()));
        }
    }
}

/// Whether a name is a plain one: ASCII letters, digits and underscores.
pub(crate) fn is_identifier(name: &[u8]) -> bool {
    name.first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn integer(content: &Content) -> String {
    match text::integer(content.bytes()) {
        Some(text) if content.is_whole() && text.len() <= 80 => text,
        _ => format!("<an int of {} bytes>", content.length()),
    }
}

fn float(content: &Content) -> String {
    match content.bytes().try_into() {
        Ok(bytes) => {
            let value = text::float(f64::from_be_bytes(bytes));
            // Those are names in Python, not numbers.
            if value.ends_with(['n', 'f']) {
                return format!("float('{value}')");
            }
            value
        }
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::Options;
    use super::*;
    use crate::machine::Machine;
    use crate::wire::SliceSource;

    fn shown(pickle: &[u8], length: usize) -> String {
        let options = Options {
            limit: 1 << 20,
            count_parts: false,
            kept: 4096,
            digest: None,
            shared: false,
            sizes: false,
        };
        let mut machine = Machine::new(Graph::new(options));
        let root = machine.load(&mut SliceSource::new(pickle)).unwrap();
        line(&machine.into_parts().0, root, length)
    }

    #[test]
    fn plain_data() {
        let pickle = b"\x80\x04(K\x01\x85]NaG\x7f\xf0\0\0\0\0\0\0}(\x8c\x01a\x88\x8c\x01b\x89u\x8f(K\x02\x90\x8f(\x91t.";
        assert_eq!(
            shown(pickle, 100),
            "((1,), [None], float('inf'), {'a': True, 'b': False}, {2}, set(), frozenset({}))"
        );
    }

    #[test]
    fn what_acts() {
        assert_eq!(shown(b"cos\nsystem\n(S'id'\ntR.", 99), "os.system('id')");
        assert_eq!(shown(b"(ios\nsystem\n.", 99), "os.system()");
        assert_eq!(
            shown(b"\x80\x04\x8c\x02os\x8c\x06a.b\x1b[m\x93)}\x92.", 99),
            "find_class('os', 'a.b\\x1b[m').__new__(**{})"
        );
        assert_eq!(shown(b"\x82\x05)R.", 99), "extension(5)()");
        assert_eq!(shown(b"K\x01K\x02\x93]R.", 99), "find_class(1, 2)(*[])");
        assert_eq!(shown(b"Pa b\n.", 99), "persistent_load('a b')");
        assert_eq!(
            shown(b"cm\nC\n)\x81}S'x'\nK\x01sb.", 99),
            "m.C.__new__() {'x': 1}"
        );
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let deep = [&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
        assert_eq!(shown(&deep, 50), "[[[[…]]]]");
        let wide = [&b"("[..], &b"N".repeat(100_000), b"l."].concat();
        assert!(shown(&wide, 50).len() < 60);
        let long = [&b"X\xe8\x03\0\0"[..], "é".repeat(500).as_bytes(), b"."].concat();
        assert_eq!(shown(&long, 9), "'éééé'… (…");
    }
}
