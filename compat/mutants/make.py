"""make.py OUT: writes damaged pickles to OUT, one a line in hexadecimal.

They are the same in every run: truncated samples, samples with bytes changed,
inserted and removed, random opcodes, and numbers that are hardly any.
"""

import collections
import datetime
import decimal
import fractions
import os
import pickle
import pickletools
import random
import sys
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kinds  # noqa: E402

MUTATED = 100_000
RANDOM = 30_000
NUMBERS = 50_000
SEED = 0x5EED_0001

# What only protocols 0 and 1 of older versions write, by hand.
BY_HAND = (
    b"S'abc'\n.", b'U\x03abc.', b'T\x03\0\0\0abc.', b'I01\n.', b'I-17\n.', b'L12L\n.',
    b'F1.5\n.', b'Vte\\u20acxt\n.', b'(lp0\nI1\nag0\n.', b'(dp0\nI1\nI2\ns.',
    b'(ikinds\nPlain\np0\n.', b'(ckinds\nPlain\no.', b'Pid\n.', b'I1\nQ.',
    b'(I1\n0I2\n1].', b'I1\n2\x86.', b']r\0\0\0\0j\0\0\0\0.',
)


# Once found to end differently.
FOUND = (
    b'I+-1\n.', b'I\xd9\xa3\n.', b'L\xd9\xa3\n.', b'L1\xc2\xa0\n.', b'I1\xc2\x85\n.', b'I1\x1c\n.',
    b'I\x001\n.', b'I 1\n.', b'I0\0\n.', b'Np\x0b7\n.', b'F1e999x\n.', b'F\x000.5\n.',
    b'L' + b'1' * 200 + b'\x85\n.', b'Ng' + b'1' * 200 + b'\x85\n.', b'L5LL\n.',
    b'\x8e' + b'\xff' * 7 + b'\x7f.', b'c\xff\n', b'(i\xff\n',
    b'\x80\x04\x95\x20\0\0\0\0\0\0\0N\x95' + b'\xff' * 8 + b'.' * 30,
)


def values():
    slots = kinds.Slots()
    slots.a, slots.b = 1, 'x'
    cycle = []
    cycle.append((cycle, {'self': cycle}))
    items = kinds.Items([1, 2, 3])
    items.name = 'n'
    shared = 'shared' * 3
    plain = [
        None, True, 0, 255, 65535, -1, 1 << 40, -(1 << 70), 1 << 2000, 1.5,
        float('inf'), 2 + 3j, '', 'text', '\u20ac\U0001f600', '\ud800', 'new\nline\\',
        b'', b'bytes\0\xff', bytearray(b'ba'), [], [1, [2, [3]]], list(range(40)), (),
        (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {}, {'a': 1, 2: [b'']}, {1, 2, 3},
        frozenset('ab'), [shared, shared, (shared,)], cycle, range(3), slice(1, 2),
        Ellipsis, NotImplemented, type(None), len, 'x' * 300,
    ]
    objects = [
        kinds.Plain(a=1, b=[2], c=kinds.Plain()), kinds.Registered(a=1), kinds.Stateful(),
        kinds.Args(1, 2), items, kinds.Pairs(a=1), kinds.Plain, kinds.Plain.__init__,
        collections.OrderedDict(a=1), collections.deque([1, 2], 5),
        collections.Counter('aab'), datetime.datetime(2020, 2, 29, 1, 2, 3),
        datetime.timedelta(5, 6), decimal.Decimal('1.25'), fractions.Fraction(3, 4),
        uuid.UUID(int=5),
    ]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in plain + objects + [slots] * (protocol >= 2):
            yield pickle.dumps(value, protocol)
    buffers = [pickle.PickleBuffer(b'abc'), pickle.PickleBuffer(bytearray(b'abc'))]
    yield pickle.dumps(buffers, 5, buffer_callback=lambda _: None)
    yield from BY_HAND


def truncated(samples):
    for sample in samples:
        for end in range(len(sample)):
            yield sample[:end]


class Random(random.Random):
    def below(self, limit):
        # Of all methods only this one promises to stay as it is.
        return int(self.random() * limit)


def mutated(samples, dice):
    for _ in range(MUTATED):
        blob = bytearray(samples[dice.below(len(samples))])
        for _ in range(1 + dice.below(3)):
            at = dice.below(len(blob))
            what = dice.below(7)
            if what == 0:
                blob[at] = dice.below(256)
            elif what == 1:
                blob[at] ^= 1 << dice.below(8)
            elif what == 2:
                blob.insert(at, dice.below(256))
            elif what == 3 and len(blob) > 1:
                del blob[at]
            elif what == 4:
                other = samples[dice.below(len(samples))]
                start = dice.below(len(other))
                blob[at:at] = other[start:start + dice.below(12)]
            elif what == 5:
                opcode = pickletools.opcodes[dice.below(len(pickletools.opcodes))]
                blob[at] = ord(opcode.code)
            else:
                blob[at] = (0, 0x7F, 0x80, 0xFF)[dice.below(4)]
        yield bytes(blob)


def at_random(dice):
    codes = [ord(opcode.code) for opcode in pickletools.opcodes]
    for _ in range(RANDOM):
        blob = bytearray()
        for _ in range(dice.below(40)):
            blob.append(codes[dice.below(len(codes))])
            for _ in range(dice.below(3)):
                blob.append(dice.below(12))
        yield bytes(blob) + b'.'


PARTS = ('0', '0', '1', '1', '7', '9', '12', '308', '1' * 25, '1' * 210, '+', '+', '-', '-', '_',
         '_', '.', 'e', 'E', 'x', 'X', 'o', 'b', 'f', 'L', 'L', 'l', 'inf', 'nan', 'infinity',
         ' ', '\t', '\v', '\f', '\r', '\0', '\x1c', '\x85', '\xa0', '\u0663', "'", '\\')


def number_texts(dice):
    for _ in range(NUMBERS):
        text = ''.join(PARTS[dice.below(len(PARTS))] for _ in range(dice.below(5)))
        line = text.encode('utf-8' if dice.below(4) else 'latin-1', 'replace') + b'\n'
        opcode = b'IILLFFpg'[dice.below(8):][:1]
        # PUT and GET need a stack.
        before = b'N' * (opcode in b'pg')
        yield before + opcode + line + b'.' * (dice.below(20) > 0)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    samples = list(values())
    dice = Random(SEED)
    blobs = [*FOUND, *truncated(samples), *mutated(samples, dice), *at_random(dice),
             *number_texts(dice)]
    # Short samples share many of their truncations.
    with open(sys.argv[1], 'w', encoding='ascii') as out:
        out.writelines(f'{blob.hex()}\n' for blob in dict.fromkeys(blobs))


if __name__ == '__main__':
    main()
