"""The rules of a game, in Python."""

from game import dice


def attack(seed, bonus):
    """What an attack comes to; the highest roll counts twice."""
    roll = dice.roll(seed)
    return (2 * roll if roll == dice.SIDES else roll) + bonus
