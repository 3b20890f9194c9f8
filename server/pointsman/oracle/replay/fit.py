"""Fitting the calibration: penalised logistic regression by Newton's method, in plain Python.

The penalty pulls every weight to what it is without learning, so a short history changes little.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pointsman.oracle.calibration import DEFAULT, Calibration, Signs, chance, features, prior

PENALTY = 1.0
TRUST = 10.0
"""The same for the weight of what is said without learning."""
ROUNDS = 25
FOLDS = 5


class Example(NamedTuple):
    signs: Signs
    collides: bool
    group: str


def fit(examples: Iterable[Example]) -> Calibration:
    """The model of these pairs; those without an overlap that can be judged teach nothing."""
    rows = [(values, e.collides) for e in examples if (values := features(e.signs))]
    names = sorted({name for values, _ in rows for name in values})
    place = {name: n for n, name in enumerate(names)}
    data = [([(place[k], x) for k, x in values.items()], float(hit)) for values, hit in rows]
    start = [prior(name) for name in names]
    pull = [TRUST if name == DEFAULT else PENALTY for name in names]
    weights = list(start)
    for _ in range(ROUNDS):
        slope = [p * (w - s) for p, w, s in zip(pull, weights, start, strict=True)]
        curve = [[p * (i == j) for j in range(len(names))] for i, p in enumerate(pull)]
        for sparse, hit in data:
            p = chance(sum(weights[n] * x for n, x in sparse))
            for n, x in sparse:
                slope[n] += (p - hit) * x
                row = curve[n]
                for m, y in sparse:
                    row[m] += p * (1 - p) * x * y
        step = _solve(curve, slope)
        # a full step may leap over the valley where a sign separates the pairs
        longest = max((abs(s) for s in step), default=0.0)
        scale = min(1.0, 2.0 / longest) if longest else 0.0
        weights = [w - scale * s for w, s in zip(weights, step, strict=True)]
        if longest < 1e-6:
            break
    learned = {name: round(w, 4) for name, w in zip(names, weights, strict=True)}
    return Calibration(weights=learned, pairs=len(rows), collisions=sum(hit for _, hit in rows))


def held_out(examples: Sequence[Example]) -> list[float]:
    """Of each pair what a model says that was fitted without its group: an honest measure."""
    fold = [_fold(example.group) for example in examples]
    said = [0.0] * len(examples)
    for number in range(FOLDS):
        if number in fold:
            model = fit(e for e, f in zip(examples, fold, strict=True) if f != number)
            for n, example in enumerate(examples):
                if fold[n] == number:
                    said[n] = model.probability(example.signs)
    return said


def _fold(group: str) -> int:
    return hashlib.sha256(group.encode()).digest()[0] % FOLDS


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """``matrix · x = right`` for a symmetric positive definite matrix (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    half: list[float] = []
    for i in range(size):
        half.append((right[i] - sum(lower[i][k] * half[k] for k in range(i))) / lower[i][i])
    solved = [0.0] * size
    for i in reversed(range(size)):
        later = sum(lower[k][i] * solved[k] for k in range(i + 1, size))
        solved[i] = (half[i] - later) / lower[i][i]
    return solved
