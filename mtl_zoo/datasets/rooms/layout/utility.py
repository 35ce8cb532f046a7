"""Basements, laundries and store rooms."""

from mtl_zoo.datasets.rooms.furniture import utility as u
from mtl_zoo.datasets.rooms.furniture.office import column
from mtl_zoo.datasets.rooms.furniture.seating import chair
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import Frame


def utility(plan):
    """Racks, machines, a bench, boxes everywhere, pipes above."""
    x, y, z = (float(s) for s in plan.size)
    for _ in range(int(plan.rng.integers(1, 4))):
        width, height = plan.uniform(0.9, 1.8), plan.uniform(1.2, 2.0)
        place = plan.at_wall(width, 0.5, height, 2.0)
        if place:
            plan.new_group()
            u.storage_rack(plan, place[0], width, 0.48, height)
    for _ in range(int(plan.rng.integers(0, 3))):
        place = plan.at_wall(0.62, 0.64, 0.88, 1.5)
        if place:
            plan.new_group()
            u.washing_machine(plan, place[0])
    if plan.chance(0.5):
        place = plan.at_wall(0.65, 0.65, 1.7, 1.0)
        if place:
            plan.new_group()
            u.water_heater(plan, place[0].at(0, 0.32, 0))
    if plan.chance(0.5):
        width = plan.uniform(1.2, 2.0)
        place = plan.at_wall(width, 0.65, 0.9, 2.0)
        if place:
            plan.new_group()
            u.workbench(plan, place[0], width, 0.62)
    if plan.chance(0.6):
        width, height = plan.uniform(0.8, 1.3), plan.uniform(1.5, 1.9)
        place = plan.at_wall(width, 0.55, height, 2.0)
        if place:
            plan.new_group()
            if plan.chance(0.6):
                u.wardrobe_tent(plan, place[0], width, height)
            else:
                cabinet(plan, place[0], width, 0.52, height, 2, 1)
    if plan.chance(0.6):
        place = plan.at_wall(0.7, 0.45, 2.0, 0.3)
        if place:
            plan.new_group()
            u.boards(plan, place[0].at(-0.3, 0, 0))
    for _ in range(int(plan.rng.integers(2, 7))):
        _on_floor(plan)
    if plan.chance(0.5):
        spot = plan.on_floor(0.09, z, 0.0, margin=0.8)
        if spot:
            column(plan, *spot, z, 0.05)
    plan.group = -1
    for _ in range(int(plan.rng.integers(0, 4))):
        at, drop = plan.uniform(0.3, x - 0.3), plan.uniform(0.08, 0.3)
        frame = Frame((at, 0.01, z - drop), yaw_rotation(0))
        u.pipe(plan, frame, y - 0.02, plan.uniform(0.02, 0.09))


def _on_floor(plan):
    """A box, a stack of boxes, a basket or a chair in the way."""
    spot = plan.on_floor(0.3, 0.6, 1.0)
    if not spot:
        return
    plan.new_group()
    frame = Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3)))
    kind = plan.choose(("boxes", "basket", "chair"), (0.65, 0.25, 0.1))
    if kind == "basket":
        u.laundry_basket(plan, frame)
    elif kind == "chair":
        chair(plan, frame.at(0, -0.2, 0))
    else:
        up = 0.0
        for _ in range(int(plan.rng.integers(1, 4))):
            high = plan.uniform(0.18, 0.35)
            w, d = plan.uniform(0.3, 0.42), plan.uniform(0.26, 0.4)
            u.crate(plan, frame.at(0, 0, up), w, d, high)
            up += high
