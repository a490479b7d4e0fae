//! What a pickle does, as readable pseudo-Python.

use core::fmt;
use std::collections::{HashMap, HashSet};

use super::graph::{Action, Graph, Id, Kind, Node, Role, Step};
use super::limits::Limits;
use super::read::Pickle;
use super::scan::{Harm, harm};
use super::show::{Extent, Show, View};
use crate::python2_names::python3_names;
use crate::wire::Opcode;

/// How much of a value is shown in a statement.
const EXTENT: Extent = Extent {
    length: 400,
    depth: 6,
    text: 120,
};

/// A global that a pickle names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlobalUse {
    /// The offset in bytes of the opcode that names it.
    pub offset: u64,
    /// That opcode.
    pub opcode: Opcode,
    /// The module, as the pickle has it; `None` if it is computed, or an extension code stands for it.
    pub module: Option<String>,
    /// The name, likewise.
    pub name: Option<String>,
    /// The names that a load with `fix_imports`, the default, takes for them up to protocol 2, if those are others.
    pub python3: Option<(String, String)>,
    /// The global as an expression.
    pub expression: String,
}

impl GlobalUse {
    /// The harm that it is known to do, if that is known; see [`Harm`].
    ///
    /// ```
    /// use rustpython_pickle::inspect::scan::Harm;
    /// use rustpython_pickle::inspect::{Limits, Pickle, globals};
    ///
    /// let pickle = Pickle::read(b"cos\nsystem\n0cmy\nname\n.", &Limits::default());
    /// let harms: Vec<_> = globals(&pickle).map(|global| global.harm()).collect();
    /// assert_eq!(harms, [Some(Harm::StartsPrograms), None]);
    /// ```
    #[must_use]
    pub fn harm(&self) -> Option<Harm> {
        let (module, name) = (self.module.as_deref()?, self.name.as_deref()?);
        let python3 = python3_names(module, name);
        let mapped = python3.and_then(|(module, name)| harm(module, name));
        mapped.or_else(|| harm(module, name))
    }
}

impl fmt::Display for GlobalUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)?;
        if let Some((module, name)) = &self.python3 {
            let global = super::show::global(module.as_bytes(), name.as_bytes());
            write!(f, " ({global})")?;
        }
        Ok(())
    }
}

/// Every global that a pickle names, in its order.
///
/// ```
/// use rustpython_pickle::inspect::{Limits, Pickle, globals};
///
/// let pickle = Pickle::read(b"c__builtin__\neval\n(S'1'\ntR.", &Limits::default());
/// let eval = globals(&pickle).next().unwrap();
/// assert_eq!((eval.offset, eval.opcode.info().name), (0, "GLOBAL"));
/// assert_eq!(eval.to_string(), "__builtin__.eval (builtins.eval)");
/// ```
pub fn globals(pickle: &Pickle) -> impl Iterator<Item = GlobalUse> {
    let graph = pickle.graph();
    graph.steps().iter().filter_map(|step| match step.action {
        Action::Make(id) if graph.get(id)?.kind().is_global() => Some(global_use(graph, step, id)),
        _ => None,
    })
}

fn global_use(graph: &Graph, step: &Step, id: Id) -> GlobalUse {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let names = graph.global_name(id);
    let names = names.map(|(module, name)| (text(module), text(name)));
    let python3 = names
        .as_ref()
        .and_then(|(module, name)| python3_names(module, name))
        .filter(|_| step.protocol < 3)
        .map(|(module, name)| (module.to_owned(), name.to_owned()));
    let (module, name) = names.unzip();
    GlobalUse {
        offset: step.offset,
        opcode: step.opcode,
        module,
        name,
        python3,
        expression: super::show::line(graph, id, EXTENT.text),
    }
}

/// A statement of a [`Program`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The offset in bytes of the opcode that does this, or, where a value is put together, has made it.
    pub offset: u64,
    /// That opcode, if it does more than put plain data together.
    pub opcode: Option<Opcode>,
    /// Pseudo-Python in one line, without anything that a terminal would act upon.
    pub text: String,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.opcode {
            Some(opcode) => write!(f, "{:<60}  # {} {opcode}", self.text, self.offset),
            None => f.write_str(&self.text),
        }
    }
}

