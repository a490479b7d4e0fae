# Names, bases and plain attributes.
class Base:
    """A base."""

    kind = "base"
    numbers = [1, 2, 3]


class Outer:
    class Inner(Base):
        level = 2


def make():
    class Local(Outer.Inner, int):
        pass

    return Local


Local = make()
Base.added = Outer
value = [Local, Base, Outer, Local(5), Outer.Inner]

# In another interpreter
Local, Base, Outer, five, Inner = loaded
assert [c.__name__ for c in loaded[:3]] == ["Local", "Base", "Outer"]
assert Local.__qualname__ == "make.<locals>.Local"
assert Inner is Outer.Inner is Local.__bases__[0] and Inner.__qualname__ == "Outer.Inner"
assert Local.__mro__ == (Local, Inner, Base, int, object)
assert Base.__bases__ == (object,)
assert Local.__module__ == "__main__" and repr(Base) == "<class '__main__.Base'>"
assert five + 1 == 6 and type(five) is Local and five.kind == "base" and five.level == 2
assert Base.added is Outer
assert Base.__doc__ == "A base." and Outer.__doc__ is None
assert list(vars(Base)) == [
    "__module__", "__firstlineno__", "__doc__", "kind", "numbers", "__static_attributes__",
    "__dict__", "__weakref__", "added",
], list(vars(Base))
assert Base.__subclasses__() == [Inner] and Inner.__subclasses__() == [Local]
five.anything = 1
assert vars(five) == {"anything": 1}
five.numbers.append(4)
assert Base.numbers == [1, 2, 3, 4]
