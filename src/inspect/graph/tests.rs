use super::*;
use crate::machine::Machine;
use crate::wire::SliceSource;

fn graph(options: Options, pickle: &[u8]) -> Graph {
    let mut machine = Machine::new(Graph::new(options));
    machine.load(&mut SliceSource::new(pickle)).unwrap();
    machine.into_parts().0
}

const OPTIONS: Options = Options {
    limit: 1000,
    count_parts: false,
    kept: 64,
    digest: None,
    shared: false,
    sizes: true,
};

#[test]
fn nodes_know_where_they_come_from() {
    let graph = graph(OPTIONS, b"\x80\x04]\x94(K\x01\x8c\x02abe.");
    let nodes: Vec<_> = graph
        .nodes()
        .map(|(_, node)| (node.kind, node.offset))
        .collect();
    assert_eq!(nodes, [(Kind::List, 2), (Kind::Int, 5), (Kind::Str, 7)]);
    // Without the list's own steps: nothing has seen it.
    assert_eq!(graph.steps(), []);
}

#[test]
fn what_a_call_has_seen_is_changed_in_steps() {
    let graph = graph(
        OPTIONS,
        b"\x80\x02]q\0K\x01acos\nsystem\nh\0\x85R0h\0K\x02aK\x03aN}b.",
    );
    let steps: Vec<_> = graph
        .steps()
        .iter()
        .map(|step| (step.offset, step.action))
        .collect();
    let list = 0;
    assert_eq!(
        steps,
        [
            (8, Action::Make(2)),
            (22, Action::Make(4)),
            // The effect of the call is a part as well.
            (
                28,
                Action::Add {
                    target: list,
                    from: 2,
                    to: 4
                }
            ),
            (
                34,
                Action::Add {
                    target: 7,
                    from: 0,
                    to: 1
                }
            ),
        ]
    );
    assert_eq!(graph.global_name(2), Some((&b"os"[..], &b"system"[..])));
    // BUILD on None.
    assert_eq!(graph.flaw(), Some((34, Flaw::Constant)));
}

#[test]
fn equal_atoms_are_one_node_if_asked_for() {
    let pickle = b"(K\x05K\x05J\x05\0\0\0X\x01\0\0\0a\x8c\x01aP1\nI5\nt.";
    let shared = Options {
        shared: true,
        ..OPTIONS
    };
    assert_eq!(graph(shared, pickle).len(), 4);
    assert_eq!(graph(OPTIONS, pickle).len(), 8);
}

#[test]
fn every_byte_has_one_owner() {
    let pickle = b"\x80\x04\x95\x0f\0\0\0\0\0\0\0]\x94(K\x01\x8c\x02ab\x94h\x01\x85e.";
    let options = OPTIONS;
    let mut machine = Machine::new(Graph::new(options));
    let root = machine.load(&mut SliceSource::new(pickle)).unwrap();
    let mut graph = machine.into_parts().0;
    graph.finish_sizes(Some(root), pickle.len() as u64);
    let sizes: Vec<_> = (0..4).map(|id| graph.bytes_of(id)).collect();
    assert_eq!(sizes.iter().sum::<u64>(), pickle.len() as u64);
    // A str with its MEMOIZE; a tuple with the BINGET of what it holds.
    assert_eq!(sizes[2..], [5, 3 + 1]);
}

#[test]
fn computed_names_are_no_names() {
    let graph = graph(OPTIONS, b"\x80\x04cbuiltins\nstr\n)R\x8c\x04exec\x93.");
    let kinds: Vec<_> = graph.nodes().map(|(_, node)| node.kind).collect();
    assert_eq!(kinds.last(), Some(&Kind::Computed));
}

#[test]
fn the_limit_ends_the_load() {
    let options = Options {
        limit: 3,
        ..OPTIONS
    };
    let mut machine = Machine::new(Graph::new(options));
    let result = machine.load(&mut SliceSource::new(b"NNNNN]NaNaNa.").clone());
    assert!(result.is_err());
    let graph = machine.into_parts().0;
    assert!(graph.is_full());
    assert_eq!(graph.len(), 3);
}
