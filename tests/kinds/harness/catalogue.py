"""Reads the catalogue: the files beside this folder.

A file holds cases of one family:

    # ==== the kind
    # reason: why this can't work, if so
    ... statements of __main__ that bind `it` ...
    # ----
    def probe(it): ...      # returns plain values that tell how `it` behaves
    def identity(it): ...   # optional: whether what was shared still is

What follows `# ----` is not part of `__main__`: the process that loads has it, and has nothing
of what comes before.
"""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent
HEAD = "# ==== "
REASON = "# reason: "
SPLIT = "# ----"


class Case:
    """An object kind: how to make one, and what it shows."""

    def __init__(self, file, kind, line):
        self.file = file
        self.kind = kind
        self.reason = None
        # Empty lines in front keep the numbers of the lines.
        self.build = "\n" * line
        self.shows = None

    @property
    def family(self):
        return self.file.stem

    @property
    def title(self):
        return f"{self.family}: {self.kind}"

    def run_build(self, namespace):
        """Runs the statements, and returns what they bind to `it`."""
        exec(compile(self.build, str(self.file), "exec"), namespace)
        return namespace["it"]

    def show(self, it):
        """What the object shows, as text, and whether sharing is kept; None if nothing is shared."""
        namespace = {"__name__": "shows"}
        exec(compile(self.shows, str(self.file), "exec"), namespace)
        identity = namespace.get("identity")
        # Sharing first: probes use things up.
        kept = None if identity is None else bool(identity(it))
        return repr(namespace["probe"](it)), kept


def cases():
    """All cases, in the order of the files' names."""
    found = []
    for file in sorted(FOLDER.glob("*.py")):
        found.extend(of_file(file))
    titles = [case.title for case in found]
    twice = {title for title in titles if titles.count(title) > 1}
    if twice:
        raise ValueError(f"kinds with one name: {sorted(twice)}")
    return found


def of_file(file):
    case, found = None, []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(keepends=True)):
        text = line.rstrip("\n")
        if text.startswith(HEAD):
            case = Case(file, text.removeprefix(HEAD), number + 1)
            found.append(case)
        elif case is None:
            # What a file says of itself.
            continue
        elif text == SPLIT:
            case.shows = "\n" * (number + 1)
        elif case.shows is not None:
            case.shows += line
        else:
            if text.startswith(REASON):
                case.reason = text.removeprefix(REASON)
            case.build += line
    for case in found:
        if case.shows is None:
            raise ValueError(f"{case.title} shows nothing")
    return found


def find(title):
    for case in cases():
        if case.title == title:
            return case
    raise KeyError(title)
