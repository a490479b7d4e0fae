"""100 MB of bytes that can't be compressed, in pieces of 1 MB."""

import random

generator = random.Random(5)
blocks = {i: generator.randbytes(1_000_000) for i in range(100)}
