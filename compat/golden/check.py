"""check.py OUT: loads every golden pickle and compares it with expected.py.

OUT gets counts and failures as JSON.  Exit code 1 on any failure.
"""

import base64
import glob
import io
import json
import os
import pickle
import sys

sys.dont_write_bytecode = True
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(os.path.dirname(_HERE), 'corpus')]

import deep  # noqa: E402
import expected  # noqa: E402

WRITERS = ('2.7', '3.6', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14')

WAYS = (
    ('loads', pickle.loads),
    ('load', lambda blob, **options: pickle.load(io.BytesIO(blob), **options)),
    ('pure loads', pickle._loads),
)


def check(name, version, label, blob, encoding, errors):
    """None, or what is wrong."""
    protocol = int(label.split()[0])
    for way, load in WAYS:
        wanted = expected.expected(name, version, protocol, encoding, errors)
        try:
            loaded = load(blob, encoding=encoding, errors=errors)
        except Exception as e:
            if (isinstance(wanted, expected.Raises)
                    and type(e).__name__ in wanted.names):
                continue
            return f'{way}: {type(e).__name__}: {e}'
        if isinstance(wanted, expected.Raises):
            return f'{way}: loaded, but {" or ".join(wanted.names)} was to be raised'
        try:
            found = deep.difference(loaded, wanted, ordered=version[0] > 2)
        except Exception as e:
            found = f'comparison failed: {type(e).__name__}: {e}'
        if found is not None:
            return f'{way}: {found}'
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    counts = {}
    failures = []
    seen = set()
    present = {os.path.basename(p) for p in glob.glob(os.path.join(_HERE, 'cpython-*.json'))}
    for file in sorted(present ^ {f'cpython-{w}.json' for w in WRITERS}):
        failures.append({'writer': file, 'message': 'a file too many, or one is missing'})
    for writer in WRITERS:
        if f'cpython-{writer}.json' not in present:
            continue
        with open(os.path.join(_HERE, f'cpython-{writer}.json'), encoding='ascii') as f:
            golden = json.load(f)
        version = tuple(int(n) for n in writer.split('.'))
        if not golden['header']['version'].startswith(f'{writer}.'):
            failures.append({'writer': writer, 'message': 'the header names another version'})
        count = counts[writer] = {'values': 0, 'pickles': 0, 'loads': 0}
        for name, pickles in golden['pickles'].items():
            seen.add(name)
            count['values'] += 1
            for label, text in pickles.items():
                blob = base64.b64decode(text)
                count['pickles'] += 1
                for encoding, errors in expected.READINGS:
                    count['loads'] += len(WAYS)
                    try:
                        message = check(name, version, label, blob, encoding, errors)
                    except Exception as e:
                        message = f'{type(e).__name__}: {e}'
                    if message is not None:
                        failures.append({
                            'writer': writer, 'value': name, 'protocol': label,
                            'encoding': encoding, 'errors': errors, 'message': message})
    for name in sorted(set(expected.EXPECTED) - seen):
        failures.append({'value': name, 'message': 'no writer has this value'})
    with open(sys.argv[1], 'w', encoding='ascii') as f:
        json.dump({
            'loader': f'{sys.implementation.name} {sys.version.split()[0]}',
            'counts': counts,
            'pickles': sum(c['pickles'] for c in counts.values()),
            'loads': sum(c['loads'] for c in counts.values()),
            'failures': failures,
        }, f, indent=1, ensure_ascii=True)
        f.write('\n')
    if failures:
        sys.exit(1)


if __name__ == '__main__':
    main()
