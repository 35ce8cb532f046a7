"""Televisions and computers."""

from mtl_zoo.datasets.rooms import materials as m


def television(plan, frame, width, wall_mounted=False):
    """A television that faces y, its lower edge's middle at the origin."""
    part = plan.part("tv", frame)
    dark = m.linear("#101114")
    w, height = width / 2, width * 0.57
    on = plan.chance(0.25)
    screen = plan.paint(
        m.Screen(
            dark,
            specular=0.35,
            seed=plan.seed(),
            on=on,
            emission=1.1 if on else 0.0,
            palette=plan.palette(),
            kind=plan.pick(("landscape", "sea", "abstract", "photo")),
        )
    )
    lift = 0.0 if wall_mounted else 0.07
    part.box((-w, -0.02, lift), (w, 0.02, lift + height), screen)
    if not wall_mounted:
        stand = plan.plain("#17181b", specular=0.3)
        part.box((-w * 0.35, -0.08, 0), (w * 0.35, 0.09, 0.014), stand)
        part.box((-0.05, -0.015, 0.01), (0.05, 0.01, lift + 0.02), stand)


def laptop(plan, frame):
    """An open laptop."""
    part = plan.part("objects", frame)
    grey = plan.plain(plan.pick(("#9a9da1", "#2b2c2f")), specular=0.2)
    part.box((-0.17, -0.11, 0), (0.17, 0.12, 0.018), grey)
    lid = plan.part(
        "objects", frame.at(0, -0.11, 0.015, 0, -1.85), part.instance
    )
    screen = plan.paint(
        m.Screen(
            m.linear("#16181c"),
            on=True,
            emission=0.9,
            axis=0,
            palette=plan.palette(),
            kind="photo",
            seed=plan.seed(),
        )
    )
    lid.box((-0.17, -0.23, -0.005), (0.17, 0.0, 0.005), screen)