/// What a pickle does, as pseudo-Python: each call with its arguments, each change to what a call may have seen, in order, and the
/// result. Plain data is written as literals; what is shared gets a variable.
///
/// - `find_class(module, name)` stands for a global whose name is no plain identifier, or is not known;
/// - `C.__new__(...)` for `NEWOBJ`, without the class repeated as its first argument;
/// - `x.__setstate__(state)` for `BUILD`, which also updates `__dict__` or sets attributes;
/// - `persistent_load(id)`, `extension(code)` and `next_buffer()` for what the loading program provides.
///
/// ```
/// use rustpython_pickle::inspect::{Limits, Pickle, Program};
///
/// let pickle = Pickle::read(b"(lp0\n0cos\nsystem\n(S'echo hi'\ng0\ntR.", &Limits::default());
/// let program = Program::new(&pickle, &Limits::default());
/// let text: Vec<_> = program.statements().iter().map(|statement| &*statement.text).collect();
/// assert_eq!(text, ["v0 = os.system('echo hi', [])", "result = v0"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    statements: Vec<Statement>,
    is_whole: bool,
}

impl Program {
    /// The program of a pickle. Of the limits, [`Limits::text`] is used.
    #[must_use]
    pub fn new(pickle: &Pickle, limits: &Limits) -> Self {
        let graph = pickle.graph();
        let mut writer = Writer::new(graph, pickle.root(), limits.text);
        for step in graph.steps() {
            if writer.is_full() {
                break;
            }
            writer.step(step);
        }
        if let Some(root) = pickle.root() {
            writer.statement(
                pickle.end().saturating_sub(1),
                Some(Opcode::Stop),
                |writer| format!("result = {}", writer.expression(root)),
            );
        }
        Self {
            is_whole: !writer.is_full(),
            statements: writer.statements,
        }
    }

    /// The statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether all statements are there; not if they would have more text than the limit.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.statements {
            writeln!(f, "{statement}")?;
        }
        if !self.is_whole {
            f.write_str("…\n")?;
        }
        Ok(())
    }
}

struct Writer<'a> {
    graph: &'a Graph,
    statements: Vec<Statement>,
    /// Definitions that the statement which is being written needs.
    definitions: Vec<Statement>,
    variables: HashMap<Id, u32>,
    /// How often each object is a part of another one, up to two.
    uses: Vec<u8>,
    /// The number of parts of objects that steps add to, as far as the steps have come.
    parts: HashMap<Id, u32>,
    changed: HashSet<Id>,
    /// Bytes of text.
    written: usize,
    limit: usize,
}

impl<'a> Writer<'a> {
    fn new(graph: &'a Graph, root: Option<Id>, limit: usize) -> Self {
        let mut uses = vec![0u8; graph.len()];
        let parts = graph.nodes().flat_map(|(_, node)| node.parts());
        let parts = parts.filter(|(role, _)| *role != Role::Effect);
        for id in parts.map(|(_, id)| *id).chain(root) {
            if let Some(count) = uses.get_mut(id as usize) {
                *count = count.saturating_add(1);
            }
        }
        let mut parts = HashMap::new();
        let mut changed = HashSet::new();
        for step in graph.steps() {
            if let Action::Add { target, from, .. } = step.action {
                parts.entry(target).or_insert(from);
                changed.insert(target);
            }
        }
        Self {
            graph,
            statements: Vec::new(),
            definitions: Vec::new(),
            variables: HashMap::new(),
            uses,
            parts,
            changed,
            written: 0,
            limit,
        }
    }

    fn is_full(&self) -> bool {
        self.written > self.limit
    }

    fn uses(&self, id: Id) -> u8 {
        self.uses.get(id as usize).copied().unwrap_or(0)
    }

    fn name(&mut self, id: Id) -> String {
        let next = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
        format!("v{}", self.variables.entry(id).or_insert(next))
    }

    fn expression(&mut self, id: Id) -> String {
        Show::new(self.graph, EXTENT, self).text(id)
    }

    /// A statement, behind the definitions that it needs.
    fn statement(
        &mut self,
        offset: u64,
        opcode: Option<Opcode>,
        text: impl FnOnce(&mut Self) -> String,
    ) {
        let text = text(self);
        self.statements.append(&mut self.definitions);
        self.written += text.len();
        self.statements.push(Statement {
            offset,
            opcode,
            text,
        });
    }

