"""odsF against slow and plain versions of its parts."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from mtl_zoo import metrics
from mtl_zoo.metrics import boundary


def plain_thin(mask):
    """Zhang's and Suen's paper, pixel by pixel."""
    image = np.pad(mask, 1).astype(int)
    while True:
        before = image.copy()
        for first in (True, False):
            remove = []
            for y, x in zip(*np.nonzero(image), strict=True):
                ring = [
                    image[y + dy, x + dx]
                    for dy, dx in (
                        (-1, 0),
                        (-1, 1),
                        (0, 1),
                        (1, 1),
                        (1, 0),
                        (1, -1),
                        (0, -1),
                        (-1, -1),
                    )
                ]
                steps = sum(ring[i] < ring[(i + 1) % 8] for i in range(8))
                north, east, south, west = ring[::2]
                if first:
                    corner = north * east * south + east * south * west
                else:
                    corner = north * east * west + north * south * west
                if 2 <= sum(ring) <= 6 and steps == 1 and not corner:
                    remove.append((y, x))
            for place in remove:
                image[place] = 0
        if (image == before).all():
            return image[1:-1, 1:-1].astype(bool)


def plain_pairs(there, found, radius):
    a, b = np.argwhere(there), np.argwhere(found)
    near = np.linalg.norm(a[:, None] - b, axis=-1) <= radius
    rows, columns = linear_sum_assignment(near, maximize=True)
    return near[rows, columns].sum()


def make_maps(rng, size=(18, 22)):
    probability = ndimage.gaussian_filter(rng.random(size), 1)
    probability -= probability.min()
    label = ndimage.gaussian_filter(rng.normal(size=size), 2) > 0.05
    return label, (probability / probability.max()).astype("float32")


@pytest.mark.parametrize("seed", range(3))
def test_thinning_is_the_papers(seed):
    label, probability = make_maps(np.random.default_rng(seed))
    np.testing.assert_array_equal(boundary.thin(label), plain_thin(label))
    skeletons = boundary.thin_at_thresholds(probability)
    assert skeletons.shape == (99, 18, 22)
    for i in (0, 30, 63, 64, 98):
        threshold = np.float32((i + 1) / 100)
        np.testing.assert_array_equal(
            skeletons[i], plain_thin(probability >= threshold)
        )


@pytest.mark.parametrize("max_distance", [0.0, 0.04, 0.1])
def test_counts_are_those_of_brute_force(max_distance):
    label, probability = make_maps(np.random.default_rng(0))
    counts = boundary.count_boundaries(label, probability, max_distance)
    skeletons = boundary.thin_at_thresholds(probability)
    there = boundary.thin(label)
    radius = max_distance * np.hypot(18, 22)
    for i in range(0, 99, 7):
        assert counts[0, i] == plain_pairs(there, skeletons[i], radius)
        assert counts[1, i] == skeletons[i].sum()
        assert counts[2, i] == there.sum()


def test_one_pixel_off_is_right_and_two_are_wrong():
    labels = np.zeros((1, 96, 128, 1), "float32")
    labels[:, 40] = 1
    raw = 20 * labels - 10
    for off, f in ((0, 1.0), (1, 1.0), (2, 0.0)):
        metric = metrics.BoundaryMetrics()
        metric.update_state(labels, np.roll(raw, off, axis=1))
        assert metric.result()["odsF"] == f
    metric = metrics.BoundaryMetrics(max_distance=0.0125)  # 2 pixels
    metric.update_state(labels, np.roll(raw, 2, axis=1))
    assert metric.result()["odsF"] == 1.0


def test_one_threshold_for_all_images():
    # Image 1 is right up to 0.3, image 2 from 0.6 on: no threshold does both.
    labels = np.zeros((2, 20, 20, 1), "float32")
    labels[:, 10] = 1
    p = np.full(labels.shape, 1e-4)
    p[0, 10] = 0.305
    p[1, 10] = 0.905
    p[1, 3] = 0.605
    metric = metrics.BoundaryMetrics(0)
    metric.update_state(labels, np.log(p / (1 - p)).astype("float32"))
    result = metric.result()
    # Below 0.3: 40 of 60 found, 40 of 40 there.
    assert result["ods_threshold"] <= 0.3
    assert result["precision"] == pytest.approx(2 / 3)
    assert result["recall"] == pytest.approx(1)
    assert result["odsF"] == pytest.approx(0.8)


def test_images_spread_over_workers_give_the_same():
    rng = np.random.default_rng(0)
    maps = [make_maps(rng) for _ in range(6)]
    labels = np.stack([label for label, _ in maps])[..., None]
    p = np.stack([p for _, p in maps])[..., None].clip(1e-4, 1 - 1e-4)
    with ThreadPoolExecutor(2) as executor:
        found = []
        for spread in (None, executor):
            metric = metrics.BoundaryMetrics(0.04, executor=spread)
            for i in range(0, 6, 2):
                logits = np.log(p / (1 - p))[i : i + 2]
                metric.update_state(labels[i : i + 2], logits)
            found.append(metric.result())
    assert found[0] == found[1]
    assert 0 < found[0]["odsF"] < 1


def test_what_is_not_labelled_does_not_count():
    labels = np.zeros((1, 20, 20, 1), "float32")
    labels[:, 10] = 1
    labels[:, :, 12:] = 255
    raw = np.full(labels.shape, -10.0)
    raw[:, 10] = 10
    raw[:, :, 14:] = 10
    metric = metrics.BoundaryMetrics()
    metric.update_state(labels, raw)
    # Thinning may shorten the ends of a line.
    assert metric.result()["odsF"] > 0.9
    with pytest.raises(ValueError, match="max_distance"):
        metrics.BoundaryMetrics(-1)
