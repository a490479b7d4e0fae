"""100 MB of bytes that can't be compressed, in pieces of 1 MB."""

import random

generator = random.Random(5)
blocks = {i: generator.randbytes(1_000_000) for i in range(100)}


def check():
    return [len(blocks), sum(len(block) for block in blocks.values()), blocks[99][-5:].hex()]
