"""Writes zeros.bz2 and zeros.xz: the head of a pickle of 2**40 bytes, and zeros behind it."""

import bz2
import lzma
import pathlib

HEAD = b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little")
HERE = pathlib.Path(__file__).parent

(HERE / "zeros.bz2").write_bytes(bz2.compress(HEAD + bytes(45_000_000), 9))
(HERE / "zeros.xz").write_bytes(lzma.compress(HEAD + bytes(64_000_000), preset=9))
