# INST looks for its MARK before it looks up the class.
import io
import pickle


class Watcher(pickle.Unpickler):
    asked = []

    def find_class(self, module, name):
        self.asked.append((module, name))
        return super().find_class(module, name)


try:
    Watcher(io.BytesIO(b"ios\nsystem\n.")).load()
except pickle.UnpicklingError as error:
    assert str(error) == "could not find MARK"
else:
    raise AssertionError
assert Watcher.asked == []
