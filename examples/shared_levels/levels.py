"""What levels are made of."""

import dataclasses
import datetime
import pickle


@dataclasses.dataclass
class Room:
    name: str
    exits: dict[str, str]


@dataclasses.dataclass
class Level:
    title: str
    made: datetime.date
    rooms: list[Room]


def example():
    """A level as a player would share it."""
    rooms = [Room("yard", {"in": "mill"}), Room("mill", {"out": "yard", "up": "loft"}), Room("loft", {"down": "mill"})]
    return pickle.dumps(Level("The old mill", datetime.date(2026, 11, 27), rooms))


def describe(level):
    # An instance has the attributes that the pickle says, whatever their types are.
    match level:
        case Level(title=str(title), made=datetime.date() as made, rooms=list(rooms)) if all(
            isinstance(room, Room) for room in rooms
        ):
            return f"{title}, {len(rooms)} rooms, made {made:%d.%m.%Y}"
    return "no level"
