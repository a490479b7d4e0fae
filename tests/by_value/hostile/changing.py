# Code that runs while functions are dumped may change them, or raise.
import pickle
import sys
import types

import rustpython_pickle


class Meddler:
    def __init__(self, meddle):
        self.meddle = meddle

    def __reduce__(self):
        self.meddle()
        return int, ()


def victim():
    return meddler, other


def meddle():
    for i in range(1000):
        globals()[f'new{i}'] = i
    victim.extra = victim
    victim.__code__ = meddle_later.__code__
    victim.__dict__.clear()
    victim.__defaults__ = (1,) * 100
    del globals()['other']


def meddle_later():
    return 'changed'


meddler, other = Meddler(meddle), [1]
loaded = pickle.loads(rustpython_pickle.dumps(victim))
assert loaded() == (0, [1])
assert victim() == 'changed'


def raising():
    raise KeyError('from __reduce__')


def holder():
    return bad


bad = {'path': [Meddler(raising)]}
try:
    rustpython_pickle.dumps({'f': holder})
except KeyError as error:
    assert 'when serializing function state' in error.__notes__, error.__notes__
else:
    raise AssertionError
# Afterwards as before.
bad = 5
assert pickle.loads(rustpython_pickle.dumps(holder))() == 5

# A pickler that is used from its own dump.
class Reentrant(rustpython_pickle.Pickler):
    pass


import io

buffer = io.BytesIO()
pickler = Reentrant(buffer)
tried = []


def again():
    try:
        pickler.dump(1)
    except RuntimeError as error:
        tried.append(str(error))
    tried.append(rustpython_pickle.dumps(raising))


bad = Meddler(again)
pickler.dump(holder)
assert tried[0] == 'Pickler object is already used' and pickle.loads(tried[-1]).__name__ == 'raising'

# Modules that raise when they are asked for anything.
class Angry(types.ModuleType):
    def __getattr__(self, name):
        raise ZeroDivisionError(name)


angry = Angry('angry')
exec('def f(): return 1', vars(angry))
function = vars(angry).pop('f')
sys.modules['angry'] = angry
sys.modules['no module'] = object()
sys.modules['nothing'] = None
assert pickle.loads(rustpython_pickle.dumps(function))() == 1
for module in ['no module', 'nothing', 'not there', '', '..', 'json.', 5, None, b'json', ['json']]:
    def where():
        return 2
    where.__module__ = module
    where.__qualname__ = 'dumps'
    loaded = pickle.loads(rustpython_pickle.dumps(where))
    assert loaded() == 2 and loaded.__module__ == module and loaded.__qualname__ == 'dumps', module


class Stop(BaseException):
    pass


def stop(self, name):
    raise Stop


Angry.__getattr__ = stop
try:
    rustpython_pickle.dumps(function)
except Stop:
    pass

# Globals that are not as they are expected.
strange = {'__name__': ['x'], '__file__': 5, '__package__': object, '__spec__': 1}
exec('def f(): return __name__, __file__', strange)
loaded = pickle.loads(rustpython_pickle.dumps(strange['f']))
assert loaded() == (['x'], 5) and loaded.__module__ == ['x']
