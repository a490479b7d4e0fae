# super() and __class__ find the new class through the methods' cell.
class Base:
    def __init__(self, x):
        self.x = x

    def describe(self):
        return f"Base {self.x}"

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def double(x):
        return 2 * x

    @property
    def size(self):
        """How large it is."""
        return self._size

    @size.setter
    def size(self, value):
        self._size = value

    def __private(self):
        return "base's"

    def call_private(self):
        return self.__private()


class Child(Base):
    def describe(self):
        return "Child of " + super().describe()

    @classmethod
    def make(cls, x):
        made = super().make(x + 1)
        made.origin = __class__
        return made

    @property
    def size(self):
        return super().size * 10

    def __private(self):
        return "child's"

    def closure(self):
        def inner():
            return super(Child, self).describe(), __class__

        return inner


def patched(self):
    return "patched"


Base.patched = patched
instance = Child(5)
value = [instance, Base, Child, instance.describe, Child.make, Child.double, vars(Base)["size"]]

# In another interpreter
instance, Base, Child, describe, make, double, size = loaded
assert type(instance) is Child and isinstance(instance, Base)
assert instance.describe() == "Child of Base 5" == describe()
assert describe.__self__ is instance and describe.__func__ is Child.describe
made = Child.make(1)
assert made.x == 2 and made.origin is Child and type(made) is Child
assert make.__self__ is Child and make(1).x == 2
assert double(4) == 8 == Base.double(4) == Base(1).double(4)
base = Base(3)
base.size = 4
assert base.size == 4 and Base.size is size and size.__doc__ == "How large it is."
assert size.__name__ == "size" and vars(Base)["size"].fget.__qualname__ == "Base.size"
instance._size = 4
assert instance.size == 40
assert instance.call_private() == "base's"
assert instance.closure()()[1] is Child and instance.closure()()[0] == "Base 5"
assert instance.patched() == "patched" and Base.patched.__qualname__ == "patched"
assert type(vars(Base)["make"]) is classmethod and type(vars(Base)["double"]) is staticmethod
assert describe.__func__.__globals__ is Base.patched.__globals__
