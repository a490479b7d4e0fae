"""A plugin that builds on another one."""

import host
import words

by_letter = {}


@words.on_new
def remember(word):
    by_letter.setdefault(word[0], []).append(word)
    host.log(f"new: {word}")


def handle(line):
    return sorted(by_letter)
