"""A plugin: counts words, and calls back whoever wants to know of new ones."""

from collections import Counter

seen = Counter()
listeners = []


def on_new(listener):
    listeners.append(listener)
    return listener


def handle(line):
    for word in line.split():
        if not seen[word]:
            for listener in listeners:
                listener(word)
        seen[word] += 1
    return sum(seen.values())
