//! What has been restored, and what the report says of it.

use super::super::bytecode::Recompiled;
use super::super::{GlobalReport, ModuleReport, Outcome, RestoreReport, SaveReport};

/// What has been restored, for the report.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Restored {
    /// Library modules that the saved session had imported and that can't be imported here, and why.
    pub(super) not_imported: Vec<(String, String)>,
    /// Globals with code that was compiled again.
    pub(super) recompiled: Recompiled,
    /// Where the pickles of settings begin that only a later version knows.
    pub(super) unknown: Vec<u64>,
    /// Files that are not there any more, and were restored as closed ones.
    pub(super) closed: Vec<String>,
}

/// Under which name reports have the libraries that can't be imported, among the modules.
const LIBRARIES_NAME: &str = "<libraries>";

/// The same for files that are not there any more.
const FILES_NAME: &str = "<files>";

impl Restored {
    /// What became of each global, from what became of it when it was saved.
    pub(in crate::snapshot) fn into_report(self, saved: &SaveReport) -> RestoreReport {
        let mut report = saved.clone();
        report
            .libraries
            .retain(|name| self.not_imported.iter().all(|(missing, _)| missing != name));
        for global in report
            .modules
            .iter_mut()
            .flat_map(|module| &mut module.globals)
        {
            if global
                .offset
                .is_some_and(|offset| self.unknown.contains(&offset))
            {
                let why = "this version does not know this setting".to_owned();
                let path = global.name.clone();
                global.outcome = Outcome::LeftOut { why, path };
            }
        }
        let modules = report.modules.iter_mut();
        for global in modules.flat_map(|module| &mut module.globals) {
            if global.outcome == Outcome::Saved
                && let Some(offset) = global.offset
                && let Some(source) = self.recompiled.get(&offset)
            {
                let source = source.clone();
                global.outcome = Outcome::Recompiled { source };
            }
        }
        if !self.not_imported.is_empty() {
            let mut libraries = ModuleReport::new(LIBRARIES_NAME);
            for (name, why) in self.not_imported {
                let path = name.clone();
                let outcome = Outcome::LeftOut { why, path };
                libraries
                    .globals
                    .push(GlobalReport::new(name, "module", outcome));
            }
            report.modules.push(libraries);
        }
        if !self.closed.is_empty() {
            let mut files = ModuleReport::new(FILES_NAME);
            for path in self.closed {
                let why = "it is not there any more; it is restored as one that has been closed";
                let why = why.to_owned();
                let outcome = Outcome::LeftOut {
                    why,
                    path: path.clone(),
                };
                files.globals.push(GlobalReport::new(path, "file", outcome));
            }
            report.modules.push(files);
        }
        report
    }
}
