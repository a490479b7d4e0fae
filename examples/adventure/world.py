"""A small world. Nothing in here knows that it is ever saved."""

import random


class Room:
    def __init__(self, name, things=()):
        self.name = name
        self.things = list(things)
        self.exits = {}

    def dig(self, direction, other, back):
        self.exits[direction] = other
        other.exits[back] = self


class Troll:
    """It walks about by itself, and remembers whom it has met."""

    def __init__(self, room):
        self.room = room
        self.met = set()

    def act(self):
        self.room = random.choice(list(self.room.exits.values()))
        if self.room is player.room:
            first = player.name not in self.met
            self.met.add(player.name)
            return "A troll greets you." if first else "The troll nods: it knows you."


class Player:
    def __init__(self, name, room):
        self.name = name
        self.room = room
        self.bag = []


def build():
    cave, hall, tower = Room("a cave", ["lamp"]), Room("a hall"), Room("a tower", ["crown"])
    cave.dig("north", hall, "south")
    hall.dig("up", tower, "down")
    return cave, hall


def counter():
    turns = 0

    def count():
        nonlocal turns
        turns += 1
        return turns

    return count


random.seed(1815)
cave, hall = build()
player = Player("Ada", cave)
troll = Troll(hall)
turn = counter()


def command(line):
    verb, _, what = line.partition(" ")
    room = player.room
    if verb == "go" and what in room.exits:
        player.room = room.exits[what]
        answer = f"You are in {player.room.name}."
    elif verb == "take" and what in room.things:
        room.things.remove(what)
        player.bag.append(what)
        answer = f"You have {', '.join(player.bag)}."
    else:
        answer = f"Here: {', '.join(room.things) or 'nothing'}. Ways: {', '.join(room.exits)}."
    met = troll.act()
    return f"{turn()}. {answer}" + (f" {met}" if met else "")
