"""What happened, in a file that stays open, and in memory."""

import contextvars
import functools
import logging
import string
import threading
import weakref

import market
import world

turn = contextvars.ContextVar("turn", default=0)
log = logging.getLogger("chronicle")
line = string.Template("$turn: $text")
pens = threading.RLock()
authors = weakref.WeakValueDictionary()


class Chronicle:
    """Writes to a file; knows its writer only as long as somebody else does."""

    def __init__(self, path):
        self.file = open(path, "w+", encoding="utf-8")
        self.count = 0
        self.filters = [str.strip, lambda text: text.replace("  ", " "), self.number]

    def number(self, text):
        self.count += 1
        return f"{self.count}. {text}"

    def write(self, text):
        with pens:
            for change in self.filters:
                text = change(text)
            self.file.write(line.substitute(turn=turn.get(), text=text) + "\n")
            log.debug("%s", text)

    def tail(self, count):
        """Reads from the file, and goes on where it was."""
        here = self.file.tell()
        self.file.seek(0)
        lines = self.file.read().splitlines()
        self.file.seek(here)
        return lines[-count:]


def author(name):
    class Author:
        def __init__(self):
            self.name = name
            self.chapters = []

        def write(self, book, text):
            self.chapters.append(len(text))
            book.write(f"{self.name} writes: {text}")
            return self

    made = Author()
    authors[name] = made
    return made


def watch(book):
    """Registers listeners that share the book and how often they were called."""
    calls = {"arrival": 0, "motto": 0}

    @world.on("arrival")
    def arrival(ship, town, far):
        calls["arrival"] += 1
        book.write(f"{ship.name}  reaches {town.name} after {far}")

    @world.on("motto")
    def motto(ship):
        calls["motto"] += 1
        book.write(f"{ship!r} has a motto")

    return calls


def summary(book, calls):
    return {
        "lines": book.count,
        "calls": dict(calls),
        "asked": dict(market.asked),
        "authors": sorted(authors),
    }


first_words = functools.partial(str.split, sep=" ", maxsplit=2)
