"""Labels that are read off instances: their outlines, the salient ones."""

import numpy as np

# Free-standing objects that are this much farther than the nearest one are
# salient too.
SALIENCY_REACH = 1.2


# Objects smaller than this share of the image are not salient.
SALIENCY_SHARE = 0.01


def instance_edges(instance):
    """1 where one of the four neighbours belongs to another instance."""
    edge = np.zeros(instance.shape, bool)
    rows = instance[1:] != instance[:-1]
    columns = instance[:, 1:] != instance[:, :-1]
    edge[1:] |= rows
    edge[:-1] |= rows
    edge[:, 1:] |= columns
    edge[:, :-1] |= columns
    return edge


def salient(scene, depth, instance):
    """The nearest free-standing objects.

    An object is a piece of furniture, a ball, a lamp ... that stands in the
    room, with what stands or lies on it. It is salient when it covers at least
    1 % of the image and its nearest visible point (the 5th percentile of
    depth) is at most 1.2 times as far as that of the nearest such object. Where
    none is that large, the largest one is salient.
    """
    group = scene.group_of_instance[instance]
    best, candidates = None, []
    for number in np.unique(group[group >= 0]):
        inside = group == number
        area = inside.mean()
        if best is None or area > best[0]:
            best = (area, number)
        if area >= SALIENCY_SHARE:
            candidates.append((np.percentile(depth[inside], 5), number))
    if not candidates:
        chosen = [] if best is None else [best[1]]
    else:
        limit = SALIENCY_REACH * min(candidates)[0]
        chosen = [number for near, number in candidates if near <= limit]
    return np.isin(group, chosen)
