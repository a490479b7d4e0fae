# A dict of globals that is data as well is complete, whichever comes first.
# the order of dicts of globals changes


def first():
    return used


def second():
    return globals()


used = 'used'
not_used = 'not used'
late = [first, globals()]
early = {'__name__': 'early', 'a': 1, 'b': 2}
exec('def f(): return a', early)
early_pair = [early, early['f']]
other = {'__name__': 'other', 'a': 1, 'b': 2}
exec('def f(): return a', other)
other_pair = [other['f'], other]
sandbox = {'__builtins__': {'len': len}}
exec('def f(x): return len(x)\ndef g(): return print', sandbox)
empty = {}
exec('def f(): return 1', empty)
del empty['__builtins__']
saved = {
    'late': [first, late[1]['second'], early_pair, other_pair],
    'sandbox': (sandbox['f'], sandbox['g']),
    'empty': empty['f'],
}

# in another interpreter
first, second, (early, early_f), (other_f, other) = loaded['late']
assert first() == 'used' and second() is first.__globals__
assert 'not_used' not in second()
assert early['b'] == 2 and early_f.__globals__ is early and early['f'] is early_f
assert other['b'] == 2 and other_f.__globals__ is other and other['f'] is other_f
assert other['__name__'] == 'other' and other_f() == 1
f, g = loaded['sandbox']
assert f([1]) == 1 and f.__builtins__ is f.__globals__['__builtins__'] and list(f.__builtins__) == ['len']
try:
    g()
except NameError:
    pass
else:
    raise AssertionError
assert loaded['empty']() == 1
