"""Code objects and cells."""

# ==== code object
it = compile("a + b * 2", "<expression>", "eval")
# ----
def probe(it):
    return eval(it, {"a": 1, "b": 2}), it.co_filename, it.co_names, it.co_name

# ==== code object of a module
it = compile("import math\nclass C:\n    x = 1\nvalue = C.x + math.floor(2.5)", "made.py", "exec")
# ----
def probe(it):
    namespace = {"__name__": "made"}
    exec(it, namespace)
    return namespace["value"], it.co_filename

# ==== code object of a function
def f(a, b=1, *c, d, **e):
    x = a
    return lambda: (x, b, c, d, e)
it = f.__code__
# ----
def probe(it):
    names = (it.co_varnames, it.co_cellvars, it.co_freevars, it.co_argcount,
             it.co_kwonlyargcount, it.co_posonlyargcount)
    return names, it.co_flags & 0xF, it.co_qualname, it.co_firstlineno

# ==== code object with every kind of constant
it = compile("[1, 2.5, 3j, 'text', b'bytes', (1, (2, None)), ..., True, 10**30, -0.0, "
             "1 if 1 in {1, 2, 3} else 0]", "<constants>", "eval")
# ----
def probe(it):
    return eval(it)

# ==== code object with lines
def f():
    x = 1

    raise ValueError(x)
it = f.__code__
# ----
import traceback
import types
def probe(it):
    try:
        types.FunctionType(it, {"__builtins__": __builtins__})()
    except ValueError as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)]
        return lines[-1] - it.co_firstlineno

# ==== code object with replaced parts
def f():
    return 1
it = f.__code__.replace(co_name="other", co_filename="elsewhere.py", co_firstlineno=77)
# ----
def probe(it):
    return it.co_name, it.co_filename, it.co_firstlineno

# ==== code objects that are equal
def f(x):
    return x + 1
it = [f.__code__, f.__code__]
# ----
def probe(it):
    return it[0] == it[1], len({*it})
def identity(it):
    return it[0] is it[1]

# ==== cell
import types
it = types.CellType([1, 2])
# ----
def probe(it):
    return it.cell_contents

# ==== empty cell
import types
it = types.CellType()
# ----
from show import raised
def probe(it):
    return raised(lambda: it.cell_contents)

# ==== cell that holds itself
import types
it = types.CellType()
it.cell_contents = [it]
# ----
def probe(it):
    return type(it.cell_contents).__name__
def identity(it):
    return it.cell_contents[0] is it

# ==== cell that a closure uses
def outer():
    x = 1
    def inner():
        return x
    return inner
f = outer()
it = f, f.__closure__[0]
# ----
def probe(it):
    f, cell = it
    cell.cell_contents = 2
    return f()
def identity(it):
    return it[0].__closure__[0] is it[1]
