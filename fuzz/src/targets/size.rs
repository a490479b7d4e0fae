//! What takes the space.

use rustpython_pickle::inspect::{Limits, Sizes};

use super::Outcome;
use super::inspect::check_line;

/// Flame graphs are slow: one of so many pickles gets one.
const GRAPHS_ONE_IN: usize = 199;

/// Every byte is one object's own.
pub(super) fn run(data: &[u8]) -> Outcome {
    let sizes = Sizes::new(data, 0, &Limits::default());
    let pickle = sizes.pickle();
    assert_eq!(sizes.total(), pickle.end() - pickle.start());
    let nodes = pickle.graph().len();
    let types = sizes.types();
    let own: u64 = types.iter().map(|entry| entry.own).sum();
    let objects: u64 = types.iter().map(|entry| entry.objects).sum();
    assert_eq!(objects, nodes as u64);
    match pickle.is_whole() {
        true => assert_eq!(own, sizes.total(), "each byte is one object's own"),
        false => assert!(own <= sizes.total()),
    }
    let largest = sizes.largest(20);
    for entry in &largest {
        assert!(entry.own <= entry.total && entry.total <= sizes.total());
        assert!(entry.objects >= 1 && entry.objects <= nodes as u64);
        check_line(&entry.path);
        check_line(&entry.type_name);
    }
    assert!(largest.is_sorted_by(|a, b| a.total >= b.total));
    if data.len() % GRAPHS_ONE_IN == 3 {
        let mut svg = Vec::new();
        // Nothing takes any space, for one.
        if sizes.flame_graph("fuzz", &mut svg).is_ok() {
            assert!(svg.ends_with(b"</svg>\n") || svg.ends_with(b"</svg>"));
        }
    }
    match (pickle.error(), nodes) {
        (_, 0) => "nothing",
        (None, _) => "measured",
        (Some(_), _) => "measured as far as it goes",
    }
    .into()
}
