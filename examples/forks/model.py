"""What is slow to set up, and then only asked: here a table of primes and a memory of answers."""

import functools

LIMIT = 200_000


def sieve(limit):
    flags = bytearray([1]) * (limit + 1)
    flags[:2] = b"\0\0"
    for n in range(2, int(limit**0.5) + 1):
        if flags[n]:
            flags[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, flag in enumerate(flags) if flag]


primes = sieve(LIMIT)
asked = []


@functools.lru_cache(maxsize=None)
def factors(n):
    asked.append(n)
    for p in primes:
        if p * p > n:
            break
        if n % p == 0:
            return [p, *factors(n // p)]
    return [n] if n > 1 else []


factors(2 * 3 * 5 * 7 * 11 * 13)
warm = len(asked)
