# Modules that their parents put under another name are imported under it.
import collections.abc
import os.path


class Mine(collections.abc.Sized):
    def __len__(self):
        return os.path.sep and 1


value = [collections.abc.Sequence, Mine, collections.abc.Sized, os.path.join, os.path]

# In another interpreter
import collections.abc
import os.path

assert loaded[0] is collections.abc.Sequence
assert loaded[1].__bases__ == (collections.abc.Sized,) and len(loaded[1]()) == 1
assert loaded[2:] == [collections.abc.Sized, os.path.join, os.path]
