//! Sizes as a flame graph.

use std::io;

use inferno::flamegraph::{Options, from_lines};

use super::Sizes;

/// Objects that take less than one in so many bytes are shown together.
const SMALLEST: u64 = 1500;

/// Levels that are shown.
const LEVELS: usize = 48;

impl Sizes {
    /// Writes a flame graph in SVG: each object stands on the one that holds it, as wide as it takes space. Small objects are
    /// shown together as `…`.
    ///
    /// # Errors
    /// When the writer fails, or nothing takes any space.
    pub fn flame_graph(&self, title: &str, out: impl io::Write) -> io::Result<()> {
        let lines = self.folded();
        let mut options = Options::default();
        options.title = title.to_owned();
        options.subtitle = Some(format!("{} bytes", self.total()));
        options.count_name = "bytes".to_owned();
        options.name_type = "Object:".to_owned();
        options.no_sort = false;
        from_lines(&mut options, lines.iter().map(String::as_str), out)
            .map_err(|error| io::Error::other(error.to_string()))
    }

    /// Lines of a way and the bytes that are its own, as flame graphs are made of.
    fn folded(&self) -> Vec<String> {
        let least = (self.total() / SMALLEST).max(1);
        // What each frame shows beyond its own bytes: those of the small objects that it holds.
        let mut lines = Vec::new();
        let mut small: Vec<u64> = vec![0; self.tree.len()];
        let mut level: Vec<u32> = vec![0; self.tree.len()];
        let mut shown: Vec<bool> = vec![false; self.tree.len()];
        for (place, branch) in self.tree.iter().enumerate() {
            let parent = branch.parent.map(|(parent, _)| parent as usize);
            let depth = parent
                .and_then(|parent| level.get(parent))
                .map_or(0, |level| level + 1);
            let held = parent.is_none_or(|parent| shown.get(parent) == Some(&true));
            let wide = branch.total >= least && (depth as usize) < LEVELS;
            if let (Some(level), Some(shown)) = (level.get_mut(place), shown.get_mut(place)) {
                *level = depth;
                *shown = held && wide;
            }
            if held
                && !wide
                && let Some(small) = parent.and_then(|parent| small.get_mut(parent))
            {
                *small += branch.total;
            }
        }
        for (place, branch) in self.tree.iter().enumerate() {
            if shown.get(place) != Some(&true) {
                continue;
            }
            let places = self.places(u32::try_from(place).unwrap_or(u32::MAX), LEVELS);
            let frames: Vec<_> = places
                .into_iter()
                .filter_map(|place| Some(self.frame(self.branch(place)?)))
                .collect();
            let way = frames.join(";");
            if branch.own > 0 {
                lines.push(format!("{way} {}", branch.own));
            }
            match small.get(place) {
                Some(bytes) if *bytes > 0 => lines.push(format!("{way};… {bytes}")),
                _ => {}
            }
        }
        lines
    }

    /// A label without what separates frames.
    fn frame(&self, branch: &super::Branch) -> String {
        let label = self.label(branch);
        let label = if label.is_empty() {
            ".__dict__".to_owned()
        } else {
            label
        };
        let name = super::type_name(self.pickle.graph(), branch.id);
        format!("{label} ({name})").replace(';', ",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Limits;

    #[test]
    fn all_bytes_are_in_the_lines() {
        let many = [
            &b"]("[..],
            &b"K\x01".repeat(10_000),
            b"X\x40\x9c\0\0",
            &[b'<'; 40_000],
            b"e.",
        ]
        .concat();
        let deep = [&b"]".repeat(10_000)[..], &b"a".repeat(9999), b"."].concat();
        for data in [&many[..], &deep, b"}X\x03\0\0\0a;bNs."] {
            let sizes = Sizes::new(data, 0, &Limits::default());
            let lines = sizes.folded();
            let sum: u64 = lines
                .iter()
                .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
                .sum();
            assert_eq!(sum, data.len() as u64);
            assert!(lines.len() < 200);
        }
        let sizes = Sizes::new(b"}X\x03\0\0\0a;bNs.", 0, &Limits::default());
        assert!(
            sizes
                .folded()
                .iter()
                .any(|line| line == "root (dict);['a,b'] (None) 1")
        );
    }

    #[test]
    fn it_is_an_image() {
        let data = b"]X\x08\0\0\0<script>a.";
        let sizes = Sizes::new(data, 0, &Limits::default());
        let mut svg = Vec::new();
        sizes.flame_graph("a & b", &mut svg).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.contains("<svg") && svg.contains("root (list)") && svg.contains("a &amp; b"));
    }
}
