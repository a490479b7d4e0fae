"""Makes sure that compare.py sees what is wrong; run before it is relied on."""

import contextlib
import io
import json
import os
import pickle
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compare  # noqa: E402
from records import bytes_record, error_record  # noqa: E402

GOOD = pickle.dumps(['value', 0.0], 4)
OTHER = pickle.dumps(['value', -0.0], 4)

LIST = '''
[[difference]]
cases = ["one"]
protocols = ["4"]
where = "dumps"
reason = "a test"
'''


def entry(record, compare_bytes=True):
    return {'kind': 'kind', 'bytes': compare_bytes, 'protocols': {'4': record}}


def two(record, compare_bytes=True):
    return {'one': entry(record, compare_bytes), 'two': entry(bytes_record(GOOD))}


ALL_WELL = {'one': {'4': 'ok'}, 'two': {'4': 'ok'}}


class CompareTests(unittest.TestCase):

    def compare(self, ours, theirs=None, by_ours=ALL_WELL, by_theirs=ALL_WELL, accepted=''):
        """The exit code and the summary."""
        if theirs is None:
            theirs = two(bytes_record(GOOD))
        with tempfile.TemporaryDirectory() as folder:
            def write(name, content):
                path = os.path.join(folder, name)
                with open(path, 'w', encoding='ascii') as f:
                    f.write(content)
                return path

            def dumped(name, cases):
                return write(name, json.dumps(
                    {'implementation': 'python', 'version': '3.14', 'cases': cases}))

            files = [dumped('ours', ours), dumped('theirs', theirs),
                     write('by-ours', json.dumps(by_ours)),
                     write('by-theirs', json.dumps(by_theirs)),
                     write('differences', accepted)]
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = compare.main(files)
        return code, json.loads(out.getvalue())

    def assertUnexplained(self, result, where, case='one'):
        code, summary = result
        self.assertEqual(code, 1)
        found = [(entry['where'], entry['case']) for entry in summary['unexplained']]
        self.assertEqual(found, [(where, case)])
        self.assertEqual(summary['differing_cases'], [case])

    def test_identical(self):
        code, summary = self.compare(two(bytes_record(GOOD)))
        self.assertEqual(code, 0)
        self.assertEqual(summary['dumps']['identical'], 2)
        self.assertEqual(summary['differing_cases'], [])

    def test_one_wrong_byte(self):
        for position in range(len(GOOD)):
            wrong = bytearray(GOOD)
            wrong[position] ^= 1
            with self.subTest(position=position):
                result = self.compare(two(bytes_record(bytes(wrong))))
                self.assertUnexplained(result, 'dumps')
                found = result[1]['unexplained'][0]['found']
                self.assertEqual(found['offset'], position)

    def test_what_changed_is_shown(self):
        _, summary = self.compare(two(bytes_record(OTHER)))
        opcode = summary['unexplained'][0]['found']['opcode']
        self.assertIn('BINFLOAT -0.0', opcode['ours'])
        self.assertIn('BINFLOAT 0.0', opcode['theirs'])

    def test_values_that_are_not_compared_by_bytes(self):
        code, summary = self.compare(two(bytes_record(OTHER), False),
                                     two(bytes_record(GOOD), False))
        self.assertEqual(code, 0)
        self.assertEqual(summary['dumps']['by_value_only'], 1)

    def test_errors(self):
        refused = error_record(TypeError('no'))
        once = {'two': {'4': 'ok'}}
        self.assertUnexplained(self.compare(two(refused), by_theirs=once), 'dumps')
        other = two(error_record(TypeError('never')))
        self.assertUnexplained(
            self.compare(two(refused), other, by_ours=once, by_theirs=once), 'dumps')
        code, summary = self.compare(
            two(refused), two(refused), by_ours=once, by_theirs=once)
        self.assertEqual(code, 0)
        self.assertEqual(summary['dumps']['both_refuse'], 1)

    def test_a_case_that_is_not_there_or_not_built(self):
        ours = two(bytes_record(GOOD))
        del ours['one']
        self.assertUnexplained(self.compare(ours), 'build')
        ours['one'] = {'kind': 'kind', 'bytes': True, 'protocols': {},
                       'build_error': 'NameError: x'}
        self.assertUnexplained(self.compare(ours), 'build')

    def test_loading(self):
        good = two(bytes_record(GOOD))
        bad = {**ALL_WELL, 'one': {'4': 'loads: other'}}
        self.assertUnexplained(self.compare(good, by_ours=bad), 'theirs-by-ours')
        self.assertUnexplained(self.compare(good, by_theirs=bad), 'ours-by-theirs')
        self.assertUnexplained(
            self.compare(good, by_theirs={'two': {'4': 'ok'}}), 'ours-by-theirs')

    def test_the_list(self):
        code, summary = self.compare(two(bytes_record(OTHER)), accepted=LIST)
        self.assertEqual(code, 0)
        self.assertEqual(summary['accepted'][0]['reason'], 'a test')
        self.assertEqual(summary['differing_cases'], ['one'])
        code, summary = self.compare(two(bytes_record(GOOD)), accepted=LIST)
        self.assertEqual(code, 1)
        self.assertEqual(len(summary['unused']), 2)
        for bad in (LIST.replace('a test', ' '), LIST.replace('dumps', 'anywhere'),
                    LIST.replace('protocols = ["4"]', ''), LIST + 'more = 1'):
            with self.assertRaises(compare.BadInput):
                self.compare(two(bytes_record(OTHER)), accepted=bad)


if __name__ == '__main__':
    unittest.main()
