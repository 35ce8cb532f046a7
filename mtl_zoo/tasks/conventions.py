"""Units and axes by the names that people say them by."""

import math

# Axis and sign, in x right, y down, z forward.
DIRECTIONS = {
    "right": (0, 1),
    "left": (0, -1),
    "down": (1, 1),
    "up": (1, -1),
    "forward": (2, 1),
    "backward": (2, -1),
}
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}


def parse_unit(unit):
    """What a stored 1 is in the unit of the task.

    Args:
        unit: String of `UNITS`, or number above 0.

    Returns:
        Float.

    Raises:
        ValueError: If it is neither.
    """
    factor = UNITS.get(unit) if isinstance(unit, str) else unit
    if isinstance(factor, bool) or not isinstance(factor, (int, float)):
        factor = 0
    if not 0 < factor < math.inf:
        raise ValueError(
            f"unit is {', '.join(UNITS)} or a number above 0; received "
            f"{str(unit)[:40]!r}."
        )
    return float(factor)


def parse_axes(axes):
    """Where the channels of normals point, as axes and signs.

    Args:
        axes: List of three strings of `DIRECTIONS`.

    Returns:
        List of pairs: integer 0…2 for x, y, z and 1 or -1.

    Raises:
        ValueError: If these are not three directions across each other.
    """
    names = axes if isinstance(axes, (list, tuple)) else ()
    parsed = [DIRECTIONS.get(str(name), (None, 0)) for name in names]
    if len(parsed) != 3 or {axis for axis, _ in parsed} != {0, 1, 2}:
        raise ValueError(
            "axes of normals are three directions across each other, of "
            f"{', '.join(DIRECTIONS)}; received {str(axes)[:80]}."
        )
    return parsed
