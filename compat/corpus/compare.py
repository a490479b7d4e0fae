"""compare.py OURS THEIRS [THEIRS_BY_OURS OURS_BY_THEIRS] DIFFERENCES

OURS and THEIRS are files of dump.py, by the interpreter under test and by the
reference.  The two optional files are those of check.py: the reference's
pickles as loaded by ours, and our pickles as loaded by the reference.
Prints a JSON summary.  Exit code 1 if anything is neither identical nor
accepted, or if the list of differences has an entry that is not needed.
"""

import fnmatch
import json
import os
import pickletools
import sys
import tomllib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from records import blob_of  # noqa: E402

WHERE = ('dumps', 'build', 'theirs-by-ours', 'ours-by-theirs')


class BadInput(Exception):
    pass


class Differences:
    """The accepted differences, and which of them were needed."""

    FIELDS = {'cases', 'protocols', 'where', 'ours', 'reason'}

    def __init__(self, path):
        with open(path, 'rb') as f:
            read = tomllib.load(f)
        if set(read) - {'difference'}:
            raise BadInput(f'unknown tables: {sorted(set(read) - {"difference"})}')
        self.entries = read.get('difference', [])
        self.used = []
        for number, entry in enumerate(self.entries, 1):
            self.verify(number, entry)
            self.used.append((set(), set()))

    def verify(self, number, entry):
        unknown = set(entry) - self.FIELDS
        if unknown:
            raise BadInput(f'difference {number}: unknown fields {sorted(unknown)}')
        if entry.get('where') not in WHERE:
            raise BadInput(f'difference {number}: "where" has to be one of {WHERE}')
        if not entry.get('reason', '').strip():
            raise BadInput(f'difference {number}: a reason is needed')
        needed = ['cases'] + ['protocols'] * (entry['where'] != 'build')
        for field in needed:
            value = entry.get(field)
            if not isinstance(value, list) or not value or not all(
                    isinstance(v, str) for v in value):
                raise BadInput(f'difference {number}: {field} has to be a list of names')
        if entry['where'] == 'build' and 'protocols' in entry:
            raise BadInput(f'difference {number}: a value is built without a protocol')

    def accept(self, where, case, label, ours):
        """The reason, or None.  Notes every pattern that applies."""
        reason = None
        for entry, (used_cases, used_labels) in zip(self.entries, self.used):
            if entry['where'] != where:
                continue
            if 'ours' in entry and not fnmatch.fnmatchcase(ours, entry['ours']):
                continue
            cases = [p for p in entry['cases'] if fnmatch.fnmatchcase(case, p)]
            labels = [p for p in entry.get('protocols', ['*'])
                      if fnmatch.fnmatchcase(label, p)]
            if cases and labels:
                used_cases.update(cases)
                used_labels.update(labels)
                reason = reason or entry['reason']
        return reason

    def unused(self):
        for number, (entry, (cases, labels)) in enumerate(
                zip(self.entries, self.used), 1):
            for pattern in entry['cases']:
                if pattern not in cases:
                    yield f'difference {number}: no case needs {pattern!r}'
            for label in entry.get('protocols', ()):
                if label not in labels:
                    yield f'difference {number}: no pickle needs protocol {label!r}'


# --- what two records differ in ---------------------------------------------

def said(record):
    """A record's error in one line, '' for a pickle."""
    return record.get('error', '')


def opcodes(blob):
    try:
        for opcode, argument, position in pickletools.genops(blob):
            # by repr: 0.0 equals -0.0, and a NaN not even itself
            yield position, opcode.name, None if argument is None else repr(argument)
    except Exception as e:
        yield len(blob), f'<{type(e).__name__}: {e}>', None


def shown(item):
    if item is None:
        return None
    position, name, argument = item
    text = name if argument is None else f'{name} {argument}'
    return f'{position}: {text if len(text) <= 100 else text[:97] + "..."}'


def first_opcode(ours, theirs):
    """Where the symbolic streams part; frame sizes are looked at last."""
    framed = None
    left, right = list(opcodes(ours)), list(opcodes(theirs))
    for i in range(max(len(left), len(right))):
        a = left[i] if i < len(left) else None
        b = right[i] if i < len(right) else None
        if a is None or b is None or a[1:] != b[1:]:
            if a and b and a[1] == b[1] == 'FRAME':
                framed = framed or (a, b)
                continue
            return {'ours': shown(a), 'theirs': shown(b),
                    'after': shown(left[i - 1]) if i else None}
    if framed:
        return {'ours': shown(framed[0]), 'theirs': shown(framed[1])}
    return None


def first_offset(ours, theirs):
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return i
    return min(len(ours), len(theirs))


