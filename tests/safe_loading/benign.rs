//! Benign pickles load under the least list that fits them, and under no lesser one.

use std::path::Path;

use hostile::attack::Load;
use hostile::benign;
use hostile::benign::{Benign, Fits};
use rustpython_pickle::LoadOptions;

use super::common::interpreter;
use super::files::Opener;
use super::policies;

/// How the program would load it whose file it is; `None` if there is no pickle inside.
fn load(benign: &Benign) -> Option<Load> {
    let name = benign.name;
    let what = Path::new(name).extension()?.to_str()?;
    Some(match what {
        "gz" => Load::Compressed("gzip"),
        "bz2" => Load::Compressed("bz2"),
        "xz" => Load::Compressed("lzma"),
        "npy" if name.contains("object") => Load::Npy,
        "npy" | "npz" => return None,
        // The format before 1.6 is several pickles, one after the other.
        "pt" if name.contains("legacy") => Load::Each,
        "pt" | "pth" | "ckpt" | "bin" => {
            // Beside what torch.save names it if it is given a file without a name.
            let folder = match name {
                "torch-state-dict.pth" => "model",
                _ => "archive",
            };
            Load::ZipMember(format!("{folder}/data.pkl"))
        }
        _ => Load::Pickle,
    })
}

#[test]
fn benign_pickles_load_as_they_ought_to() {
    let all = benign();
    assert!(all.len() >= 200, "{}", all.len());
    interpreter().enter(|vm| {
        let opener = Opener::new(vm);
        let policies = policies(vm);
        let mut faults = Vec::new();
        for benign in &all {
            let Some(load) = load(benign) else {
                continue;
            };
            let pickle = match opener.pickle(&benign.path(), &load) {
                Ok(pickle) => pickle,
                Err(error) => {
                    faults.push(format!("{}: {error}", benign.name));
                    continue;
                }
            };
            for (name, policy) in &policies {
                let mut options = LoadOptions::untrusted(policy.clone());
                let results: Vec<_> = options.iter(&pickle, vm).collect();
                let error = results.into_iter().find_map(Result::err);
                // An OrderedDict is in two lists.
                let (ought, may) = match benign.fits {
                    Fits::DataOnly => (true, true),
                    Fits::Standard => (*name == "standard", *name != "data only"),
                    Fits::Torch => (*name == "torch", *name == "torch"),
                    Fits::None => (false, false),
                };
                match error {
                    Some(error) if ought => {
                        faults.push(format!("{name}: {}: {error}", benign.name));
                    }
                    None if !may => faults.push(format!("{name}: {} is loaded", benign.name)),
                    _ => {}
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    });
}
