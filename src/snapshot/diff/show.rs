//! An object in a few characters, much as `repr` would show it.

use crate::inspect::graph::{Content, Graph, Id, Kind, Node, Role};

/// How many characters are written before the rest is left out.
const LENGTH: usize = 72;

/// How deep objects are shown.
const DEPTH: usize = 4;

/// An object in a few characters.
pub(super) fn show(graph: &Graph, id: Id) -> String {
    let mut out = String::new();
    object(graph, id, DEPTH, &mut out);
    if let Some((end, _)) = out.char_indices().nth(LENGTH) {
        out.truncate(end);
        out.push('…');
    }
    out
}

fn object(graph: &Graph, id: Id, depth: usize, out: &mut String) {
    // What is beyond is cut off in the end.
    if out.len() > 4 * LENGTH {
        return;
    }
    let Some(node) = graph.get(id) else {
        return;
    };
    if !node.kind().is_atom() && depth == 0 {
        out.push('…');
        return;
    }
    match node.kind() {
        Kind::None => out.push_str("None"),
        Kind::Bool => out.push_str(if node.content().bytes() == [1] {
            "True"
        } else {
            "False"
        }),
        Kind::Int => out.push_str(&int(node.content())),
        Kind::Float => out.push_str(&float(node.content().bytes())),
        Kind::Str | Kind::OldStr => quoted(node, "", out),
        Kind::Bytes => quoted(node, "b", out),
        Kind::ByteArray => quoted(node, "bytearray b", out),
        Kind::Global => global(graph, id, out),
        Kind::Extension => {
            out.push_str("copyreg extension ");
            out.push_str(&int(node.content()));
        }
        Kind::PersistentText => {
            out.push('<');
            text(node, out);
            out.push('>');
        }
        Kind::Tuple => enclosed(graph, node, depth, ["(", ")"], out),
        Kind::List => enclosed(graph, node, depth, ["[", "]"], out),
        Kind::Set | Kind::Dict => enclosed(graph, node, depth, ["{", "}"], out),
        Kind::FrozenSet => enclosed(graph, node, depth, ["frozenset({", "})"], out),
        Kind::Buffer => enclosed(graph, node, depth, ["memoryview(", ")"], out),
        Kind::Persistent => enclosed(graph, node, depth, ["<", ">"], out),
        Kind::Computed | Kind::Call | Kind::New | Kind::Instance => call(graph, node, depth, out),
    }
}

fn enclosed(graph: &Graph, node: &Node, depth: usize, [open, close]: [&str; 2], out: &mut String) {
    out.push_str(open);
    items(graph, node, depth, out);
    out.push_str(close);
}

fn items(graph: &Graph, node: &Node, depth: usize, out: &mut String) {
    let mut key = true;
    let mut first = true;
    for (role, id) in node.parts() {
        match role {
            Role::Pair if !key => out.push_str(": "),
            _ if !first => out.push_str(", "),
            _ => {}
        }
        key = *role != Role::Pair || !key;
        first = false;
        object(graph, *id, depth - 1, out);
        if out.len() > 4 * LENGTH {
            return;
        }
    }
}

/// A callable with its arguments, and then what the object is given.
fn call(graph: &Graph, node: &Node, depth: usize, out: &mut String) {
    for (index, (role, id)) in node.parts().iter().enumerate() {
        match (index, role) {
            (0, _) => {}
            (_, Role::Made) => {
                // The arguments bring their own brackets.
                object(graph, *id, depth - 1, out);
                continue;
            }
            _ => out.push(' '),
        }
        object(graph, *id, depth - 1, out);
        if out.len() > 4 * LENGTH {
            return;
        }
    }
}

fn int(content: &Content) -> String {
    let content = content.bytes();
    let mut wide = match content.last() {
        Some(0x80..) => [0xff; 16],
        _ => [0; 16],
    };
    match wide.get_mut(..content.len()) {
        Some(low) => {
            low.copy_from_slice(content);
            i128::from_le_bytes(wide).to_string()
        }
        None => format!("an int of {} bytes", content.len()),
    }
}

fn float(content: &[u8]) -> String {
    match content.try_into() {
        Ok(bytes) => format!("{:?}", f64::from_be_bytes(bytes)),
        Err(_) => String::new(),
    }
}

fn quoted(node: &Node, prefix: &str, out: &mut String) {
    out.push_str(prefix);
    out.push('\'');
    text(node, out);
    out.push('\'');
}

/// Module and name, as far as they are kept.
fn global(graph: &Graph, id: Id, out: &mut String) {
    match graph.global_name(id) {
        Some((module, name)) => {
            out.extend(String::from_utf8_lossy(module).escape_debug());
            out.push('.');
            out.extend(String::from_utf8_lossy(name).escape_debug());
            // Of a long name.
            if graph.get(id).is_some_and(|node| !node.content().is_whole()) {
                out.push('…');
            }
        }
        None => out.push('…'),
    }
}

/// Nothing that a terminal would act upon comes through.
fn text(node: &Node, out: &mut String) {
    let content = node.content();
    match node.kind() {
        Kind::Bytes | Kind::ByteArray => {
            out.push_str(&content.bytes().escape_ascii().to_string());
        }
        _ => out.extend(String::from_utf8_lossy(content.bytes()).escape_debug()),
    }
    if !content.is_whole() {
        out.push('…');
    }
}
