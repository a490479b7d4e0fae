# Hooks have run when the class was made, and do not run again.
log = []


class Meta(type):
    @classmethod
    def __prepare__(meta, name, bases, **keywords):
        log.append(("__prepare__", name))
        return {"prepared": True}

    def __new__(meta, name, bases, namespace, **keywords):
        log.append(("__new__", name))
        return super().__new__(meta, name, bases, namespace, **keywords)

    def __init__(cls, name, bases, namespace, **keywords):
        log.append(("__init__", name))
        super().__init__(name, bases, namespace)

    def __call__(cls, *args, **keywords):
        log.append(("__call__", cls.__name__))
        return super().__call__(*args, **keywords)

    def __setattr__(cls, name, value):
        log.append(("__setattr__", name))
        super().__setattr__(name, value)

    @property
    def guarded(cls):
        return "from the metaclass"

    @guarded.setter
    def guarded(cls, value):
        raise AttributeError("read only")

    @property
    def __len__(cls):
        return vars(cls)["__len__"]


class Field:
    def __set_name__(self, owner, name):
        log.append(("__set_name__", name))
        self.name = name
        self.owner = owner

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__.get(self.name, "unset")

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value


class Base(metaclass=Meta):
    registry = []
    field = Field()

    def __init_subclass__(cls, flavour=None, **keywords):
        log.append(("__init_subclass__", cls.__name__))
        super().__init_subclass__(**keywords)
        cls.flavour = flavour
        Base.registry.append(cls)


class Picky(Base, flavour="sour"):
    other = Field()
    guarded_by_meta = 1

    def __init_subclass__(cls, **keywords):
        raise TypeError("no subclasses")

    def __len__(self):
        return 7


type.__setattr__(Base, "plain", 1)
before = list(log)


# As if somebody had got past it.
class Loophole(Base):
    pass


Loophole.__bases__ = (Picky,)
instance = Picky()
instance.other = 5
del log[:]
value = [Base, Picky, Loophole, instance, log, Meta]

# In another interpreter
Base, Picky, Loophole, instance, log, Meta = loaded
# Pickling an instance leaves a list of slots with its class.
log[:] = [entry for entry in log if entry[1] != "__slotnames__"]
assert log == [], log
assert type(Base) is type(Picky) is type(Loophole) is Meta
assert Base.registry == [Picky, Loophole]
assert Picky.flavour == "sour" and Picky.prepared
assert Base.__subclasses__() == [Picky] and Picky.__subclasses__() == [Loophole]
assert Picky.__mro__ == (Picky, Base, object)
field = vars(Base)["field"]
assert field.name == "field" and field.owner is Base
assert type(instance) is Picky and instance.other == 5 and instance.field == "unset"
assert Base.plain == 1
assert Picky.guarded == "from the metaclass"
assert vars(Picky)["__len__"](instance) == 7 and len(instance) == 7
assert log == []
try:
    class More(Loophole):
        pass
except TypeError as error:
    assert str(error) == "no subclasses"
else:
    raise AssertionError("a subclass")
assert [hook for hook, _ in log] == ["__prepare__", "__new__"], log
Picky()
Base.new = 1
assert log[2:] == [("__call__", "Picky"), ("__setattr__", "new")], log
# Those who look for what super() finds find no traces.
import gc
gc.collect()
assert not any("<" in name for name in dir(Picky))
