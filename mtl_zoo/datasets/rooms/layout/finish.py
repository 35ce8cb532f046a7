"""What any room has: things on the floor, pictures on the walls."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.decor import picture
from mtl_zoo.datasets.rooms.furniture.lamps import floor_lamp
from mtl_zoo.datasets.rooms.furniture.small import bag
from mtl_zoo.datasets.rooms.furniture.small import ball
from mtl_zoo.datasets.rooms.furniture.small import book_stack
from mtl_zoo.datasets.rooms.furniture.small import plant
from mtl_zoo.datasets.rooms.furniture.small import shoes
from mtl_zoo.datasets.rooms.furniture.utility import clothes_heap
from mtl_zoo.datasets.rooms.furniture.utility import laundry_basket
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import Frame


def floor_clutter(plan):
    """Lamps, plants, boxes, bags, clothes and more on the floor."""
    if plan.chance(0.3):
        spot = plan.on_floor(0.18, 1.6, 0.3, margin=0.02)
        if spot:
            plan.new_group()
            floor_lamp(plan, Frame((*spot, 0), yaw_rotation(0)))
    if plan.chance(0.35):
        height = plan.uniform(0.6, 1.4)
        spot = plan.on_floor(0.2 + 0.1 * height, height, 0.6)
        if spot:
            plan.new_group()
            plant(
                plan,
                Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3))),
                height,
            )
    for _ in range(int(plan.rng.integers(0, 5))):
        make = plan.choose(tuple(ON_FLOOR), tuple(ON_FLOOR.values()))
        spot = plan.on_floor(0.27, 0.35, 0.9)
        if spot:
            plan.new_group()
            make(plan, Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3))))


def _carton(plan, frame):
    part = plan.part("objects", frame)
    w, d, h = (plan.uniform(0.13, 0.22) for _ in range(3))
    card = plan.paint(m.Cardboard(plan.color("#b58a5c"), seed=plan.seed()))
    if plan.chance(0.35):
        card = plan.plain(plan.pick(BRIGHTS))
    part.box((-w, -d, 0), (w, d, 1.7 * h), card)


def _bin(plan, frame):
    part = plan.part("objects", frame)
    part.frustum((0, 0), 0, 0.34, 0.12, plan.plain(plan.pick(FABRICS)), 0.15)


def _books(plan, frame):
    book_stack(plan, frame, int(plan.rng.integers(4, 9)))


def _large_ball(plan, frame):
    ball(plan, frame, 1.3)


def _clothes(plan, frame):
    clothes_heap(plan, frame, plan.uniform(0.15, 0.27))


# What lies about on floors, and how often.
ON_FLOOR = {
    _carton: 0.28,
    bag: 0.17,
    _large_ball: 0.12,
    _books: 0.1,
    _clothes: 0.12,
    shoes: 0.11,
    _bin: 0.05,
    laundry_basket: 0.05,
}


def hang_pictures(plan):
    """Pictures where the walls are free."""
    if plan.kind in ("bathroom", "utility"):
        return
    for _ in range(int(plan.rng.integers(3, 9))):
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
