# Modules by name, and by value if they were made at run time.
# the order of dicts of globals changes
import json
import math
import sys
import types
import xml.dom

made = types.ModuleType('made', 'its doc')
exec('''
import math
value = [1]
def read(): return value
def grow(): value.append(len(value)); return me
def unused(): return root
root = math.sqrt
''', made.__dict__)
made.me = made

loaded_by_hand = types.ModuleType('by_hand')
exec('def f(): return x\nx = 3', loaded_by_hand.__dict__)
sys.modules['by_hand'] = loaded_by_hand

# A module that takes the place of one that could be imported.
fake = types.ModuleType('textwrap')
fake.dedent = lambda text: 'faked'
sys.modules['textwrap'] = fake


class Trap(types.ModuleType):
    pass


trap = types.ModuleType('trap')
exec('''
def __getattr__(name):
    raise ValueError('trapped')
def f(): return 'f'
''', trap.__dict__)
trapped = trap.f
del trap.f
sys.modules['trap'] = trap



class Lazy(types.ModuleType):
    def __getattr__(self, name):
        return 'lazy ' + name


lazy = Lazy('lazy')
lazy.real = lazy


class Reduced(types.ModuleType):
    def __reduce__(self):
        return str, ('reduced',)


saved = {
    'lazy': [lazy, Reduced('r')],
    'json': json,
    'sub': xml.dom,
    'builtins': __builtins__,
    'made': made,
    'read': made.read,
    'by_hand': loaded_by_hand.f,
    'fake': fake,
    'first': [made.grow],
    'trapped': trapped,
    'dicts': [vars(math), made.__dict__, json.dumps.__globals__],
}

# in another interpreter
import json
import math
import sys

lazy, reduced = loaded['lazy']
assert lazy.real is lazy and lazy.other == 'lazy other' and type(lazy).__name__ == 'Lazy'
assert isinstance(lazy, type(sys)) and reduced == 'reduced'
assert loaded['json'] is json and loaded['sub'].__name__ == 'xml.dom'
assert loaded['builtins'] is sys.modules['builtins']
made = loaded['made']
assert type(made) is type(sys) and made.__name__ == 'made' and made.__doc__ == 'its doc'
assert 'made' not in sys.modules and made.me is made and made.root is math.sqrt
assert made.read is loaded['read'] and made.read.__globals__ is made.__dict__
assert made.grow() is made and made.read() == [1, 1] and made.value is made.read()
assert made.unused() is math.sqrt
assert loaded['by_hand']() == 3 and 'by_hand' not in sys.modules
assert loaded['by_hand'].__module__ == 'by_hand'
assert loaded['fake'].dedent('') == 'faked'
import textwrap
assert textwrap is not loaded['fake']
assert loaded['first'][0] is made.grow
assert loaded['trapped']() == 'f'
assert loaded['dicts'][0] is vars(math) and loaded['dicts'][1] is made.__dict__
assert loaded['dicts'][2] is vars(json)
