# Code that the dump runs may change what is being dumped.
import io
import pickle
import sys


class Evil:
    def __init__(self, act):
        self.act = act

    def __hash__(self):
        return 1

    def __reduce__(self):
        self.act()
        return int, ()


for protocol in range(6):
    # A list that shrinks, grows, is cleared.
    for changing, left in (
        ([Evil(lambda: changing.clear()), 1, 2], [0]),
        ([1, Evil(lambda: len(changing) < 5 and changing.append(3)), 2], [1, 0, 2, 3]),
    ):
        try:
            result = pickle.loads(pickle.dumps(changing, protocol))
        except RuntimeError as error:
            assert protocol > 0 and str(error) == "list changed size during iteration", error
        else:
            assert protocol == 0 and result == left, result

    # Dicts and sets that change size are an error.
    table = {1: Evil(lambda: table.clear()), 2: 2, 3: 3}
    try:
        pickle.dumps(table, protocol)
    except RuntimeError as error:
        assert str(error) == "dictionary changed size during iteration", error
    else:
        raise AssertionError(protocol)
    elements = set()
    elements |= {Evil(lambda: elements.clear()), 2, 3}
    try:
        pickle.dumps(elements, protocol)
    except RuntimeError as error:
        assert str(error) == "set changed size during iteration", error
        assert protocol >= 4
    else:
        assert protocol < 4

    # Items of another reduction that change their container.
    class Items(list):
        def __reduce_ex__(self, protocol):
            def items():
                for item in list(self):
                    self.clear()
                    yield item

            return Items, (), None, items()

    assert pickle.loads(pickle.dumps(Items([1, 2, 3]), protocol)) == [1, 2, 3]


# Persistent ids and overrides that change what they are asked about.
class Meddler(pickle.Pickler):
    def persistent_id(self, obj):
        if obj == 2:
            target.clear()


for target, kind in [([1, 2, 3], "list"), ({1: 2, 3: 4}, "dictionary"), ({1, 2, 3}, "set")]:
    try:
        Meddler(io.BytesIO(), 5).dump(target)
    except RuntimeError as error:
        assert str(error) == kind + " changed size during iteration", error
    else:
        raise AssertionError(kind)
    assert not target
