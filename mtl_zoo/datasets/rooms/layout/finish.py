"""What any room has: things on the floor, pictures on the walls."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.decor import picture
from mtl_zoo.datasets.rooms.furniture.lamps import floor_lamp
from mtl_zoo.datasets.rooms.furniture.small import book_stack
from mtl_zoo.datasets.rooms.furniture.small import plant
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import Frame


def floor_clutter(plan):
    """Lamps, plants, boxes, balls and books on the floor."""
    if plan.chance(0.5):
        spot = plan.on_floor(0.18, 1.6, 0.3, margin=0.02)
        if spot:
            plan.new_group()
            floor_lamp(plan, Frame((*spot, 0), yaw_rotation(0)))
    if plan.chance(0.45):
        height = plan.uniform(0.6, 1.4)
        spot = plan.on_floor(0.2 + 0.1 * height, height, 0.6)
        if spot:
            plan.new_group()
            plant(
                plan,
                Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3))),
                height,
            )
    for _ in range(int(plan.rng.integers(0, 4))):
        kind = plan.choose(
            ("box", "ball", "books", "bin"), (0.4, 0.25, 0.25, 0.1)
        )
        spot = plan.on_floor(0.27, 0.35, 0.9)
        if not spot:
            continue
        plan.new_group()
        frame = Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3)))
        if kind == "books":
            book_stack(plan, frame, int(plan.rng.integers(4, 9)))
            continue
        part = plan.part("objects", frame)
        if kind == "box":
            w, d, h = (plan.uniform(0.13, 0.22) for _ in range(3))
            card = plan.paint(
                m.Cardboard(plan.color("#b58a5c"), seed=plan.seed())
            )
            if plan.chance(0.35):
                card = plan.plain(plan.pick(BRIGHTS))
            part.box((-w, -d, 0), (w, d, 1.7 * h), card)
        elif kind == "ball":
            r = plan.uniform(0.09, 0.16)
            part.ellipsoid(
                (0, 0, r),
                (r, r, r),
                plan.paint(
                    m.Ball(
                        plan.color(plan.pick(BRIGHTS)),
                        specular=0.3,
                        second=plan.color(plan.pick(BRIGHTS)),
                    )
                ),
            )
        else:
            part.frustum(
                (0, 0), 0, 0.34, 0.12, plan.plain(plan.pick(FABRICS)), 0.15
            )


def hang_pictures(plan):
    """Pictures where the walls are free."""
    for _ in range(int(plan.rng.integers(4, 9))):
        wall = int(plan.rng.integers(4))
        length = float(plan.size[1 - wall // 2])
        height = plan.uniform(0.45, 0.95)
        width = height * plan.pick((0.72, 0.75, 1.0, 1.35, 1.5))
        count = plan.choose((1, 2, 3), (0.7, 0.2, 0.1))
        if count > 1:
            width, height = width * 0.65, height * 0.65
        span = count * width + (count - 1) * 0.12
        if length < span + 0.4:
            continue
        for _ in range(5):
            along = plan.uniform(span / 2 + 0.15, length - span / 2 - 0.15)
            z = plan.uniform(1.5, 1.7)
            box = (
                along - span / 2 - 0.08,
                along + span / 2 + 0.08,
                z - height / 2 - 0.08,
                z + height / 2 + 0.08,
            )
            if not plan.wall_free(wall, *box):
                continue
            plan.wall_spans[wall].append(box)
            frame = plan.wall_frame(wall, along, 0, z)
            for i in range(count):
                shift = (i - (count - 1) / 2) * (width + 0.12)
                picture(plan, frame.at(shift, 0, 0), width, height)
            break
