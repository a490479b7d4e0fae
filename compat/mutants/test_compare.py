"""Tests of compare.py: it must overlook nothing."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compare  # noqa: E402

RULE = '''
[[difference]]
ours = "Unpickling*"
theirs = "MemoryError"
cause = "size of bytes"
way = "BytesIO"
reason = "why"
'''
TRUNCATED = b'B\0\0\0\x7f.'


def record(end, text='', loaded=False, line=0, way='BytesIO'):
    return {'line': line, 'way': way, 'end': end, 'loaded': loaded, 'text': text}


def compared(ours, theirs, rules='', blob=TRUNCATED):
    differences = compare.Differences(rules)
    return compare.compare([blob], [ours], [theirs], differences)


class Compare(unittest.TestCase):
    def test_same(self):
        for text in ('there', 'here'):
            found = compared(record('ValueError', 'here'), record('ValueError', text))
            self.assertEqual((found['same'], found['unexplained']), (1, 0))
            self.assertEqual(found['same_text'], text == 'here')
        self.assertEqual(found['endings'], {'ValueError': {'ours': 1, 'theirs': 1}})

    def test_differing(self):
        pairs = [
            (record('ValueError'), record('KeyError')),
            (record('ValueError'), record('ValueError', loaded=True)),
            (record('int', '0x1', loaded=True), record('int', '0x2', loaded=True)),
            (record('int', '0x1', loaded=True), record('bool', '0x1', loaded=True)),
        ]
        for ours, theirs in pairs:
            found = compared(ours, theirs)
            self.assertEqual((found['same'], found['unexplained']), (0, 1))
        [group] = found['unexplained_groups']
        self.assertEqual((group['ours'], group['theirs'], group['pickle']),
                         ('loaded', 'loaded', TRUNCATED.hex()))

    def test_accepted(self):
        ours, theirs = record('UnpicklingError'), record('MemoryError')
        found = compared(ours, theirs, RULE)
        self.assertEqual((found['accepted'], found['unexplained'], found['unused']), (1, 0, []))
        self.assertEqual(found['accepted_groups'][0]['reason'], 'why')
        for ours, theirs, blob in [
            (record('EOFError'), theirs, TRUNCATED),
            (ours, record('KeyError'), TRUNCATED),
            (ours, theirs, b'B\1\0\0\0.'),
            (ours | {'way': 'peek'}, theirs | {'way': 'peek'}, TRUNCATED),
        ]:
            found = compared(ours, theirs, RULE, blob)
            self.assertEqual((found['unexplained'], len(found['unused'])), (1, 1))

    def test_bad_input(self):
        one = record('KeyError')
        with self.assertRaises(compare.BadInput):
            compared(one, record('KeyError', line=1))
        with self.assertRaises(compare.BadInput):
            compare.compare([b'', b''], [one], [one], compare.Differences(''))
        with self.assertRaises(compare.BadInput):
            compare.compare([b''], [one], [one, one], compare.Differences(''))
        for rules in ('[x]', RULE.replace('way', 'what'), RULE.replace('of bytes', 'of what'),
                      RULE.replace('"why"', '""')):
            with self.assertRaises(compare.BadInput):
                compare.Differences(rules)

    def test_causes(self):
        for blob, causes in [
            (b'Nr\0\0\0\1.', {'memo index'}),
            (b'Np16777216\n.', {'memo index'}),
            (b'Np16777215\n.', set()),
            (b'\x96' + b'\x7f' * 8, {'size of bytes'}),
            (b'X\0\0\0\x7fabc', {'size'}),
            (b'\x8b\0\0\0\x7fabc', {'size'}),
            (b'\x95\0\0\0\0\0\1\0\0.', {'size'}),
            (b'I\0\nccodecs\nr\n(p99999999\n.', {'memo index'}),
            (b'\x8c\3rrr\x8e\1\0\0\0\0\0\0\0r.\0\0\0\1', set()),
            (b'\x95\1\0\0\0\0\0\0\0.', set()),
        ]:
            self.assertEqual(compare.causes(blob), causes, blob)


if __name__ == '__main__':
    unittest.main()
