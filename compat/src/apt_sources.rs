//! Finds the machine's Debian mirror in its package sources.

/// Debian's suites and recent code names, as a mirror's own sources name them.
const SUITES: [&str; 12] = [
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
    "sid",
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "experimental",
];

/// A mirror of the Debian archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// Its address.
    pub(crate) uri: String,
    /// The keyring file the sources name for it.
    pub(crate) signed_by: Option<String>,
}

/// One source, whichever way it was written.
#[derive(Debug, Default)]
struct Source {
    types: Vec<String>,
    uris: Vec<String>,
    suites: Vec<String>,
    components: Vec<String>,
    signed_by: Vec<String>,
    disabled: bool,
}

/// Reads a `.sources` file: paragraphs of `Field: value`.
pub(crate) fn deb822(text: &str) -> Vec<Mirror> {
    let mut mirrors = Vec::new();
    let mut source = Source::default();
    let mut field = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            mirrors.extend(std::mem::take(&mut source).mirrors());
            field.clear();
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let value = if line.starts_with([' ', '\t']) {
            line
        } else if let Some((name, value)) = line.split_once(':') {
            field = name.trim().to_ascii_lowercase();
            value
        } else {
            continue;
        };
        let words = value.split_whitespace().map(str::to_owned);
        match field.as_str() {
            "types" => source.types.extend(words),
            "uris" => source.uris.extend(words),
            "suites" => source.suites.extend(words),
            "components" => source.components.extend(words),
            "signed-by" => source.signed_by.extend(words),
            "enabled" => source.disabled = matches!(value.trim(), "no" | "false" | "0" | "off"),
            _ => {}
        }
    }
    mirrors
}

/// Reads a `.list` file: `deb [options] uri suite components...`.
pub(crate) fn one_line(text: &str) -> Vec<Mirror> {
    text.lines()
        .filter_map(|line| one_source(line.split('#').next().unwrap_or_default()))
        .flat_map(Source::mirrors)
        .collect()
}

fn one_source(line: &str) -> Option<Source> {
    let (kind, mut rest) = line.trim().split_once(char::is_whitespace)?;
    let mut source = Source {
        types: vec![kind.to_owned()],
        ..Source::default()
    };
    rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('[') {
        let (options, after) = inner.split_once(']')?;
        source.signed_by = options
            .split_whitespace()
            .filter_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned)
            .collect();
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    source.uris = vec![words.next()?];
    source.suites = vec![words.next()?];
    source.components = words.collect();
    Some(source)
}

impl Source {
    /// Its addresses, if it is the Debian archive itself: not the security
    /// archive or a frozen snapshot, which lack the suites that are wanted, nor
    /// somebody's own archive.
    fn mirrors(self) -> Vec<Mirror> {
        let debian = !self.disabled
            && self.types.iter().any(|t| t == "deb")
            && self.suites.iter().any(|s| SUITES.contains(&s.as_str()))
            && self.components.iter().any(|c| c == "main")
            && match self.signed_by.first() {
                // A key that is written into the file is no path.
                Some(key) if key.starts_with('/') => key.contains("debian-archive"),
                _ => true,
            };
        if !debian {
            return Vec::new();
        }
        let signed_by = self.signed_by.into_iter().next();
        let signed_by = signed_by.filter(|key| key.starts_with('/'));
        self.uris
            .into_iter()
            .filter(|uri| !uri.contains("security") && !uri.contains("snapshot."))
            .map(|uri| Mirror {
                uri: uri.trim_end_matches('/').to_owned(),
                signed_by: signed_by.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(uri: &str, signed_by: Option<&str>) -> Mirror {
        Mirror {
            uri: uri.into(),
            signed_by: signed_by.map(str::to_owned),
        }
    }

    #[test]
    fn paragraphs() {
        let text = "\
# A comment.
Types: deb deb-src
# Another: one.
URIs: http://mirror.example/debian/
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://vendor.example/node
Suites: nodistro
Components: main
Signed-By: /usr/share/keyrings/vendor.gpg

Types: deb
URIs: https://vendor.example/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/vendor.gpg

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
";
        assert_eq!(
            deb822(text),
            [mirror(
                "http://mirror.example/debian",
                Some("/usr/share/keyrings/debian-archive-keyring.gpg")
            )]
        );
    }

    #[test]
    fn paragraphs_with_inline_key_and_disabled() {
        let text = "\
types: deb
uris: mirror+file:///etc/apt/mirrors/debian.list
suites: trixie
components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main";
        assert_eq!(
            deb822(text),
            [mirror("mirror+file:///etc/apt/mirrors/debian.list", None)]
        );
    }

    #[test]
    fn lines() {
        let text = "\
# deb http://comment.example/debian sid main
deb-src http://source.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/usr/share/keyrings/docker.gpg] https://vendor.example/linux/debian bookworm stable
deb http://snapshot.debian.example/archive/debian/20250101T000000Z bookworm main
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.pgp ] http://one.example/debian bookworm main # why
deb\thttp://two.example/debian\tstable\tmain
";
        assert_eq!(
            one_line(text),
            [
                mirror(
                    "http://one.example/debian",
                    Some("/usr/share/keyrings/debian-archive-keyring.pgp")
                ),
                mirror("http://two.example/debian", None),
            ]
        );
    }
}
