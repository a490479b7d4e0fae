//! In which order globals are saved: what needs others while it is made comes behind them.

/// Which nodes each node needs, by their numbers.
pub(super) type Needs = Vec<Vec<usize>>;

/// The nodes in such an order that each stands behind those it needs, and otherwise as they are numbered.
///
/// Where nodes need each other, those below `code` come first: they are functions and classes, which hardly ever
/// need anything while they are made, only when they are called.
///
/// The cycles are the strongly connected components, found with Kosaraju's algorithm
/// (Sharir, "A strong-connectivity algorithm and its applications in data flow analysis", 1981).
pub(super) fn order(needs: &Needs, code: usize) -> Vec<usize> {
    let count = needs.len();
    let mut needed_by: Needs = vec![Vec::new(); count];
    for (node, others) in needs.iter().enumerate() {
        for other in others {
            needed_by[*other].push(node);
        }
    }
    let unseen = || vec![false; count];
    let finished = postorder(needs, 0..count, &mut unseen(), |_| true);
    let mut components: Vec<Vec<usize>> = Vec::new();
    let mut seen = unseen();
    for root in finished.into_iter().rev() {
        let mut members = postorder(&needed_by, [root], &mut seen, |_| true);
        if !members.is_empty() {
            members.sort_unstable();
            components.push(members);
        }
    }
    let mut component = vec![0; count];
    for (number, members) in components.iter().enumerate() {
        for member in members {
            component[*member] = number;
        }
    }
    let mut ordered = Vec::with_capacity(count);
    let (mut seen_code, mut seen_all) = (unseen(), unseen());
    // Those that nobody needs have been found first.
    for (number, members) in components.into_iter().enumerate().rev() {
        let inside = |node: usize| component[node] == number;
        let (first, then): (Vec<_>, Vec<_>) = members.into_iter().partition(|node| *node < code);
        let code_inside = |node: usize| inside(node) && node < code;
        ordered.extend(postorder(needs, first, &mut seen_code, code_inside));
        let rest = postorder(needs, then, &mut seen_all, inside);
        ordered.extend(rest.into_iter().filter(|node| *node >= code));
    }
    ordered
}

/// The nodes that are reached from some and have not been seen, each behind those that it leads to, unless they lead
/// back to it.
fn postorder(
    edges: &Needs,
    roots: impl IntoIterator<Item = usize>,
    seen: &mut [bool],
    allowed: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut finished = Vec::new();
    // The nodes from a root to where the walk is, each with the number of its next edge.
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for root in roots {
        if allowed(root) && !core::mem::replace(&mut seen[root], true) {
            stack.push((root, 0));
        }
        while let Some((node, next)) = stack.last_mut() {
            let Some(to) = edges[*node].get(*next).copied() else {
                finished.push(*node);
                stack.pop();
                continue;
            };
            *next += 1;
            if allowed(to) && !core::mem::replace(&mut seen[to], true) {
                stack.push((to, 0));
            }
        }
    }
    finished
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_nothing_keeps_its_place() {
        assert_eq!(order(&vec![vec![]; 4], 2), [0, 1, 2, 3]);
        assert_eq!(order(&Needs::new(), 0), [0; 0]);
    }

    #[test]
    fn what_is_needed_comes_first() {
        // 0 -> 3 -> 1, 2 -> 0
        let needs = vec![vec![3], vec![], vec![0], vec![1]];
        assert_eq!(order(&needs, 0), [1, 3, 0, 2]);
    }

    #[test]
    fn in_a_cycle_code_comes_before_data() {
        // The function 0 names the data 2, which needs the class 1 and the data 3, which needs the function.
        let needs = vec![vec![2], vec![0], vec![1, 3], vec![0], vec![]];
        assert_eq!(order(&needs, 2), [0, 1, 3, 2, 4]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 1_000_000;
        let needs: Needs = (0..count)
            .map(|n| if n + 1 < count { vec![n + 1] } else { vec![] })
            .collect();
        assert_eq!(order(&needs, 0)[0], count - 1);
    }
}
