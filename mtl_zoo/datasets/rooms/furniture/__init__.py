"""Furniture and what lies on it, as composed solids.

Each function builds one thing of a `Plan` in a frame of its own: x along its
width, y from its back (0) to its front, z up from the floor or the board that
it stands on. Sizes are metres. Classes follow NYUv2-13: lamps, plants and
cushions are `objects`, curtains belong to the `window`, doors to the `wall`,
rugs to the `floor`.
"""
