# A metaclass that orders the bases itself is not asked again.
asked = []


class Reversed(type):
    def mro(cls):
        asked.append(cls.__name__)
        order = super().mro()
        return [cls] + order[1:-1][::-1] + [object]


class A(metaclass=Reversed):
    def who(self):
        return "A"


class B(A):
    def who(self):
        return "B"

    def __len__(self):
        return 2

    def __init_subclass__(cls):
        raise TypeError("no subclasses")


C = type.__new__(type(A), "C", (A,), {})
C.__bases__ = (B,)
del asked[:]


class Deep(type):
    def mro(cls):
        asked.append(cls)
        return type.mro(cls)


class MetaOfMeta(Deep):
    pass


class Meta(type, metaclass=MetaOfMeta):
    def mro(cls):
        asked.append(cls)
        return type.mro(cls)


class D(metaclass=Meta):
    def __iter__(self):
        return iter("D")


del asked[:]
value = [asked, A, B, C, C(), Meta, D]

# In another interpreter
asked, A, B, C, instance, Meta, D = loaded
assert asked == [], asked
assert C.__mro__ == (C, A, B, object), C.__mro__
assert C.__bases__ == (B,) and instance.who() == "A" and len(instance) == 2
assert type(C) is type(A) and type(A).__name__ == "Reversed"
assert type.__subclasses__(type(A)) == []
assert type.__subclasses__(Meta) == []
assert type(D) is Meta and list(D()) == ["D"]
assert type(Meta).__name__ == "MetaOfMeta"
A.__bases__ = (object,)
assert asked == ["A", "B", "C"], asked
