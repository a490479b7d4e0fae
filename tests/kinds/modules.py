"""Modules."""

# ==== module of the standard library
import math
it = math
# ----
import math
def probe(it):
    return it.floor(2.5)
def identity(it):
    return it is math

# ==== module in a package of the standard library
import email.mime.text
it = email.mime.text
# ----
def probe(it):
    return it.MIMEText("x").get_content_type()
def identity(it):
    import sys
    return it is sys.modules["email.mime.text"]

# ==== module made at run time
import types
it = types.ModuleType("made_here", "About it.")
it.x = 1
it.items = [1, 2]
# ----
def probe(it):
    return type(it).__name__, it.__name__, it.__doc__, it.x, it.items

# ==== module made at run time and entered in `sys.modules`
import sys
import types
it = types.ModuleType("made_and_entered")
sys.modules["made_and_entered"] = it
exec("n = 0\ndef up():\n    global n\n    n += 1\n    return n", vars(it))
# ----
def probe(it):
    return it.up(), it.up(), it.n, it.up.__module__
def identity(it):
    return it.up.__globals__ is vars(it)

# ==== function of a module made at run time
import sys
import types
module = types.ModuleType("made_for_function")
sys.modules[module.__name__] = module
exec("x = 5\ndef f():\n    return x + g()\ndef g():\n    return 1", vars(module))
it = module.f
# ----
def probe(it):
    return it(), it.__module__

# ==== class of a module made at run time
import sys
import types
module = types.ModuleType("made_for_class")
sys.modules[module.__name__] = module
exec("class Thing:\n    unit = 3\n    def f(self):\n        return self.unit * helper()\n"
     "def helper():\n    return 2", vars(module))
it = module.Thing()
# ----
def probe(it):
    return it.f(), type(it).__module__, type(it).__qualname__

# ==== module made at run time, its function and its class
import types
module = types.ModuleType("made_whole")
exec("class Thing:\n    pass\ndef make():\n    return Thing()", vars(module))
it = module, module.make, module.Thing
# ----
def probe(it):
    module, make, thing = it
    return type(make()).__name__, isinstance(make(), thing)
def identity(it):
    module, make, thing = it
    return module.make is make and module.Thing is thing and make.__globals__ is vars(module)

# ==== modules made at run time that name each other
import types
a, b = types.ModuleType("made_a"), types.ModuleType("made_b")
a.b, b.a = b, a
it = a
# ----
def probe(it):
    return it.b.a.__name__
def identity(it):
    return it.b.a is it

# ==== package made at run time
import sys
import types
it = types.ModuleType("made_package")
it.__path__ = []
it.inner = types.ModuleType("made_package.inner")
it.inner.x = 1
sys.modules["made_package"], sys.modules["made_package.inner"] = it, it.inner
# ----
def probe(it):
    return it.inner.x, it.inner.__name__, it.__path__

# ==== module of a class of its own
import types
class Lazy(types.ModuleType):
    def __getattr__(self, name):
        return f"lazy {name}"
it = Lazy("lazy")
it.real = 1
# ----
def probe(it):
    return it.real, it.other, type(it).__name__

# ==== module with `__getattr__`
import types
it = types.ModuleType("made_with_getattr")
exec("def __getattr__(name):\n    return name * 2", vars(it))
# ----
def probe(it):
    return it.ab

# ==== module that a function names as a global
import types
tools = types.ModuleType("made_tools")
exec("def twice(x):\n    return 2 * x", vars(tools))
def f(x):
    return tools.twice(x)
it = f, tools
# ----
def probe(it):
    return it[0](4)
def identity(it):
    return it[0].__globals__["tools"] is it[1]

# ==== class of a module that is registered for by-value
import pathlib
import sys
import picklers
pathlib.Path("registered_module.py").write_text(
    "unit = 4\nclass Thing:\n    def f(self):\n        return helper() * unit\n"
    "def helper():\n    return 10\n")
sys.path.insert(0, ".")
import registered_module
sys.path.remove(".")
picklers.register_by_value(registered_module)
it = registered_module.Thing(), registered_module.helper
# ----
def probe(it):
    thing, helper = it
    return thing.f(), helper(), helper.__module__

# ==== dict of a module that is imported by name
import colorsys
it = vars(colorsys)
# ----
import colorsys
def probe(it):
    return it["rgb_to_hsv"](1, 0, 0)
def identity(it):
    return it is vars(colorsys)
