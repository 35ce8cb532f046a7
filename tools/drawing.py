"""A network's blocks and what flows between them, as a picture.

See `tools.draw_network`.
"""

import html

import keras

_COLORS = ("#3b6ea8", "#2e8b57", "#b5651d", "#8e5bb5", "#b03a5b", "#4f7f86")
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 196, 44, 14, 40


def draw(model):
    """A network's blocks and what flows between them, as SVG.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A string.

    Example:

    ```python
    svg = draw(mtl_zoo.models.MTINet("hrnet_w18_small_v2", ["depth"]))
    ```
    """
    sources = blocks(model)
    ranks = _arrange(sources)
    places = {}
    columns = max(map(len, ranks))
    width = columns * (_WIDTH + _GAP_X) + _GAP_X
    for y, rank in enumerate(ranks):
        left = (width - len(rank) * (_WIDTH + _GAP_X) + _GAP_X) / 2
        for x, name in enumerate(rank):
            places[name] = (
                left + x * (_WIDTH + _GAP_X),
                _GAP_Y / 2 + y * (_HEIGHT + _GAP_Y),
            )
    height = len(ranks) * (_HEIGHT + _GAP_Y)
    kinds = {name: type(model.get_layer(name)).__name__ for name in sources}
    colors = dict(zip(dict.fromkeys(kinds.values()), _COLORS * 9, strict=False))
    encoder = model.encoder.name
    dotted = {
        name
        for name, known in sources.items()
        if encoder in known and name not in ranks[1]
    }
    arrows = "".join(
        _arrow(places[source], places[name])
        for name, known in sources.items()
        for source in known
        if source != encoder or name not in dotted
    )
    boxes = "".join(
        _box(places[name], name, kinds[name], colors[kinds[name]])
        for name in sources
    )
    boxes += "".join(
        _dot(places[name], colors[kinds[encoder]]) for name in sorted(dotted)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
        f'{height}" role="img" aria-label="Blocks of {model.name}">\n'
        "<style>text{font:12px system-ui,sans-serif;fill:#fff;text-anchor:"
        "middle}.kind{font-size:10px;opacity:.85}path{fill:none;stroke:#888;"
        f"stroke-width:1.4}}</style>\n{arrows}{boxes}</svg>\n"
    )


def blocks(model):
    """The blocks with weights, each with those that it takes from.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A dict name of a layer → list of names, in the order of computation.
    """
    sources = {}

    def named(layer):
        """The blocks of which a layer's inputs are made."""
        found = []
        for node in layer._inbound_nodes[:1]:
            for parent in node.parent_nodes:
                operation = parent.operation
                known = (
                    [operation.name]
                    if operation.name in sources
                    else named(operation)
                )
                found += [name for name in known if name not in found]
        return found

    for layer in model.layers:
        if layer.count_params() and not isinstance(
            layer, keras.layers.InputLayer
        ):
            sources[layer.name] = named(layer)
    return sources


def _arrange(sources):
    """Rows of blocks, each below all that it takes from."""
    depth = {}
    for name, known in sources.items():
        depth[name] = 1 + max((depth[source] for source in known), default=-1)
    ranks = [[] for _ in range(1 + max(depth.values()))]
    for name, rank in depth.items():
        ranks[rank].append(name)
    # Few crossings: a block stands under the middle of its sources.
    place = {}
    for rank in ranks:
        rank.sort(
            key=lambda name: (
                sum(place[source] for source in sources[name])
                / max(1, len(sources[name]))
            )
        )
        for i, name in enumerate(rank):
            place[name] = (i + 0.5) / len(rank)
    return ranks


def _box(place, name, kind, color):
    x, y = place
    middle = x + _WIDTH / 2
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'rx="7" fill="{color}"/><text x="{middle:g}" y="{y + 19:g}">'
        f'{html.escape(name)}</text><text class="kind" x="{middle:g}" '
        f'y="{y + 35:g}">{html.escape(kind)}</text>\n'
    )


def _dot(place, color):
    x, y = place
    return (
        f'<circle cx="{x + 12:g}" cy="{y:g}" r="5" fill="{color}" '
        'stroke="#fff"/>\n'
    )


def _arrow(source, target):
    x, y = source[0] + _WIDTH / 2, source[1] + _HEIGHT
    to_x, to_y = target[0] + _WIDTH / 2, target[1]
    bend = (to_y - y) / 2
    return (
        f'<path d="M{x:g} {y:g}C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} '
        f'{to_x:g} {to_y:g}"/>\n'
    )
