"""A million objects: a quarter each of instances, tuples, strings and floats."""


class Point:
    def __init__(self, name, pair):
        self.name = name
        self.pair = pair


points = [Point(f"point {i}", (i * 0.5, i % 100)) for i in range(250_000)]


def check():
    return [len(points), points[-1].name, sum(point.pair[0] for point in points), type(points[7]) is Point]