def difference(ours, theirs, compare_bytes):
    """None if the records agree, else a description."""
    if 'error' in ours or 'error' in theirs:
        found = {}
        for field in ('error', 'notes'):
            if ours.get(field) != theirs.get(field):
                found[field] = {'ours': _cut(ours.get(field, 'a pickle' if field == 'error' else None)),
                                'theirs': _cut(theirs.get(field, 'a pickle' if field == 'error' else None))}
        return found or None
    if not compare_bytes:
        return None
    found = {}
    left, right = blob_of(ours), blob_of(theirs)
    if left != right:
        found['offset'] = first_offset(left, right)
        found['lengths'] = [len(left), len(right)]
        found['opcode'] = first_opcode(left, right)
    for field in ('buffers', 'writes'):
        if ours.get(field) != theirs.get(field):
            found[field] = {'ours': _cut(ours.get(field)), 'theirs': _cut(theirs.get(field))}
    return found or None


def _cut(value):
    if isinstance(value, str) and len(value) > 300:
        return value[:297] + '...'
    if isinstance(value, list) and len(value) > 6:
        return [_cut(v) for v in value[:6]] + [f'... {len(value)} in all']
    if isinstance(value, list):
        return [_cut(v) for v in value]
    return value


# --- the comparison ---------------------------------------------------------

class Report:
    def __init__(self, differences):
        self.differences = differences
        self.accepted = []
        self.unexplained = []

    def judge(self, where, case, label, ours, found):
        entry = {'case': case, 'protocol': label, 'where': where, 'found': found}
        reason = self.differences.accept(where, case, label, ours)
        if reason is None:
            self.unexplained.append(entry)
        else:
            entry['reason'] = reason
            self.accepted.append(entry)


def load(path):
    with open(path, encoding='ascii') as f:
        return json.load(f)


def compare_dumps(ours, theirs, report):
    counts = {'cases': len(theirs), 'pairs': 0, 'identical': 0, 'by_value_only': 0,
              'both_refuse': 0, 'differing': 0, 'not_built': 0,
              'never_pickled_cases': 0}
    for name in sorted(set(ours) ^ set(theirs)):
        report.judge('build', name, '', 'no such case', 'the case is on one side only')
    for name, entry in theirs.items():
        if 'build_error' in entry:
            raise BadInput(f'the reference cannot build {name!r}: {entry["build_error"]}')
        records = entry['protocols']
        counts['pairs'] += len(records)
        mine = ours.get(name)
        if mine is None:
            continue
        counts['never_pickled_cases'] += all('error' in r for r in records.values())
        if 'build_error' in mine:
            counts['not_built'] += 1
            report.judge('build', name, '', mine['build_error'], mine['build_error'])
            continue
        for label in [*records, *sorted(set(mine['protocols']) - set(records))]:
            a = mine['protocols'].get(label, {'error': 'no record'})
            b = records.get(label, {'error': 'no record'})
            compare_bytes = entry['bytes']
            found = difference(a, b, compare_bytes)
            if found is None:
                if 'error' in b:
                    counts['both_refuse'] += 1
                if compare_bytes or 'error' in b:
                    counts['identical'] += 1
                else:
                    counts['by_value_only'] += 1
            else:
                counts['differing'] += 1
                report.judge('dumps', name, label, said(a), found)
    return counts


def compare_checks(where, checked, dumped, report):
    """Every pickle that exists must have been loaded, and well."""
    counts = {'loaded': 0, 'ok': 0}
    for name, entry in dumped.items():
        outcome = checked.get(name, {})
        for label, record in entry['protocols'].items():
            if 'error' in record:
                continue
            counts['loaded'] += 1
            message = outcome.get(label, 'was not loaded')
            if message == 'ok':
                counts['ok'] += 1
            else:
                report.judge(where, name, label, message, message)
    return counts


def main(arguments):
    if len(arguments) not in (3, 5):
        sys.exit(__doc__)
    ours, theirs = load(arguments[0]), load(arguments[1])
    differences = Differences(arguments[-1])
    report = Report(differences)
    summary = {
        'ours': f'{ours["implementation"]} {ours["version"]}',
        'theirs': f'{theirs["implementation"]} {theirs["version"]}',
        'dumps': compare_dumps(ours['cases'], theirs['cases'], report),
    }
    if len(arguments) == 5:
        summary['theirs_by_ours'] = compare_checks(
            'theirs-by-ours', load(arguments[2]), theirs['cases'], report)
        summary['ours_by_theirs'] = compare_checks(
            'ours-by-theirs', load(arguments[3]), ours['cases'], report)
    unused = list(differences.unused())
    summary['kinds'] = len({entry['kind'] for entry in theirs['cases'].values()})
    summary['differing_cases'] = sorted(
        {entry['case'] for entry in report.accepted + report.unexplained})
    summary['accepted_count'] = len(report.accepted)
    summary['unexplained_count'] = len(report.unexplained)
    summary['unused_count'] = len(unused)
    summary['accepted'] = report.accepted
    summary['unexplained'] = report.unexplained
    summary['unused'] = unused
    print(json.dumps(summary, indent=1, ensure_ascii=True))
    return 1 if report.unexplained or unused else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except BadInput as e:
        sys.exit(f'compare.py: {e}')
