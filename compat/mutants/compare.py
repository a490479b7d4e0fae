"""compare.py PICKLES OURS THEIRS DIFFERENCES

OURS and THEIRS are files of load.py, by the interpreter under test and by the
reference.  Prints a JSON summary.  Exit code 1 if a pickle ends differently
and no entry of DIFFERENCES accepts it, or if an entry is not needed.
"""

import collections
import fnmatch
import itertools
import json
import pickletools
import sys
import tomllib


class BadInput(Exception):
    pass


# What a pickle can say that makes CPython reserve memory in advance.
CAUSES = ('memo index', 'size of bytes', 'size')
# Less than this is never a reason for a MemoryError.
LARGE = 1 << 24


OPCODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
COUNT_WIDTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}


def numbers(blob):
    """Each opcode with its argument's number, or its declared size."""
    at = 0
    # genops would stop at texts that an unpickler takes.
    while at < len(blob) and blob[at] in OPCODES:
        opcode = OPCODES[blob[at]]
        at += 1
        width = opcode.arg.n if opcode.arg else 0
        if width == pickletools.UP_TO_NEWLINE:
            end = blob.find(b'\n', at)
            if end >= 0 and opcode.name in ('GLOBAL', 'INST'):
                end = blob.find(b'\n', end + 1)
            if end < 0:
                return
            yield opcode.name, int(blob[at:end]) if blob[at:end].isdigit() else 0
            at = end + 1
        else:
            counted = COUNT_WIDTHS.get(width)
            number = int.from_bytes(blob[at:at + (counted or width)], 'little')
            yield opcode.name, number
            at += counted + number if counted else width


def causes(blob):
    """Those of CAUSES that the opcodes give."""
    found = set()
    for name, number in numbers(blob):
        if number >= LARGE:
            if name in ('PUT', 'LONG_BINPUT'):
                found.add('memo index')
            elif name in ('BINBYTES', 'BINBYTES8', 'BYTEARRAY8'):
                found.add('size of bytes')
            elif name in ('BINSTRING', 'BINUNICODE', 'BINUNICODE8', 'LONG4', 'FRAME'):
                found.add('size')
    return found


class Differences:
    """The accepted differences, and how often each was needed."""

    NEEDED = {'ours', 'theirs', 'reason'}
    FIELDS = NEEDED | {'cause', 'way', 'theirs_text'}

    def __init__(self, text):
        read = tomllib.loads(text)
        self.entries = read.pop('difference', [])
        if read:
            raise BadInput(f'unknown tables: {sorted(read)}')
        self.used = [0] * len(self.entries)
        for number, entry in enumerate(self.entries, 1):
            wrong = set(entry) - self.FIELDS | self.NEEDED - set(entry)
            if wrong or not all(isinstance(v, str) and v for v in entry.values()):
                raise BadInput(f'difference {number}: unknown, missing or no text: {sorted(wrong)}')
            if entry.get('cause', CAUSES[0]) not in CAUSES:
                raise BadInput(f'difference {number}: "cause" has to be one of {CAUSES}')

    def accept(self, blob, way, ours, theirs):
        """The reason, or None."""
        found = causes(blob)
        for number, entry in enumerate(self.entries):
            if (fnmatch.fnmatchcase(ending(ours), entry['ours'])
                    and fnmatch.fnmatchcase(ending(theirs), entry['theirs'])
                    and entry.get('way', way) == way
                    and fnmatch.fnmatchcase(theirs['text'], entry.get('theirs_text', '*'))
                    and ('cause' not in entry or entry['cause'] in found)):
                self.used[number] += 1
                return entry['reason']
        return None

    def unused(self):
        return [f'difference {number}: no pickle needs it'
                for number, used in enumerate(self.used, 1) if not used]


def ending(record):
    return 'loaded' if record['loaded'] else record['end']


def differ(ours, theirs):
    """A value has to be the same; of an exception, the type."""
    if ours['loaded'] and theirs['loaded']:
        return (ours['end'], ours['text']) != (theirs['end'], theirs['text'])
    return ending(ours) != ending(theirs)


class Groups:
    """Differences by how the load ends on both sides, each with its shortest pickle."""

    def __init__(self):
        self.groups = {}

    def add(self, blob, ours, theirs, reason):
        key = ending(ours), ending(theirs), reason
        group = self.groups.setdefault(key, {'loads': 0})
        group['loads'] += 1
        if 'pickle' not in group or len(blob) < len(group['pickle']) // 2:
            group.update(pickle=blob.hex(), way=ours['way'],
                         ours_text=ours['text'], theirs_text=theirs['text'])

    def listed(self):
        ordered = sorted(self.groups.items(), key=lambda item: (-item[1]['loads'], item[0]))
        for (ours, theirs, reason), group in ordered:
            yield {'ours': ours, 'theirs': theirs, 'reason': reason, **group}


def compare(blobs, ours, theirs, differences):
    endings = collections.defaultdict(lambda: {'ours': 0, 'theirs': 0})
    accepted, unexplained = Groups(), Groups()
    counts = collections.Counter()
    ways = collections.Counter()
    for mine, other in itertools.zip_longest(ours, theirs):
        if mine is None or other is None or any(mine[k] != other[k] for k in ('line', 'way')):
            raise BadInput('the two did not load the same pickles')
        blob, way = blobs[mine['line']], mine['way']
        ways[way] += 1
        endings[ending(mine)]['ours'] += 1
        endings[ending(other)]['theirs'] += 1
        if not differ(mine, other):
            counts['same'] += 1
            counts['same_text'] += mine['text'] == other['text']
            continue
        reason = differences.accept(blob, way, mine, other)
        counts['unexplained' if reason is None else 'accepted'] += 1
        group = unexplained if reason is None else accepted
        group.add(blob, mine, other, reason or '')
    if sum(ways.values()) < len(blobs):
        raise BadInput('not every pickle was loaded')
    return {
        'pickles': len(blobs),
        'loads': sum(ways.values()),
        'ways': dict(ways),
        **{name: counts[name] for name in ('same', 'same_text', 'accepted', 'unexplained')},
        'endings': dict(sorted(endings.items())),
        'accepted_groups': list(accepted.listed()),
        'unexplained_groups': list(unexplained.listed()),
        'unused': differences.unused(),
    }


def records(path):
    with open(path, encoding='ascii') as f:
        yield from map(json.loads, f)


def main(arguments):
    if len(arguments) != 4:
        sys.exit(__doc__)
    with open(arguments[0], encoding='ascii') as f:
        blobs = [bytes.fromhex(line) for line in f]
    with open(arguments[3], encoding='utf-8') as f:
        differences = Differences(f.read())
    summary = compare(blobs, records(arguments[1]), records(arguments[2]), differences)
    print(json.dumps(summary, indent=1, ensure_ascii=True))
    return 1 if summary['unexplained'] or summary['unused'] else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except BadInput as e:
        sys.exit(f'compare.py: {e}')
