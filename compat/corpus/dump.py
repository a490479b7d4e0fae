"""dump.py OUT: pickles every case with every protocol into a JSON file."""

import io
import json
import os
import pickle
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases  # noqa: E402
from records import bytes_record, error_record, trace  # noqa: E402

PROTOCOLS = range(6)


class Writes:
    """A file with nothing but write(), which notes how it is called."""

    def __init__(self):
        self.parts = []

    def write(self, part):
        # large buffers may arrive as they are
        self.parts.append(bytes(part))
        return len(self.parts[-1])


def plain(case, protocol):
    value = case.build()
    if case.dump is not None:
        return bytes_record(case.dump(pickle.Pickler, protocol, value))
    return bytes_record(pickle.dumps(value, protocol))


def without_fix_imports(case, protocol):
    return bytes_record(pickle.dumps(case.build(), protocol, fix_imports=False))


def out_of_band(case, protocol):
    buffers = []
    record = bytes_record(pickle.dumps(case.build(), protocol,
                                       buffer_callback=buffers.append))
    record['buffers'] = [bytes(b).hex() for b in buffers]
    return record


def half_out_of_band(case, protocol):
    """A callback that answers true keeps the buffer in band."""
    buffers = []

    def callback(buffer):
        buffers.append(buffer)
        return len(buffers) % 2

    record = bytes_record(pickle.dumps(case.build(), protocol,
                                       buffer_callback=callback))
    record['buffers'] = [bytes(b).hex() for b in buffers[1::2]]
    return record


def fast(case, protocol):
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol)
    pickler.fast = True
    pickler.dump(case.build())
    return bytes_record(out.getvalue())


def writes(case, protocol):
    out = Writes()
    pickle.Pickler(out, protocol).dump(case.build())
    record = bytes_record(b''.join(out.parts))
    record['writes'] = [len(p) for p in out.parts]
    return record


# label suffix -> (what to call, for which protocols)
VARIANTS = {
    'fix_imports': ('fix_imports=False', without_fix_imports, (0, 1, 2)),
    'buffers': ('buffers', out_of_band, (5,)),
    'half': ('half', half_out_of_band, (5,)),
    'fast': ('fast', fast, PROTOCOLS),
    'writes': ('writes', writes, (2, 4, 5)),
}


def records(case):
    for protocol in PROTOCOLS:
        yield str(protocol), plain, protocol
    wanted = set(case.variants)
    if 'buffers' in wanted:
        wanted.add('half')
    for key, (suffix, function, protocols) in VARIANTS.items():
        if key in wanted and case.dump is None:
            for protocol in protocols:
                yield f'{protocol} {suffix}', function, protocol


def dump_all():
    result = {}
    for case in cases.CASES:
        trace(case.name)
        entry = result[case.name] = {
            'kind': case.kind, 'bytes': case.bytes, 'protocols': {}}
        try:
            case.build()
        except BaseException as e:
            entry['build_error'] = error_record(e)['error']
            continue
        for label, function, protocol in records(case):
            try:
                record = function(case, protocol)
            except Exception as e:
                record = error_record(e)
            entry['protocols'][label] = record
    return result


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    result = dump_all()
    with open(sys.argv[1], 'w', encoding='ascii') as f:
        json.dump({
            'implementation': sys.implementation.name,
            'version': sys.version.split()[0],
            'missing_modules': cases.MISSING_MODULES,
            'cases': result,
        }, f, indent=0, ensure_ascii=True)
        f.write('\n')


if __name__ == '__main__':
    main()
