"""What holds things: cabinets and shelves."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.small import clutter


def legs(part, width, depth, top, material, radius=0.025, inset=0.04):
    """Four legs under a board."""
    for x in (-width / 2 + inset, width / 2 - inset):
        for y in (inset, depth - inset):
            part.box(
                (x - radius, y - radius, 0),
                (x + radius, y + radius, top),
                material,
            )


def cabinet(
    plan, frame, width, depth, height, columns, rows, label="furniture"
):
    """A cabinet with doors or drawers."""
    base = plan.wood_material(int(plan.rng.integers(2)))
    knob = plan.color(plan.pick(("#c9b27a", "#2a2b2d", "#b9bcc0")))
    front = plan.paint(
        m.Doors(
            base.color,
            specular=0.1,
            seed=plan.seed(),
            base=base,
            columns=columns,
            rows=rows,
            knob=knob,
            width=width,
            height=height,
            inset=plan.chance(0.5),
        )
    )
    plain = plan.paint(base)
    part = plan.part(label, frame)
    w, foot = width / 2, plan.pick((0.0, 0.06, 0.12))
    part.box((-w, 0, foot), (w, depth - 0.01, height - 0.025), front)
    part.box(
        (-w - 0.012, 0, height - 0.025),
        (w + 0.012, depth + 0.005, height),
        plain,
    )
    if foot:
        legs(part, width, depth, foot, plain, 0.02)
    else:
        part.box((-w + 0.02, 0, 0), (w - 0.02, depth - 0.04, 0.05), plain)
    return part


def bookshelf(plan, frame, width, depth, height):
    """Open shelves with rows of books and some clutter."""
    wood = plan.wood(int(plan.rng.integers(2)), upright=True)
    shelf = plan.part("furniture", frame)
    w, board = width / 2, 0.022
    shelf.box((-w + 0.01, 0.003, 0), (w - 0.01, 0.012, height - 0.003), wood)
    shelf.box((-w, 0, 0), (-w + board, depth, height), wood)
    shelf.box((w - board, 0, 0), (w, depth, height), wood)
    rows = max(2, int(round(height / plan.uniform(0.32, 0.4))))
    step = (height - 0.06 - board) / rows
    for i in range(rows + 1):
        z = 0.06 + i * step
        # Coplanar faces would show as speckle.
        shelf.box(
            (-w + 0.01, 0.005, z), (w - 0.01, depth - 0.005, z + board), wood
        )
    for i in range(rows):
        z, top = 0.06 + i * step + board, step - board
        x, end = -w + board + 0.01, w - board - 0.01
        rest = plan.rng.random()
        if rest < 0.12 and rows > 2:
            clutter(
                plan, frame.at(0, depth * 0.55, z), width * 0.5, 0.1, 2, top
            )
            continue
        limit = end - plan.uniform(0, 0.25) * (end - x)
        row = plan.part("books", frame)
        while x < limit - 0.06:
            run = min(plan.uniform(0.1, 0.34), limit - x)
            tall = plan.uniform(0.6, 0.93) * min(top, 0.34)
            back = plan.uniform(0.02, 0.08)
            row.box(
                (x, 0.02, z),
                (x + run, depth - back, z + tall),
                plan.paint(
                    m.Books(
                        m.linear("#888888"),
                        seed=plan.seed(),
                        width=plan.uniform(0.025, 0.055),
                    )
                ),
            )
            x += run + (
                0.004 if plan.chance(0.75) else plan.uniform(0.03, 0.12)
            )
        if end - limit > 0.2:
            clutter(
                plan,
                frame.at((limit + end) / 2, depth * 0.55, z),
                0.1,
                0.08,
                1,
                top,
            )
    if height < 1.9:
        clutter(
            plan, frame.at(0, depth / 2, height + 1e-3), width * 0.8, 0.2, 2
        )
