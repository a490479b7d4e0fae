"""lifted.py MODULE: runs a module of CPython's tests on another interpreter,
and with it the tests which are marked as being about CPython only.

The files of the tests are not changed: they ask test.support whether a detail
of an implementation is to be tested, and here the answer is always yes.
"""

import sys
import unittest

from test import support

support.check_impl_detail = lambda **guards: True

unittest.main(module=None, argv=['unittest', '-v', sys.argv[1]])
