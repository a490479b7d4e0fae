//! An object in a few characters, much as `repr` would show it.

use super::graph::{Graph, Id, Kind, Node, Role, beginning};

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
    if !node.kind.is_atom() && depth == 0 {
        out.push('…');
        return;
    }
    match node.kind {
        Kind::None => out.push_str("None"),
        Kind::Bool => out.push_str(if node.content.first() == Some(&1) {
            "True"
        } else {
            "False"
        }),
        Kind::Int => out.push_str(&int(&node.content)),
        Kind::Float => out.push_str(&float(&node.content)),
        Kind::Str => quoted(node, "", out),
        Kind::Bytes => quoted(node, "b", out),
        Kind::ByteArray => quoted(node, "bytearray b", out),
        Kind::Global => text(node, out),
        Kind::Persistent => {
            out.push('<');
            text(node, out);
            out.push('>');
        }
        Kind::Tuple => enclosed(graph, node, depth, ["(", ")"], out),
        Kind::List => enclosed(graph, node, depth, ["[", "]"], out),
        Kind::Set | Kind::Dict => enclosed(graph, node, depth, ["{", "}"], out),
        Kind::FrozenSet => enclosed(graph, node, depth, ["frozenset({", "})"], out),
        Kind::Buffer => enclosed(graph, node, depth, ["memoryview(", ")"], out),
        Kind::Call | Kind::New => call(graph, node, depth, out),
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
    for (role, id) in &node.parts {
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
    for (index, (role, id)) in node.parts.iter().enumerate() {
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

fn int(content: &[u8]) -> String {
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

/// Nothing that a terminal would act upon comes through.
fn text(node: &Node, out: &mut String) {
    let (content, more) = beginning(&node.content);
    match node.kind {
        Kind::Bytes | Kind::ByteArray => out.push_str(&content.escape_ascii().to_string()),
        _ => out.extend(String::from_utf8_lossy(content).escape_debug()),
    }
    if more {
        out.push('…');
    }
}
