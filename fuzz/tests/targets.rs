//! Every target over some thousand inputs, the same ones in every run.

use std::collections::BTreeSet;

use pickle_fuzz::targets::{Input, TARGETS};
use pickle_fuzz::{Inputs, Target, corpus};

/// How many inputs a target gets here, and the fewest classes of outcomes that they have to come to.
fn extent(target: &Target) -> (u64, usize) {
    match target.input {
        Input::Pickle => (20_000, 3),
        _ => (5_000, 3),
    }
}

fn run(name: &str) {
    let target = Target::named(name).expect("it is a target");
    let inputs = Inputs::of(target, 0x5eed);
    let (runs, classes) = extent(target);
    let mut found = BTreeSet::new();
    for run in 0..runs {
        found.insert(target.run(&inputs.get(run)));
    }
    for input in corpus::starting(target.input) {
        found.insert(target.run(&input));
    }
    assert!(
        found.len() >= classes,
        "the inputs reach too little: {found:?}"
    );
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*

        #[test]
        fn each_target_is_tested() {
            let tested = [$(stringify!($name)),*];
            let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(tested[..], all[..]);
        }
    };
}

#[cfg(not(feature = "vm"))]
targets! { machine stream symbolic listing pickletools scan files size container diff }

#[cfg(feature = "vm")]
targets! { machine stream symbolic listing pickletools scan files size container diff live round_trip }
