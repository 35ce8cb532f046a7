"""Basements, garages and laundries: shelves of boxes, machines, pipes."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.small import bottle
from mtl_zoo.datasets.rooms.furniture.small import small_box
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS

PLASTICS = "#3f6fb5 #2b4a7a #cfd6da #8fb0c9 #77797c #c8352b #e8e4dc".split()


def crate(plan, frame, width, depth, height):
    """A carton or a plastic box with its lid."""
    part = plan.part("objects", frame)
    w, d = width / 2, depth / 2
    if plan.chance(0.5):
        card = m.Cardboard(plan.color("#b58a5c", 0.15), seed=plan.seed())
        part.box((-w, -d, 0), (w, d, height), plan.paint(card))
        return
    body = plan.plain(plan.pick(PLASTICS), specular=0.2)
    lid = plan.plain(plan.pick(PLASTICS), specular=0.2)
    part.box(
        (-w + 0.02, -d + 0.02, 0),
        (w - 0.02, d - 0.02, height - 0.01),
        body,
        0.03,
    )
    part.box((-w, -d, height - 0.04), (w, d, height), lid, 0.015)


def storage_rack(plan, frame, width, depth, height):
    """Open boards on posts, full of boxes and bottles."""
    part = plan.part("furniture", frame)
    steel, w = plan.metal() if plan.chance(0.6) else plan.wood(), width / 2
    for x in (-w, w - 0.035):
        for y in (0.0, depth - 0.035):
            part.box((x, y, 0), (x + 0.035, y + 0.035, height), steel)
    count = max(2, int(round(height / plan.uniform(0.4, 0.55))))
    step = (height - 0.12) / count
    for i in range(count + 1):
        z = 0.1 + i * step - 0.02
        part.box(
            (-w + 0.005, 0.005, z), (w - 0.005, depth - 0.005, z + 0.025), steel
        )
        x = -w + 0.06
        while x < w - 0.2 and i < count:
            wide = plan.uniform(0.12, 0.45)
            if x + wide > w - 0.04:
                break
            spot = frame.at(x + wide / 2, depth / 2, z + 0.027)
            if wide < 0.2:
                bottle(plan, spot)
            elif plan.chance(0.85):
                crate(
                    plan,
                    spot,
                    wide * 0.94,
                    depth * plan.uniform(0.6, 0.9),
                    plan.uniform(0.4, 0.85) * (step - 0.05),
                )
            x += wide


def washing_machine(plan, frame):
    """A washing machine or a dryer."""
    part = plan.part("objects", frame)
    white = plan.plain(
        plan.pick(("#f2f2f0", "#f2f2f0", "#8f9296")), specular=0.3
    )
    part.box((-0.3, 0, 0.01), (0.3, 0.6, 0.85), white, 0.01)
    part.box((-0.28, 0.595, 0.73), (0.28, 0.61, 0.83), plan.plain("#d4d6d8"))
    door = plan.part(
        "objects", frame.at(0, 0.6, 0.42, 0, -np.pi / 2), part.instance
    )
    door.frustum((0, 0), -0.01, 0.03, 0.2, plan.plain("#9ea2a6", specular=0.4))
    door.frustum((0, 0), 0, 0.04, 0.14, plan.plain("#1d2024", specular=0.4))


def water_heater(plan, frame):
    """A tall boiler with pipes up to the ceiling."""
    part = plan.part("objects", frame)
    radius, height = plan.uniform(0.22, 0.3), plan.uniform(1.2, 1.6)
    white = plan.plain(
        plan.pick(("#eceae4", "#b9bcc0", "#d9d3c4")), specular=0.2
    )
    part.frustum((0, 0), 0.06, height, radius, white)
    part.ellipsoid((0, 0, height), (radius, radius, 0.07), white)
    top = float(plan.size[2])
    copper = plan.plain("#9a6a4a", specular=0.4)
    for x in (-0.09, 0.09):
        part.frustum((x, 0), height, top, 0.018, copper)


def pipe(plan, frame, length, radius):
    """A pipe along the frame's y axis, under the ceiling."""
    part = plan.part("objects", frame.at(0, 0, 0, 0, -np.pi / 2))
    paint = plan.plain(
        plan.pick(("#b9bcc0", "#9a6a4a", "#e8e6e1", "#2b2b2d")), specular=0.3
    )
    part.frustum((0, 0), 0, length, radius, paint)


def boards(plan, frame):
    """Boards or poles that lean at a wall."""
    wood = plan.wood_material(0)
    for i in range(int(plan.rng.integers(2, 5))):
        long = plan.uniform(1.2, 2.1)
        lean = plan.part("objects", frame.at(0.16 * i, 0.34, 0, 0, 0.14))
        lean.box((0, 0, 0), (0.11, 0.02, long), plan.paint(wood))


def laundry_basket(plan, frame):
    """A basket with clothes that rise over its rim."""
    part = plan.part("objects", frame)
    wall = plan.plain(plan.pick(PLASTICS + ["#b9996a"]))
    part.frustum((0, 0), 0, 0.34, 0.19, wall, 0.24)
    clothes_heap(plan, frame.at(0, 0, 0.32), 0.2)


def clothes_heap(plan, frame, radius):
    """Clothes or blankets in a heap."""
    part = plan.part("objects", frame)
    for _ in range(3):
        x, y = (
            plan.uniform(-0.5, 0.5) * radius,
            plan.uniform(-0.5, 0.5) * radius,
        )
        part.ellipsoid(
            (x, y, radius * 0.15),
            (radius * plan.uniform(0.5, 0.9), radius * 0.6, radius * 0.35),
            plan.fabric(plan.pick(FABRICS + BRIGHTS), plain=0.7),
        )


def wardrobe_tent(plan, frame, width, height):
    """A zipped wardrobe of cloth, as basements have them."""
    part = plan.part("furniture", frame)
    cloth = plan.fabric(plan.pick(("#f0eee8", "#8c8f94", "#3c4450")), plain=0.7)
    w, depth = width / 2, 0.5
    part.box((-w, 0, 0.06), (w, depth, height), cloth, 0.05)
    dark = plan.plain("#3a3b3e")
    part.box(
        (-0.01, depth - 0.01, 0.1), (0.01, depth + 0.005, height - 0.1), dark
    )
    part.box(
        (-w, depth - 0.02, height * 0.52),
        (w, depth + 0.003, height * 0.54),
        dark,
    )


def workbench(plan, frame, width, depth):
    """A bench of rough wood with tools and tins on it."""
    part = plan.part("table", frame)
    wood, w = plan.wood(0), width / 2
    part.box((-w, 0, 0.82), (w, depth, 0.88), wood)
    for x in (-w + 0.03, w - 0.12):
        for y in (0.03, depth - 0.12):
            part.box((x, y, 0), (x + 0.09, y + 0.09, 0.83), wood)
    part.box((-w + 0.04, 0.05, 0.25), (w - 0.04, depth - 0.05, 0.28), wood)
    for i in range(int(width / 0.22)):
        spot = frame.at(
            -w + 0.12 + 0.22 * i, plan.uniform(0.2, 0.6) * depth, 0.88
        )
        plan.choose((bottle, small_box, small_box), (1, 1, 1))(plan, spot)
