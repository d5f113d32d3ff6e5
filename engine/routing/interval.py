"""Wilson's score interval around a share, in whole numbers: parts per million. Pure."""

from __future__ import annotations

from math import isqrt

from engine.values import PPM

Z80, Z95 = 1_281_552, 1_959_964
"""Points of the normal distribution, in millionths, for an interval of 80 % and of 95 %."""


def apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether the first share (`k`, `n`) is surely the larger one: the lower end of Newcombe's 95 % interval around
    their difference is above nothing.
    """
    (k, n), (j, m) = one, other
    if not n or not m:
        return False
    first, second = k * PPM // n, j * PPM // m
    below = first - wilson(first, n * PPM, Z95)[0]
    above = wilson(second, m * PPM, Z95)[1] - second
    return first - second > isqrt(below * below + above * above)


def wilson(share: int, weighted: int, z: int = Z80) -> tuple[int, int]:
    """The interval around a share (millionths) of so many outcomes (millionths), in millionths."""
    if weighted <= 0:
        return 0, PPM
    square = z * z // PPM
    whole = PPM + square * PPM // weighted
    centre = (share + square * PPM // (2 * weighted)) * PPM // whole
    spread = share * (PPM - share) * PPM // weighted + square * PPM * PPM // weighted * PPM // (4 * weighted)
    half = z * isqrt(spread) // whole
    return max(0, centre - half), min(PPM, centre + half)
