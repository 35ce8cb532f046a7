"""Beds."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.storage import legs
from mtl_zoo.datasets.rooms.furniture.utility import clothes_heap
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import LINENS


def bed(plan, frame, width, length):
    """A bed with its head at the wall, bedding and pillows."""
    wood = plan.wood()
    bed = plan.part("bed", frame)
    w = width / 2
    linen = plan.paint(
        m.Fabric(plan.color(plan.pick(LINENS), 0.03), seed=plan.seed())
    )
    cover = plan.fabric(plain=0.4)
    if plan.chance(0.25):  # Dark on light, or the other way round.
        cover = plan.fabric(
            plan.pick(("#1f1e20", "#2d2b36", "#efe9d8", "#4a1f24")), plain=0.1
        )
    head = plan.uniform(0.8, 1.15)
    bed.box((-w, 0.0, 0.0), (w, 0.07, head), wood, 0.02)
    if plan.chance(0.4):  # Upholstered.
        bed.box(
            (-w + 0.05, 0.05, 0.45), (w - 0.05, 0.11, head - 0.05), cover, 0.04
        )
    bed.box(
        (-w + 0.01, 0.05, 0.08), (w - 0.01, length - 0.01, 0.28), wood, 0.01
    )
    if plan.chance(0.4):
        bed.box(
            (-w, length - 0.05, 0.08),
            (w, length, plan.uniform(0.45, 0.65)),
            wood,
            0.02,
        )
    legs(bed, width, length, 0.1, wood, 0.035)
    bed.box(
        (-w + 0.03, 0.08, 0.26), (w - 0.03, length - 0.065, 0.48), linen, 0.05
    )
    start = plan.uniform(0.55, 0.8)
    low = plan.uniform(0.18, 0.36)
    bed.box(
        (-w - 0.015, start, low), (w + 0.015, length - 0.055, 0.53), cover, 0.06
    )
    if plan.chance(0.6):  # The folded end of the sheet.
        bed.box(
            (-w - 0.02, start - 0.08, 0.4),
            (w + 0.02, start + 0.18, 0.545),
            linen,
            0.04,
        )
    if plan.chance(0.35):
        throw = plan.fabric(plain=0.3)
        bed.box(
            (-w - 0.025, length - 0.65, 0.25),
            (w + 0.025, length - 0.2, 0.55),
            throw,
            0.04,
        )
    count = 1 if width < 1.2 else 2
    pillow_linen = linen if plan.chance(0.6) else plan.fabric(plain=0.6)
    for i in range(count):
        x = (i - (count - 1) / 2) * width * 0.47
        pillow = plan.part("objects", frame.at(x, 0.32, 0.56, 0, 0.42))
        pillow.ellipsoid((0, 0, 0), (0.33, 0.21, 0.09), pillow_linen)
    for i in range(int(plan.rng.integers(0, 4))):
        x = plan.uniform(-0.32, 0.32) * width
        tilt = plan.uniform(0.6, 1.2)
        cushion = plan.part(
            "objects", frame.at(x, 0.5 + 0.12 * i, 0.66, 0, tilt)
        )
        cloth = plan.fabric(plan.pick(LINENS + BRIGHTS + FABRICS), plain=0.6)
        cushion.ellipsoid((0, 0, 0), (0.23, 0.2, 0.08), cloth)
    if plan.chance(0.3):
        clothes_heap(
            plan, frame.at(0, length - plan.uniform(0.4, 0.8), 0.54), 0.3
        )
