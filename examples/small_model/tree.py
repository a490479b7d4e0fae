"""A decision tree: which leaf a sample falls into says what it is."""


class Leaf:
    leaves = 1

    def __init__(self, label):
        self.label = label

    def predict(self, sample):
        return self.label


class Split:
    def __init__(self, feature, threshold, below, above):
        self.feature = feature
        self.threshold = threshold
        self.below = below
        self.above = above

    @property
    def leaves(self):
        return self.below.leaves + self.above.leaves

    def predict(self, sample):
        branch = self.below if sample[self.feature] < self.threshold else self.above
        return branch.predict(sample)


def impurity(labels):
    """The chance that two of the labels, drawn at random, differ."""
    shares = (labels.count(label) / len(labels) for label in set(labels))
    return 1 - sum(share * share for share in shares)


def train(samples, depth=6):
    """The tree for pairs of features and a label."""
    labels = [label for _, label in samples]
    best = None
    if depth and len(set(labels)) > 1:
        for feature in range(len(samples[0][0])):
            for threshold in sorted({features[feature] for features, _ in samples})[1:]:
                below = [s for s in samples if s[0][feature] < threshold]
                above = [s for s in samples if s[0][feature] >= threshold]
                cost = sum(
                    len(side) * impurity([label for _, label in side])
                    for side in (below, above)
                )
                if best is None or cost < best[0]:
                    best = cost, feature, threshold, below, above
    if best is None:
        return Leaf(max(sorted(set(labels)), key=labels.count))
    _, feature, threshold, below, above = best
    return Split(feature, threshold, train(below, depth - 1), train(above, depth - 1))


def samples(seed, count):
    """Points of a square, with whether they lie in a circle in its middle."""
    points = []
    for _ in range(count):
        features = []
        for _ in range(2):
            seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
            features.append((seed >> 16) % 100)
        x, y = features
        inside = (x - 50) ** 2 + (y - 50) ** 2 < 40**2
        points.append(((x, y), "inside" if inside else "outside"))
    return points


def report(model):
    """What the model says of new samples, and how often it is right."""
    tests = samples(99, 200)
    answers = [model.predict(features) for features, _ in tests]
    right = sum(answer == label for answer, (_, label) in zip(answers, tests))
    marks = "".join("o" if answer == "inside" else "." for answer in answers)
    return f"{right} of {len(tests)} right: {marks}"
