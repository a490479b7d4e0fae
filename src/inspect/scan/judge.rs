//! One pickle, step by step.

use core::cell::Cell;
use std::collections::HashSet;

use super::allow::{self, Lists, Seer};
use super::danger::{Harm, harm};
use super::finding::{Finding, Rule, Severity, Verdict, keep};
use crate::inspect::graph::{Action, Graph, Id, Kind, Node, Step};
use crate::inspect::read::{Pickle, Problem};
use crate::inspect::{printable, show};
use crate::policy::check_names;
use crate::python2_names::python3_names;
use crate::wire::Opcode;

/// How many characters of an expression a message has.
const SHOWN: usize = 160;

/// What was found in a pickle, and what it comes to.
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
    /// More was found than there may be findings.
    pub(super) is_cut: bool,
}

/// Judges a pickle under lists; `persistent` says whether persistent ids are allowed.
pub(super) fn judge(pickle: &Pickle, lists: Lists<'_>, persistent: bool, most: usize) -> Judgement {
    let work = allow::work(pickle.graph());
    let mut judge = Judge {
        graph: pickle.graph(),
        work: &work,
        lists,
        persistent,
        most,
        verdict: Verdict::DataOnly,
        findings: Vec::new(),
        is_cut: false,
        told: HashSet::new(),
    };
    for step in pickle.graph().steps() {
        judge.step(step);
    }
    if pickle.graph().odd_protocol() {
        let message = "the protocol is named more than once, or not at the beginning".to_owned();
        judge.tell(
            Severity::Note,
            Rule::OddProtocol,
            message,
            pickle.start(),
            None,
        );
    }
    if let Some(error) = pickle.error() {
        let (severity, rule) = match error.problem {
            Problem::Limit(..) => (Severity::NeedsReview, Rule::LimitReached),
            _ => (Severity::Malformed, Rule::Malformed),
        };
        let message = printable(&error.problem.to_string());
        judge.tell(severity, rule, message, error.offset, None);
    }
    Judgement {
        verdict: judge.verdict,
        findings: judge.findings,
        is_cut: judge.is_cut,
    }
}

struct Judge<'a> {
    graph: &'a Graph,
    work: &'a Cell<u64>,
    lists: Lists<'a>,
    persistent: bool,
    most: usize,
    verdict: Verdict,
    findings: Vec<Finding>,
    is_cut: bool,
    /// What has been told is not told again: rules with a global, or alone.
    told: HashSet<(Rule, String)>,
}

impl<'a> Judge<'a> {
    fn tell(
        &mut self,
        severity: Severity,
        rule: Rule,
        message: String,
        offset: u64,
        opcode: Option<Opcode>,
    ) -> Option<&mut Finding> {
        let verdict = core::mem::replace(&mut self.verdict, Verdict::DataOnly);
        self.verdict = verdict.and(severity.verdict());
        let finding = Finding {
            opcode,
            ..Finding::new(severity, rule, message, offset)
        };
        let (complete, kept) = keep(&mut self.findings, finding, self.most);
        self.is_cut |= !complete;
        self.findings.last_mut().filter(|_| kept)
    }

    /// Tells of a step, if that rule has not been broken by the same global before.
    fn tell_step(
        &mut self,
        step: &Step,
        severity: Severity,
        rule: Rule,
        global: Option<(String, Option<Harm>)>,
        message: String,
    ) {
        let key = global.as_ref().map(|(global, _)| global.clone());
        if !self.told.insert((rule, key.unwrap_or_default())) {
            return;
        }
        let (global, harm) = global.unzip();
        if let Some(finding) = self.tell(severity, rule, message, step.offset, Some(step.opcode)) {
            finding.global = global;
            finding.harm = harm.flatten();
        }
    }

    fn allow(&mut self, list: &str) {
        let verdict = core::mem::replace(&mut self.verdict, Verdict::DataOnly);
        self.verdict = verdict.and(Verdict::Allowed(vec![list.to_owned()]));
    }

