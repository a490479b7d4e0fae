# Whichever comes first, each class is made once.
class Base:
    registry = {}

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        Base.registry[cls.__name__] = cls


class Left(Base):
    def other(self):
        return Right()

    def me(self):
        return __class__


class Right(Base):
    def other(self):
        return Left()

    def base(self):
        return super().__init_subclass__


Left.partner = Right
Right.partner = Left
Base.default = Left()
Base.me = Base


class Meta(type):
    instances = []

    def __init__(cls, *args):
        super().__init__(*args)
        Meta.instances.append(cls)


class Thing(metaclass=Meta):
    pass


class Node:
    root: "Node"

    def __init__(self, parent=None):
        self.parent = parent


Node.root = Node()
Node.root.parent = Node.root
value = [Right, Left, Base, Thing, Meta, Node.root, Node]

# In another interpreter
Right, Left, Base, Thing, Meta, root, Node = loaded
assert Base.__subclasses__() == [Left, Right] or Base.__subclasses__() == [Right, Left]
assert Base.registry == {"Left": Left, "Right": Right}
assert Left.partner is Right and Right.partner is Left
assert type(Left().other()) is Right and type(Right().other()) is Left
assert Left().me() is Left and Right().base()() is None
assert type(Base.default) is Left and Base.me is Base
assert Meta.instances == [Thing] and type(Thing) is Meta
assert Node.root is root and root.parent is root and type(root) is Node
