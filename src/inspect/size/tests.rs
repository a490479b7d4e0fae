use super::*;

fn sizes(data: &[u8]) -> Sizes {
    Sizes::new(data, 0, &Limits::default())
}

fn paths(data: &[u8]) -> Vec<String> {
    let mut entries = sizes(data).largest(100);
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.into_iter().map(|entry| entry.path).collect()
}

#[test]
fn paths_are_expressions() {
    let data = b"\x80\x04](\x81K\x01";
    assert_eq!(paths(data), ["<dropped>"]);
    let data = b"\x80\x04}(\x8c\x05users](cm\nUser\n)\x81}(\x8c\x04name\x8c\x03Ada\x8c\x03a b\x88ubeK\x05(K\x01\x8f(K\x02\x90tu.";
    assert_eq!(
        paths(data),
        [
            "root",
            "root['users']",
            "root['users'][0]",
            "root['users'][0]",
            "root['users'][0].__args__",
            "root['users'][0].__callable__",
            "root['users'][0].name",
            "root['users'][0]['a b']",
            "root[5]",
            "root[5][0]",
            "root[5][1]",
            "root[5][1]{2}",
        ]
    );
}

#[test]
fn every_byte_counts_once() {
    for data in [
        &b"\x80\x04}(\x8c\x05users](cm\nUser\n)\x81}(\x8c\x04name\x8c\x03Adaubeu."[..],
        b"(lp0\n(dp1\nVa\np2\nI1\nsa.",
        b"]\x94(h\x00h\x00]\x94h\x01e.",
        b"N0N0N.",
        b"\x80\x04N\xff",
        b"",
    ] {
        let sizes = sizes(data);
        let own: u64 = sizes.tree.iter().map(|branch| branch.own).sum();
        let roots = sizes.tree.iter().filter(|branch| branch.parent.is_none());
        let total: u64 = roots.map(|branch| branch.total).sum();
        let expected = if sizes.tree.is_empty() {
            0
        } else {
            sizes.total()
        };
        assert_eq!((own, total), (expected, expected), "{data:?}");
        assert!(sizes.total() <= data.len() as u64);
    }
}

#[test]
fn what_is_shared_counts_where_it_is_found_first() {
    let text = [&b"X\x64\0\0\0"[..], &[b'a'; 100], b"\x94"].concat();
    let data = [&b"\x80\x04](]("[..], &text, b"eh\0h\0e."].concat();
    let sizes = sizes(&data);
    let largest = sizes.largest(3);
    assert_eq!(largest[2].path, "root[0][0]");
    assert_eq!((largest[2].own, largest[2].objects), (106, 1));
    assert_eq!(largest[0].objects, 3);
}

#[test]
fn types() {
    let data = b"\x80\x02(ccopyreg\n_reconstructor\n(cm\nC\nNNtRcm\nC\n)\x81cm\nC\n)\x81(im\nD\nX\x04\0\0\0textt.";
    let types = sizes(data).types();
    let find = |name: &str| {
        types
            .iter()
            .find(|entry| entry.type_name == name)
            .map(|entry| entry.objects)
    };
    assert_eq!(find("m.C"), Some(3));
    assert_eq!(find("m.D"), Some(1));
    assert_eq!(find("str"), Some(1));
    assert_eq!(find("a global"), Some(5));
    let own: u64 = types.iter().map(|entry| entry.own).sum();
    assert_eq!(own, data.len() as u64);
}

#[test]
fn depth_and_cycles() {
    let deep = [&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
    let largest = sizes(&deep).largest(100_000);
    assert_eq!(largest.len(), 100_000);
    assert!(largest.iter().all(|entry| entry.path.len() < 300));
    assert_eq!(largest[99_999].total, 1);
    assert!(largest[99_999].path.starts_with("root…[0][0]"));
    assert_eq!(paths(b"]\x94h\x00a."), ["root"]);
}