    fn seer(&self, step: &Step) -> Seer<'a> {
        Seer {
            graph: self.graph,
            lists: self.lists,
            protocol: step.protocol,
            work: self.work,
        }
    }

    fn text(&self, id: Id) -> String {
        show::line(self.graph, id, SHOWN)
    }

    fn step(&mut self, step: &Step) {
        match step.action {
            Action::Make(id) => {
                let Some(node) = self.graph.get(id) else {
                    return;
                };
                match node.kind() {
                    Kind::Global => self.global(step, id),
                    Kind::Computed => self.computed(step, id, node),
                    Kind::Extension => {
                        let text = self.text(id);
                        let message = format!(
                            "{text} stands for a global that only the loading process knows"
                        );
                        let global = Some((text, None));
                        self.tell_step(
                            step,
                            Severity::NeedsReview,
                            Rule::ExtensionCode,
                            global,
                            message,
                        );
                    }
                    Kind::Persistent | Kind::PersistentText if !self.persistent => {
                        let message = format!("asks the loading program for {}", self.text(id));
                        self.tell_step(
                            step,
                            Severity::NeedsReview,
                            Rule::PersistentId,
                            None,
                            message,
                        );
                    }
                    Kind::Persistent | Kind::PersistentText => {
                        // No data: the loading program makes it.
                        let torch = self.lists.0.iter().find(|list| list.name() == "torch");
                        self.allow(torch.map_or("persistent ids", |list| list.name()));
                    }
                    kind if kind.is_call() => self.call(step, id, node),
                    _ => {}
                }
            }
            Action::Add { target, from, to } => self.added(step, target, from, to),
        }
    }

    fn global(&mut self, step: &Step, id: Id) {
        let seer = self.seer(step);
        if let Some((list, _)) = seer.entry(id) {
            self.allow(list.name());
            return;
        }
        let text = self.text(id);
        // What these do depends on their arguments.
        let harm = self
            .harm(id)
            .filter(|_| self.reads_attributes(id).is_none());
        if let Some(harm) = harm {
            let message = format!("names {text}, which {harm}");
            let global = Some((text, Some(harm)));
            self.tell_step(
                step,
                Severity::Dangerous,
                Rule::HarmfulGlobal,
                global,
                message,
            );
            return;
        }
        let fault = seer
            .names(id)
            .map_or(Some("it is no text".to_owned()), |(module, name)| {
                check_names(&module, &name)
                    .err()
                    .map(|fault| fault.to_string())
            });
        match fault {
            Some(fault) => {
                let message = format!("names {text}: {fault}");
                self.tell_step(
                    step,
                    Severity::NeedsReview,
                    Rule::OddName,
                    Some((text, None)),
                    message,
                );
            }
            None => {
                let message = format!("names {text}, which no list allows");
                let global = Some((text, None));
                self.tell_step(
                    step,
                    Severity::NeedsReview,
                    Rule::UnknownGlobal,
                    global,
                    message,
                );
            }
        }
    }

    /// The worst that any loader could make of a global's names.
    fn harm(&self, id: Id) -> Option<Harm> {
        let (module, name) = self.graph.global_name(id)?;
        let [module, name] = [module, name].map(String::from_utf8_lossy);
        let mapped = python3_names(&module, &name).and_then(|(module, name)| harm(module, name));
        mapped.or_else(|| harm(&module, &name))
    }

    /// Whether a global reads the attributes that its arguments name, and how it takes them.
    fn reads_attributes(&self, id: Id) -> Option<Reader> {
        match self.graph.global_name(id)? {
            (b"builtins" | b"__builtin__", b"getattr") => Some(Reader::Getattr),
            (b"operator" | b"_operator", b"attrgetter") => Some(Reader::Attrgetter),
            _ => None,
        }
    }

    /// The harm of reading attributes: of a listed global's or of nothing else's, and none that leads elsewhere, there is none
    /// that is known.
    fn attributes_harm(&self, seer: &Seer<'_>, reader: Reader, call: &Node) -> Option<Harm> {
        let args = call.made_of().nth(1).and_then(|args| self.graph.get(args));
        if args.is_some_and(|args| !seer.charge(args.parts().len())) {
            return Some(Harm::Attributes);
        }
        let args: Vec<Id> = args
            .map(|args| args.made_of().collect())
            .unwrap_or_default();
        let literal = |id: &Id| {
            let node = self.graph.get(*id)?;
            let str = node.kind() == Kind::Str && node.content().is_whole();
            str.then(|| String::from_utf8_lossy(node.content().bytes()))
        };
        let (of, names) = match (reader, &*args) {
            (Reader::Getattr, [of, name]) => {
                let Some((module, global)) = self.graph.global_name(*of) else {
                    return Some(Harm::Attributes);
                };
                let [module, global] = [module, global].map(String::from_utf8_lossy);
                (Some((module, global)), core::slice::from_ref(name))
            }
            (Reader::Attrgetter, [_, ..]) => (None, &*args),
            _ => return Some(Harm::Attributes),
        };
        names.iter().find_map(|name| {
            let Some(name) = literal(name) else {
                return Some(Harm::Attributes);
            };
            match &of {
                Some((module, global)) => harm(module, &format!("{global}.{name}")),
                // A dot makes it the way to an attribute, whatever it is one of.
                None => harm("", &format!("_.{name}")),
            }
        })
    }

    fn computed(&mut self, step: &Step, id: Id, node: &Node) {
        let text = self.text(id);
        // What is known of it may be enough.
        let known: Vec<String> = node
            .made_of()
            .filter_map(|part| self.graph.get(part))
            .map(|part| match part.kind() {
                Kind::Str | Kind::OldStr => {
                    String::from_utf8_lossy(part.content().bytes()).into_owned()
                }
                _ => String::new(),
            })
            .collect();
        let harm = match &*known {
            [module, name] => harm(module, name),
            _ => None,
        };
        let severity = match harm {
            Some(_) => Severity::Dangerous,
            None => Severity::NeedsReview,
        };
        let message = format!("computes the name of a global: {text}");
        self.tell_step(
            step,
            severity,
            Rule::ComputedName,
            Some((text, harm)),
            message,
        );
    }

    fn call(&mut self, step: &Step, id: Id, node: &Node) {
        let Some(callable) = node.made_of().next() else {
            return;
        };
        let seer = self.seer(step);
        let kind = self.graph.get(callable).map(Node::kind);
        if kind != Some(Kind::Global) {
            let (text, name) = (self.text(id), self.text(callable));
            let message = format!("calls what is no global: {text}");
            self.tell_step(
                step,
                Severity::NeedsReview,
                Rule::ComputedCallable,
                Some((name, None)),
                message,
            );
            return;
        }
        let why = match (seer.entry(callable), seer.call(id)) {
            (Some(_), Ok(())) => return,
            (Some(_), Err(why)) => format!(": {why}"),
            (None, _) => String::new(),
        };
        let (text, name) = (self.text(id), self.text(callable));
        let harm = match self.reads_attributes(callable) {
            Some(reader) => self.attributes_harm(&seer, reader, node),
            None => self.harm(callable),
        };
        match harm {
            Some(harm) if seer.entry(callable).is_none() => {
                let message = format!("calls {text}, which {harm}");
                self.tell_step(
                    step,
                    Severity::Dangerous,
                    Rule::HarmfulCall,
                    Some((text, Some(harm))),
                    message,
                );
            }
            _ => {
                let message = format!("calls {text}{why}");
                self.tell_step(
                    step,
                    Severity::NeedsReview,
                    Rule::UnknownCall,
                    Some((name, None)),
                    message,
                );
            }
        }
    }

    fn added(&mut self, step: &Step, target: Id, from: u32, to: u32) {
        let Some(node) = self.graph.get(target) else {
            return;
        };
        if node.kind().is_global() {
            let name = self.text(target);
            let message = format!("changes {name}");
            self.tell_step(
                step,
                Severity::Dangerous,
                Rule::ChangesGlobal,
                Some((name, Some(Harm::Process))),
                message,
            );
            return;
        }
        let parts = node.parts().get(from as usize..to as usize);
        let Err(why) = self
            .seer(step)
            .added(target, step.opcode, parts.unwrap_or_default())
        else {
            return;
        };
        let class = self.graph.class_of(target);
        let name = self.text(class.unwrap_or(target));
        let message = format!(
            "gives {} to {}: {why}",
            given(step.opcode),
            self.text(target)
        );
        self.tell_step(
            step,
            Severity::NeedsReview,
            Rule::ChangesObject,
            Some((name, None)),
            message,
        );
    }
}

/// What reads attributes.
#[derive(Clone, Copy)]
enum Reader {
    Getattr,
    Attrgetter,
}

fn given(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Build => "state",
        _ => "items",
    }
}

#[cfg(test)]
mod tests;
