# A hierarchy 1,000 deep, and 2,000 classes that know each other.
def method(self):
    return self.level


deepest = object
for level in range(1000):
    deepest = type(f"Level{level}", (deepest,), {"level": level, f"only{level}": True})
deepest.method = method


class Base:
    all = []

    def __init_subclass__(cls):
        Base.all.append(cls)


for number in range(2000):
    exec(f"class Class{number}(Base):\n"
         f"    number = {number}\n"
         f"    def get(self): return super().__init__, {number}, __class__")
for cls in Base.all:
    cls.next = Base.all[(cls.number + 1) % len(Base.all)]
value = [deepest, Base, Base.all[0]()]

# In another interpreter
deepest, Base, first = loaded
assert len(deepest.__mro__) == 1001 and deepest.only0 and deepest().method() == 999
assert [cls.level for cls in deepest.__mro__[:-1]] == list(range(999, -1, -1))
assert len(Base.all) == len(set(Base.all)) == 2000 == len(Base.__subclasses__())
cls = type(first)
for number in range(2000):
    assert cls.number == number and cls().get()[1:] == (number, cls) and cls.__name__ == f"Class{number}"
    cls = cls.next
assert cls is type(first)
