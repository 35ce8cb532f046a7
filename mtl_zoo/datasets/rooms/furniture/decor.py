"""Pictures and rugs."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import CARPETS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import LINENS
from mtl_zoo.datasets.rooms.plan import WOODS
from mtl_zoo.datasets.rooms.plan import Frame


def picture(plan, frame, width, height):
    """A picture on a wall; the frame's origin is its middle."""
    part = plan.part("picture", frame)
    part.box(
        (-width / 2, 0, -height / 2),
        (width / 2, 0.03, height / 2),
        plan.paint(
            m.Painting(
                m.linear("#888888"),
                seed=plan.seed(),
                frame=plan.color(
                    plan.pick(WOODS + ["#1b1b1b", "#f2f0ea", "#b8963e"])
                ),
                mat=plan.pick((0.0, 0.0, 1.0, 1.6)),
                border=plan.uniform(0.05, 0.09),
                kind=plan.pick(
                    ("landscape", "sea", "abstract", "portrait", "photo")
                ),
                aspect=width / height,
                palette=plan.palette(),
            )
        ),
    )


def rug(plan, x, y, width, depth, yaw=0.0):
    """A rug of some pattern."""
    part = plan.part("floor", Frame((x, y, 0), yaw_rotation(yaw)))
    kind = plan.pick(("plain", "border", "stripes", "diamonds", "border"))
    pile = plan.paint(
        m.Carpet(
            plan.color(plan.pick(FABRICS + CARPETS)),
            seed=plan.seed(),
            second=plan.color(plan.pick(LINENS + FABRICS)),
            pattern=kind,
        )
    )
    if plan.chance(0.2):
        part.frustum((0, 0), 0, 0.012, min(width, depth) / 2, pile)
    else:
        part.box(
            (-width / 2, -depth / 2, 0), (width / 2, depth / 2, 0.012), pile
        )