    fn step(&mut self, step: &Step) {
        let (offset, opcode) = (step.offset, Some(step.opcode));
        match step.action {
            Action::Make(id) => {
                let Some(node) = self.graph.get(id) else {
                    return;
                };
                let used = self.uses(id) > 0 || self.changed.contains(&id);
                let shown_where_used = !node.kind().is_call();
                if shown_where_used && (used || node.kind().is_global()) {
                    return;
                }
                self.statement(offset, opcode, |writer| {
                    let value =
                        Show::new(writer.graph, EXTENT, writer).definition(id, EXTENT.depth);
                    if used {
                        format!("{} = {value}", writer.name(id))
                    } else {
                        value
                    }
                });
            }
            Action::Add { target, from, to } => {
                self.statement(offset, opcode, |writer| {
                    writer.added(step, target, from, to)
                });
                self.parts.insert(target, to);
            }
        }
    }

    fn added(&mut self, step: &Step, target: Id, from: u32, to: u32) -> String {
        let name = self.expression(target);
        let parts = self.graph.get(target).map(Node::parts);
        let parts = parts.and_then(|parts| parts.get(from as usize..to as usize));
        let parts: Vec<_> = parts
            .unwrap_or_default()
            .iter()
            .filter(|(role, _)| *role != Role::Effect)
            // More is not shown in any case.
            .take(EXTENT.length)
            .copied()
            .collect();
        let list = |writer: &mut Self| Show::new(writer.graph, EXTENT, writer).list(&parts);
        match (step.opcode, &*parts) {
            (Opcode::Build, [(_, state)]) => {
                let state = self.expression(*state);
                format!("{name}.__setstate__({state})")
            }
            (Opcode::AddItems, _) => format!("{name}.update([{}])", list(self)),
            (_, [(Role::Pair, key), (Role::Pair, value)]) => {
                let (key, value) = (self.expression(*key), self.expression(*value));
                format!("{name}[{key}] = {value}")
            }
            (_, [(Role::Pair, _), ..]) => format!("{name}.update({{{}}})", list(self)),
            (_, [(Role::Item, item)]) => {
                let item = self.expression(*item);
                format!("{name}.append({item})")
            }
            _ => format!("{name}.extend([{}])", list(self)),
        }
    }
}

