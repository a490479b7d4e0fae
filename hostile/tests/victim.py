"""Loads one attack, as an application would, and tells what came of it.

usage: victim.py REPORT FILE LOAD EXPRESSION MARKER VICTIM

REPORT gets a line: `loaded True`, `loaded False` (the value of EXPRESSION), or `raised NAME`.
Whatever is needed after the load is fetched before it: the attack may have replaced it.
"""

import os
import pickle
import sys


def resolve(name):
    module, _, attribute = name.partition(":")
    __import__(module)
    return getattr(sys.modules[module], attribute)


class Persistent(pickle.Unpickler):
    """What some applications do with ids: they look names up, and call them."""

    def persistent_load(self, pid):
        if isinstance(pid, str):
            return resolve(pid)()
        target, *args = pid
        if isinstance(target, str):
            target = resolve(target)
        return target if args == [False] else target(*args)


def member(file, name):
    """A file with a zip archive's member: no checksum is looked at, and no flag."""
    import io
    import zipfile
    import zlib

    outer, inside, inner = name.partition(".zip/")
    if inside:
        return member(member(file, outer + ".zip"), inner)
    file = io.BytesIO(file.read())
    info = [info for info in zipfile.ZipFile(file).infolist() if info.filename == name][-1]
    file.seek(info.header_offset + 26)
    lengths = file.read(4)
    file.seek(lengths[0] + 256 * lengths[1] + lengths[2] + 256 * lengths[3], 1)
    data = file.read(info.compress_size)
    if info.compress_type == 8:
        data = zlib.decompressobj(-15).decompress(data)
    return io.BytesIO(data)


def after_header(file):
    """The same file, behind the header of an `.npy` file."""
    file.seek(8)
    length = file.read(2)
    file.seek(length[0] + 256 * length[1], 1)
    return file


def unpacked(file, how):
    import io

    if how == "gzip+zip":
        return member(unpacked(file, "gzip"), "model.pkl")
    if how == "tar":
        import tarfile

        archive = tarfile.open(fileobj=file)
        return archive.extractfile(archive.next())
    if how == "zlib":
        import zlib

        return io.BytesIO(zlib.decompress(file.read()))
    __import__(how)
    file = sys.modules[how].open(file, "rb")
    if file.peek(2)[:2] == b"\x1f\x8b":
        return unpacked(file, how)
    return file


def load(file, how):
    kind, _, name = how.partition(" ")
    if kind == "each":
        loaded = []
        while file.peek(1):
            loaded.append(pickle.load(file))
        return loaded
    if kind == "persistent":
        return Persistent(file).load()
    if kind == "zip":
        file = member(file, name)
        return pickle.load(after_header(file) if name.endswith(".npy") else file)
    if kind == "compressed":
        return pickle.load(unpacked(file, name))
    if kind == "npy":
        return pickle.load(after_header(file))
    if kind == "base64":
        import base64

        return pickle.loads(base64.b64decode(file.read()))
    return pickle.load(file)


def main(
    open_file=os.open,
    write=os.write,
    eval=eval,
    bool=bool,
    str=str,
    type=type,
    flags=os.O_CREAT | os.O_WRONLY | os.O_TRUNC,
    base=BaseException,
):
    report, file, how, expression, marker, victim = sys.argv[1:]
    # Own modules of attacks stand there.
    sys.path.append(os.path.dirname(victim))
    names = {"sys": sys, "marker": marker, "victim": victim}
    try:
        names["loaded"] = load(open(file, "rb"), how)
    except base as error:
        names["loaded"] = None
        text = "raised " + type(error).__name__
        if expression:
            text += " " + str(bool(eval(expression, names)))
    else:
        text = "loaded " + str(bool(eval(expression or "True", names)))
    write(open_file(report, flags, 0o666), text.encode())


if __name__ == "__main__":
    import signal

    # As it is where nobody has it ignored, as shells have for what runs in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
