import io
import os
import sys
import tempfile

LINES = "first\nsecond ünicode\nthird\nfourth\n"


def path(name):
    return os.path.join(FOLDER, name)


def write(name, content, mode="w"):
    arguments = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    with open(path(name), mode, **arguments) as file:
        file.write(content)
    return path(name)


def make():
    made = {}
    lines = write("lines", LINES)
    made["text"] = text = open(lines, encoding="utf-8")
    text.readline()
    made["layers"] = [text.buffer, text.buffer.raw]
    made["whole text"] = open(lines, encoding="utf-8")
    made["read"] = open(lines, encoding="utf-8")
    made["read"].read()
    made["binary"] = binary = open(lines, "rb")
    binary.read(8)
    made["raw"] = raw = open(lines, "rb", buffering=0)
    raw.seek(6)

    dos = write("dos", LINES.replace("\n", "\r\n"))
    made["newlines"] = [
        open(dos, encoding="utf-8", newline=newline) for newline in [None, "", "\n", "\r", "\r\n"]
    ]
    for file in made["newlines"]:
        file.readline()
    # Files whose lines are being gone over, which does not say where they are.
    made["iterated"] = []
    for name, encoding, newline in [
        ("lines", "utf-8", None), ("dos", "utf-8", None), ("dos", "utf-8", ""),
        ("lines", "latin-1", "\n"),
    ]:
        file = open(path(name), encoding=encoding, newline=newline)
        next(file), next(file)
        made["iterated"].append(file)
    wide = write("wide", LINES.encode("utf-16"), "wb")
    made["utf-16"] = open(wide, encoding="utf-16")
    made["utf-16"].readline()
    long = write("long", "".join(f"line {number} \u20ac\n" for number in range(3000)))
    made["long"] = open(long, encoding="utf-8")
    for number in range(2000):
        next(made["long"])

    made["written"] = written = open(path("written"), "w", encoding="utf-8", errors="replace")
    written.write("begun, ")
    made["appended"] = appended = open(write("appended", "old, "), "a", buffering=1)
    appended.write("begun\n")
    made["updated"] = updated = open(write("updated", "abcdef"), "r+")
    updated.read(2)
    made["both"] = both = open(path("both"), "w+b")
    both.write(b"abcdef")
    both.seek(2)
    made["created"] = created = open(path("created"), "xb")
    created.write(b"begun, ")
    made["wide written"] = open(path("wide written"), "w", encoding="utf-16")
    made["wide written"].write("begun, ")

    for name, mode in [("closed", "r"), ("closed for writing", "w"), ("closed binary", "rb")]:
        made[name] = open(write(name, "text"), mode)
        made[name].close()
    made["closed layers"] = [made["closed"].buffer, made["closed"].buffer.raw]

    made["standard"] = [sys.stdin, sys.stdout, sys.stderr, sys.stdout.buffer, print]
    made["null"] = open(os.devnull, "w")
    made["StringIO"] = string = io.StringIO("abc\ndef", newline=None)
    string.readline()
    made["BytesIO"] = buffer = io.BytesIO(b"abcdef")
    buffer.read(3)
    made["over BytesIO"] = io.TextIOWrapper(io.BytesIO(b"abc\ndef"), encoding="ascii")
    made["over BytesIO"].readline()
    made["spooled"] = spooled = tempfile.SpooledTemporaryFile()
    spooled.write(b"abc")
    os.chdir(FOLDER)
    made["relative"] = open("lines", encoding="utf-8")
    made["relative"].readline()
    os.chdir("/")
    return made


def check(made, restored):
    text = made["text"]
    assert text.readline() == "second ünicode\n" and text.name == path("lines")
    assert text.mode == "r" and text.encoding == "utf-8"
    buffer, raw = made["layers"]
    assert text.buffer is buffer and buffer.raw is raw and raw.mode == "rb"
    assert made["whole text"].read() == LINES and made["read"].read() == ""
    assert made["binary"].read(8) == LINES.encode()[8:16] and made["binary"].mode == "rb"
    assert made["raw"].read(6) == b"second" and type(made["raw"]) is io.FileIO
    universal, kept, line_feed, carriage_return, both = made["newlines"]
    assert universal.readline() == "second ünicode\n"
    assert kept.readline() == line_feed.readline() == both.readline() == "second ünicode\r\n"
    assert carriage_return.readline() == "\nsecond ünicode\r"
    plain, dos, dos_kept, latin = made["iterated"]
    for file, end in [(plain, "\n"), (dos, "\n"), (dos_kept, "\r\n"), (latin, "\n")]:
        if not restored:
            try:
                file.tell()
            except OSError:
                pass
            else:
                raise AssertionError("saving has changed what tell() does")
        assert list(file) == ["third" + end, "fourth" + end]
    assert made["utf-16"].read() == LINES[len("first\n"):]
    assert next(made["long"]) == "line 2000 \u20ac\n"
    assert len(list(made["long"])) == 999

    for name, mode in [("written", "w"), ("appended", "a")]:
        assert made[name].mode == mode and made[name].name == path(name)
        made[name].write("ended")
        made[name].close()
    assert open(path("written"), encoding="utf-8").read() == "begun, ended"
    assert open(path("appended")).read() == "old, begun\nended"
    assert made["written"].errors == "replace" and made["appended"].line_buffering
    assert made["updated"].read() == "cdef"
    made["updated"].seek(0)
    made["updated"].write("AB")
    made["updated"].close()
    assert open(path("updated")).read() == "ABcdef"
    both = made["both"]
    assert both.read(1) == b"c"
    both.write(b"D")
    both.seek(0)
    assert both.read() == b"abcDef"
    made["created"].write(b"ended")
    made["created"].close()
    assert open(path("created"), "rb").read() == b"begun, ended" and made["created"].mode == "xb"
    made["wide written"].write("ended")
    made["wide written"].close()
    assert open(path("wide written"), encoding="utf-16").read() == "begun, ended"

    for name, mode in [("closed", "r"), ("closed for writing", "w"), ("closed binary", "rb")]:
        file = made[name]
        assert file.closed and file.name == path(name) and file.mode == mode, name
        try:
            file.read()
        except ValueError:
            pass
        else:
            raise AssertionError("open again")
    buffer, raw = made["closed layers"]
    assert buffer is made["closed"].buffer and buffer.raw is raw and raw.closed
    stdin, stdout, stderr, out_buffer, print_ = made["standard"]
    assert stdin is sys.stdin and stdout is sys.stdout and stderr is sys.stderr
    assert out_buffer is sys.stdout.buffer and print_ is print
    made["null"].write("nothing")
    assert made["StringIO"].read() == "def" and made["StringIO"].getvalue() == "abc\ndef"
    assert made["BytesIO"].read() == b"def"
    assert made["over BytesIO"].read() == "def"
    made["spooled"].write(b"def")
    made["spooled"].seek(0)
    assert made["spooled"].read() == b"abcdef"
    assert made["relative"].name == "lines" and made["relative"].readline() == "second ünicode\n"
