"""Prints the modules that each file's pickles name, by pickletools.

usage: globals.py FOLDER

A line for each file: its name, and the modules, all separated by tabs.
"""

import bz2
import gzip
import lzma
import pathlib
import pickletools
import sys
import zipfile


def pickles(file):
    if zipfile.is_zipfile(file):
        archive = zipfile.ZipFile(file)
        return [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
    content = file.read_bytes()
    for module, suffix in [(gzip, ".gz"), (bz2, ".bz2"), (lzma, ".xz")]:
        if file.suffix == suffix:
            content = module.decompress(content)
    # What is behind an array's header is looked at by hand.
    return [] if file.suffix in {".npy", ".npz", ".joblib"} else [content]


def modules(content):
    texts, rest, memo = [], content, {}
    while rest:
        for opcode, argument, position in pickletools.genops(rest):
            if opcode.name in {"GLOBAL", "INST"}:
                yield argument.split(" ")[0]
            elif opcode.name == "STACK_GLOBAL":
                yield texts[-2]
            elif opcode.name == "MEMOIZE":
                memo[len(memo)] = texts[-1] if texts else None
            elif "PUT" in opcode.name:
                memo[argument] = texts[-1] if texts else None
            elif "GET" in opcode.name:
                texts.append(memo.get(argument))
            elif opcode.name.startswith("EXT") or opcode.name == "BINPERSID":
                yield opcode.name
            elif isinstance(argument, str):
                texts.append(argument)
        rest = rest[position + 1 :]


for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    names = {str(name) for content in pickles(file) for name in modules(content)}
    print(file.name, *sorted(names), sep="\t")
