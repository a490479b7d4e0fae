"""Where Python meets the host: the modules that it gives, and where output goes."""

import io
import sys
from _frozen_importlib import ModuleSpec


class HostLoader:
    """Loads one module that the host gives."""

    def __init__(self, name, source, package, fill, register, compile):
        self.name = name
        self.source = source
        self._package = package
        self._fill = fill
        self._register = register
        self._compile = compile

    def __repr__(self):
        return f"<host loader of {self.name!r}>"

    @property
    def filename(self):
        """The name that tracebacks have for the source."""
        return f"<host {self.name}>"

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        if self.source is None:
            self._fill(self.name, module.__dict__)
        else:
            self._register(self.filename, self.source)
            exec(self.get_code(self.name), module.__dict__)

    def get_code(self, fullname):
        if self.source is None:
            return None
        return self._compile(self.source, self.filename)

    def get_source(self, fullname):
        return self.source

    def is_package(self, fullname):
        return self._package


class HostFinder:
    """Finds the modules that the host gives, and the packages that they are in."""

    def __init__(self, names, find, fill, register, compile):
        self._names = names
        self._packages = {
            name[:at] for name in names for at in range(len(name)) if name[at] == "."
        }
        self._find = find
        self._fill = fill
        self._register = register
        self._compile = compile

    def __repr__(self):
        return "<host finder>"

    def find_spec(self, fullname, path=None, target=None):
        if fullname in self._names:
            source = self._find(fullname)
        elif fullname in self._packages:
            source = ""
        else:
            return None
        package = fullname in self._packages
        loader = HostLoader(
            fullname, source, package, self._fill, self._register, self._compile
        )
        return ModuleSpec(fullname, loader, origin=loader.filename, is_package=package)

    def invalidate_caches(self):
        pass


class HostOutput(io.RawIOBase):
    """A file that the host reads as it is written."""

    def __init__(self, name, write, flush):
        self.name = name
        self.mode = "wb"
        self._write = write
        self._flush = flush

    def writable(self):
        return True

    def write(self, data):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self._write(data)

    def flush(self):
        if not self.closed:
            self._flush()


def install_modules(names, find, fill, register, compile):
    """Let the host's modules be imported, before all others."""
    sys.meta_path.insert(0, HostFinder(frozenset(names), find, fill, register, compile))


def install_output(name, write, flush):
    """Send sys.stdout or sys.stderr to the host, without waiting for a line to end."""
    file = io.TextIOWrapper(
        HostOutput(f"<{name}>", write, flush),
        encoding="utf-8",
        errors="backslashreplace",
        newline="\n",
        write_through=True,
    )
    file.mode = "w"
    setattr(sys, name, file)
    setattr(sys, f"__{name}__", file)