impl View for Writer<'_> {
    fn variable(&mut self, id: Id, depth: usize) -> Option<String> {
        if self.variables.contains_key(&id) {
            return Some(self.name(id));
        }
        let node = self.graph.get(id)?;
        let plain = node.kind().is_atom() || node.kind() == Kind::Computed;
        let empty = node.parts().is_empty() && node.kind() == Kind::Tuple;
        let shared = self.uses(id) > 1 || self.changed.contains(&id);
        if plain || empty || !shared || depth == 0 || self.is_full() {
            return None;
        }
        // Named first: it may hold itself.
        let name = self.name(id);
        let value = Show::new(self.graph, EXTENT, self).definition(id, depth);
        let text = format!("{name} = {value}");
        self.written += text.len();
        self.definitions.push(Statement {
            offset: node.offset(),
            opcode: None,
            text,
        });
        Some(name)
    }

    fn parts(&self, id: Id, node: &Node) -> usize {
        match self.parts.get(&id) {
            Some(parts) => *parts as usize,
            None => node.parts().len(),
        }
    }

    fn given(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(pickle: &[u8]) -> Vec<String> {
        let limits = Limits::default();
        let pickle = Pickle::read(pickle, &limits);
        let program = Program::new(&pickle, &limits);
        program
            .statements
            .into_iter()
            .map(|statement| statement.text)
            .collect()
    }

    #[test]
    fn plain_data_is_one_literal() {
        let data = b"\x80\x04}\x94(\x8c\x01a\x94]\x94(K\x01K\x02e\x8c\x01b\x94h\x01u.";
        assert_eq!(program(data), ["result = {'a': [1, 2], 'b': 'a'}"]);
        assert_eq!(program(b"]q\0(h\0h\0e."), ["v0 = [v0, v0]", "result = v0"]);
        assert_eq!(program(b"]q\0h\0\x86."), ["v0 = []", "result = (v0, v0)"]);
    }

    #[test]
    fn calls_come_in_order() {
        let data = b"\x80\x02cm\nf\nq\0)Rq\x010(h\x01K\x01h\0h\x01\x85Rt.";
        assert_eq!(
            program(data),
            ["v0 = m.f()", "v1 = m.f(v0)", "result = (v0, 1, v1)"]
        );
        // What is thrown away is done all the same.
        assert_eq!(program(b"cm\nf\n)R0N."), ["m.f()", "result = None"]);
    }

    #[test]
    fn what_a_call_has_seen_is_changed_afterwards() {
        let data = b"\x80\x02]q\0K\x01a0cm\nf\nh\0\x85R0h\0K\x02ah\0(K\x03K\x04e.";
        assert_eq!(
            program(data),
            [
                "v0 = [1]",
                "m.f(v0)",
                "v0.append(2)",
                "v0.extend([3, 4])",
                "result = v0"
            ]
        );
        let data = b"\x80\x04cm\nC\n)\x81}(\x8c\x01xK\x01\x8c\x01yK\x02ub(K\x07K\x08u(K\x09K\x0au(K\x0bN\x90K\x0cNs.";
        assert_eq!(
            program(data),
            [
                "v0 = m.C.__new__()",
                "v0.__setstate__({'x': 1, 'y': 2})",
                "v0.update({7: 8, 9: 10})",
                "v0.update([11, None])",
                "v0[12] = None",
                "result = v0"
            ][..]
        );
    }

    #[test]
    fn globals_are_changed_by_name() {
        assert_eq!(
            program(b"cos\nenviron\nS'A'\nS'b'\nsN}b."),
            [
                "os.environ['A'] = 'b'",
                "None.__setstate__({})",
                "result = None"
            ]
        );
    }

    #[test]
    fn what_the_host_provides() {
        assert_eq!(
            program(b"\x80\x05(PA1\nK\x01Q\x82\x05\x97\x98t."),
            [
                "result = (persistent_load('A1'), persistent_load(1), extension(5), memoryview(next_buffer()))"
            ]
        );
        assert_eq!(
            program(b"Pa\n0N."),
            ["persistent_load('a')", "result = None"]
        );
    }

    #[test]
    fn computed_names() {
        let data = b"\x80\x04cm\nf\n)R\x8c\x04exec\x93)R.";
        assert_eq!(
            program(data),
            ["v0 = m.f()", "v1 = find_class(v0, 'exec')()", "result = v1"]
        );
    }

    #[test]
    fn every_name_is_listed_with_its_place() {
        let data =
            b"\x80\x02c__builtin__\ngetattr\n0(icommands\ngetoutput\n0\x82\x010K\x01K\x02\x930N.";
        let pickle = Pickle::read(data, &Limits::default());
        let names: Vec<_> = globals(&pickle)
            .map(|global| format!("{} {} {global}", global.offset, global.opcode))
            .collect();
        assert_eq!(
            names,
            [
                "2 GLOBAL __builtin__.getattr (builtins.getattr)",
                "25 INST commands.getoutput (subprocess.getoutput)",
                "46 EXT1 extension(1)",
                "53 STACK_GLOBAL find_class(1, 2)"
            ]
        );
    }

    /// Python 3's names are as little to be trusted as those in the pickle. (Found by fuzzing.)
    #[test]
    fn no_name_is_acted_upon_by_a_terminal() {
        let pickle = Pickle::read(b"c__builtin__\na\x1b[2J\n.", &Limits::default());
        let names: Vec<_> = globals(&pickle).map(|global| global.to_string()).collect();
        let expected =
            [r"find_class('__builtin__', 'a\x1b[2J') (find_class('builtins', 'a\x1b[2J'))"];
        assert_eq!(names, expected);
    }

    #[test]
    fn text_is_bounded() {
        let many = [&b"cm\nf\nq\0"[..], &b"h\0)R0".repeat(100_000), b"."].concat();
        let limits = Limits {
            text: 1000,
            ..Limits::default()
        };
        let pickle = Pickle::read(&many, &limits);
        let program = Program::new(&pickle, &limits);
        assert!(!program.is_whole());
        assert!(program.to_string().len() < 100_000);
        // A tower of shared tuples: each level twice what is below it.
        let tower = [&b"N"[..], &b"2\x86".repeat(50_000), b"."].concat();
        let pickle = Pickle::read(&tower, &limits);
        let text = Program::new(&pickle, &limits).to_string();
        assert!(text.len() < 5000, "{}", text.len());
    }
}
