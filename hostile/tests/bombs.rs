//! What bombs are: enough of them, small, and made quickly.

use hostile::bomb::{Class, MOST_BYTES, end};
use hostile::bombs;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

#[test]
fn there_are_enough_of_each_class_and_names_are_unique() {
    let all = bombs();
    let names: BTreeSet<_> = all.iter().map(|bomb| &bomb.name).collect();
    assert_eq!(names.len(), all.len());
    assert!(all.len() >= 200, "{}", all.len());
    for class in Class::ALL {
        let count = all.iter().filter(|bomb| bomb.class == class).count();
        assert!(count >= 6, "{class}: {count}");
    }
    // Those that need no callable reach a loader that knows plain data only.
    let plain = all.iter().filter(|bomb| !bomb.calls()).count();
    assert!(plain >= 140, "{plain}");
}

#[test]
fn they_are_small_and_all_different() {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for bomb in bombs() {
        let bytes = bomb.bytes();
        assert!(!bomb.ends.is_empty(), "{}", bomb.name);
        assert!(bytes.len() <= MOST_BYTES, "{}: {}", bomb.name, bytes.len());
        total += bytes.len();
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        assert!(seen.insert(hasher.finish()), "{}", bomb.name);
        let plain = |unit: char| unit.is_ascii_alphanumeric() || "._-".contains(unit);
        assert!(bomb.name.chars().all(plain), "{}", bomb.name);
    }
    assert!(total > 100 << 20, "{total}");
}

#[test]
fn ends_are_known() {
    let known = [
        end::MALFORMED,
        end::FORBIDDEN,
        end::LOADED,
        end::INPUT,
        end::STRING,
        end::MEMO,
        end::STACK,
        end::MARKS,
        end::DEPTH,
        end::OBJECTS,
        end::MEMORY,
        end::DIGITS,
        end::OPCODES,
        end::CALLS,
        end::ITEMS,
        end::STEPS,
        end::UNPACKED,
        end::ARGUMENT,
    ];
    for bomb in bombs() {
        assert!(bomb.ends.iter().all(|end| known.contains(end)), "{bomb:?}");
    }
}
