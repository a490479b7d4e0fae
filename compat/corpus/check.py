"""check.py IN OUT: loads what another interpreter pickled.

Every pickle in IN (written by dump.py) is loaded in several ways and compared
with the case as this interpreter builds it.  OUT gets {case: {label: "ok" or
a message}}; pickles that do not exist have no entry.  Exit code 1 if anything
failed.
"""

import io
import json
import os
import pickle
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases  # noqa: E402
import deep  # noqa: E402
from records import blob_of, trace  # noqa: E402


class Reader:
    """The least a file must offer: read and readline."""

    def __init__(self, blob):
        self._file = io.BytesIO(blob)

    def read(self, n):
        return self._file.read(n)

    def readline(self):
        return self._file.readline()


def ways(case, blob, options):
    if case.load is not None:
        yield 'Unpickler', lambda: case.load(pickle.Unpickler, blob)
        yield 'pure Unpickler', lambda: case.load(pickle._Unpickler, blob)
        return
    yield 'loads', lambda: pickle.loads(blob, **options())
    yield 'load BytesIO', lambda: pickle.load(io.BytesIO(blob), **options())
    yield 'load reader', lambda: pickle.load(Reader(blob), **options())
    yield 'pure loads', lambda: pickle._loads(blob, **options())


def options_for(label, record):
    def options():
        found = {}
        if 'fix_imports=False' in label:
            found['fix_imports'] = False
        if 'buffers' in record:
            # whether a buffer was writable is not part of the pickle
            found['buffers'] = [bytes.fromhex(b) for b in record['buffers']]
        return found
    return options


def check_one(case, label, record):
    blob = blob_of(record)
    # without a memo every reference is a copy of its own
    sharing = 'fast' not in label
    options = options_for(label, record)
    for way, load in ways(case, blob, options):
        refusal = case.expected_error(label)
        try:
            loaded = load()
        except Exception as e:
            if type(e).__name__ == refusal:
                continue
            return f'{way}: {type(e).__name__}: {e}'
        if refusal is not None:
            return f'{way}: loaded, but {refusal} was to be raised'
        try:
            if record.get('buffers'):
                found = buffers_difference(case, label, loaded)
            else:
                found = deep.difference(loaded, case.expected(label), sharing)
        except Exception as e:
            return f'{way}: comparison failed: {type(e).__name__}: {e}'
        if found is not None:
            return f'{way}: {found}'
    return 'ok'


def buffers_difference(case, label, loaded):
    """Buffers that were given as bytes come back as bytes or read-only views."""
    wanted = case.expected(label)
    if type(wanted) is not list:
        wanted, loaded = [wanted], [loaded]
    if len(wanted) != len(loaded):
        return f'lengths {len(loaded)} and {len(wanted)}'
    for i, (a, b) in enumerate(zip(loaded, wanted)):
        if isinstance(b, (bytes, bytearray)):
            if bytes(a) != bytes(b):
                return f'value[{i}]: buffers differ'
        else:
            found = deep.difference(a, b)
            if found is not None:
                return found
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding='ascii') as f:
        dumped = json.load(f)['cases']
    by_name = {case.name: case for case in cases.CASES}
    result = {}
    failed = 0
    for name, entry in dumped.items():
        trace(name)
        case = by_name.get(name)
        result[name] = outcome = {}
        for label, record in entry['protocols'].items():
            if 'error' in record:
                continue
            if case is None:
                outcome[label] = 'this interpreter knows no such case'
            else:
                try:
                    outcome[label] = check_one(case, label, record)
                except Exception as e:
                    outcome[label] = f'{type(e).__name__}: {e}'
            failed += outcome[label] != 'ok'
    with open(sys.argv[2], 'w', encoding='ascii') as f:
        json.dump(result, f, indent=0, ensure_ascii=True)
        f.write('\n')
    if failed:
        sys.exit(1)


if __name__ == '__main__':
    main()
