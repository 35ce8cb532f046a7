"""Writes data sets in exactly the forms in which they are published.

For tests, and for measuring how fast data sets are read that may not be passed
on: `made_up_sample` invents what is written.
"""

import numpy as np
from PIL import Image
from scipy import io

from mtl_zoo.datasets.classes import CITYSCAPES_19

# Height and width of the images, and classes, as published.
PUBLISHED = {
    ("nyud_mt", "survey"): ((480, 640), 40),
    ("nyud_mt", "astmt"): ((480, 640), 40),
    ("nyud_mt", "atrc"): ((425, 560), 40),
    ("nyuv2_13", "published"): ((288, 384), 13),
    ("cityscapes", "npy"): ((128, 256), 19),
    ("cityscapes", "official"): ((1024, 2048), 19),
    ("pascal_context", "published"): ((375, 500), 21),
    ("folder", "published"): ((480, 640), 13),
}
# Published names of splits.
_SPLITS = {"train": "train", "validation": "val"}
# Classes of PASCAL-Context: wall, floor, chair, …, which have normals.
_CONTEXT = (440, 158, 72, 18, 397, 115, 454, 368, 290, 105, 46, 33, 68)
_SKY = 360
_PARTS = ("", "head", "torso", "luarm", "rhand", "ruleg", "lfoot")


def made_up_sample(rng, image_size, num_classes):
    """An image of coloured blocks with all kinds of labels.

    Args:
        rng: `numpy.random.Generator`.
        image_size: Pair `(height, width)`.
        num_classes: Integer.

    Returns:
        A dict `image` and a label for each task, some of it unknown.
    """
    height, width = image_size

    def blocks(make):
        coarse = make((6, 8))
        rows = np.arange(height) * 6 // height
        return coarse[rows[:, None], np.arange(width) * 8 // width]

    def unknown():
        return blocks(lambda shape: rng.random(shape) < 0.1)

    image = blocks(lambda s: rng.integers(0, 200, (*s, 3)))
    image = image + rng.integers(0, 30, (height, width, 3))
    normals = blocks(lambda s: rng.normal(size=(*s, 3))).astype("float32")
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    normals[unknown()] = 0
    depth = blocks(lambda s: rng.uniform(1, 8, s))[..., None]
    depth = (depth + rng.uniform(0, 0.1, depth.shape)).astype("float32")
    depth[unknown()] = 0
    disparity = blocks(lambda s: rng.integers(1, 32000, s))[..., None] / 65536
    disparity[unknown()] = 0
    semseg = blocks(lambda s: rng.integers(0, num_classes, s)).astype("int32")
    semseg[unknown()] = 255
    parts = blocks(lambda s: rng.integers(0, 7, s)).astype("int32")

    def binary():
        return blocks(lambda s: rng.integers(0, 2, s))[..., None]

    return {
        "image": image.astype("uint8"),
        "semseg": semseg,
        "human_parts": parts,
        "depth": depth,
        "disparity": disparity.astype("float32"),
        "normals": normals,
        "edge": binary().astype("float32"),
        "saliency": binary().astype("float32"),
    }


def write_dataset(folder, name, variant, splits, num_classes=None):
    """Writes samples in the form of a published data set, or of `folder`.

    Args:
        folder: `pathlib.Path`, the data set's root.
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        variant: String, which copy; see the data set's `Reader`.
        splits: Dict split → list of samples.
        num_classes: Integer, how many classes the samples have.
    """
    write = {
        "nyud_mt": _NYUDMT,
        "nyuv2_13": _Arrays,
        "cityscapes": _Arrays if variant == "npy" else _CityscapesOfficial,
        "pascal_context": _Pascal,
        "folder": _Folder,
    }[name](folder, name, variant, num_classes)
    for split, samples in splits.items():
        ids = [write(split, i, sample) for i, sample in enumerate(samples)]
        write.finish(split, ids)


def write_made_up(folder, name, variant, count, image_size=None):
    """Writes invented training images, and one for validation.

    Args:
        folder: `pathlib.Path`, the data set's root.
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        variant: String, which copy; see the data set's `Reader`.
        count: Integer, how many; 16 of them are different.
        image_size: Pair `(height, width)`. Defaults to the published size.

    Raises:
        ValueError: If that can't be made up.
    """
    if (name, variant) not in PUBLISHED:
        forms = ", ".join(f"{n} ({v})" for n, v in PUBLISHED)
        raise ValueError(
            f"--dataset={name} --copy={variant}: can be made up: {forms}."
        )
    published, num_classes = PUBLISHED[name, variant]
    rng = np.random.default_rng(0)
    samples = [
        made_up_sample(rng, image_size or published, num_classes)
        for _ in range(min(count, 16))
    ]
    splits = {
        "train": [samples[i % len(samples)] for i in range(count)],
        "validation": samples[:1],
    }
    write_dataset(folder, name, variant, splits, num_classes)


class _Writer:
    def __init__(self, folder, name, variant, num_classes):
        self.folder = folder
        self.name = name
        self.variant = variant
        self.num_classes = num_classes

    def __call__(self, split, index, sample):
        """Writes a sample and returns its name."""
        raise NotImplementedError

    def finish(self, split, ids):
        """Writes the list of a split."""

    def save(self, path, array):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            np.save(path, array)
        elif path.suffix == ".jpg":
            Image.fromarray(array).save(path, quality=95, subsampling=0)
        else:
            Image.fromarray(array).save(path)

    def save_mat(self, path, **variables):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        io.savemat(path, variables, do_compression=True)

    def save_list(self, path, ids):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{image_id}\n" for image_id in ids))


class _NYUDMT(_Writer):
    def __call__(self, split, index, sample):
        name = f"{split}{index:04d}"
        ids = np.where(sample["semseg"] == 255, 0, sample["semseg"] + 1)
        ids = ids.astype("uint8")
        edge = sample["edge"][..., 0]
        grey_edge = (edge * 255).astype("uint8")
        depth, normals = sample["depth"][..., 0], sample["normals"]
        image = f"images/{name}.{'png' if self.variant == 'atrc' else 'jpg'}"
        self.save(image, sample["image"])
        if self.variant == "survey":
            self.save(f"edge/{name}.npy", edge)
            self.save(f"segmentation/{name}.png", ids)
            self.save(f"normals/{name}.npy", normals)
            self.save(f"depth/{name}.npy", depth)
        elif self.variant == "astmt":
            self.save(f"edge/{name}.png", grey_edge)
            self.save_mat(f"segmentation/{name}.mat", segmentation=ids)
            self.save(f"normals/{name}.jpg", _as_picture(normals))
            self.save_mat(f"depth/{name}.mat", depth=depth)
        else:
            self.save(f"edge/{name}.png", grey_edge)
            self.save(f"segmentation/{name}.png", ids)
            self.save(f"normals/{name}.png", _as_picture(normals))
            self.save(f"depth/{name}.npy", depth)
        return name

    def finish(self, split, ids):
        self.save_list(f"gt_sets/{_SPLITS[split]}.txt", ids)


class _Arrays(_Writer):
    """The `.npy` copies of NYUv2 and Cityscapes."""

    def __call__(self, split, index, sample):
        ids = sample["semseg"].astype("float32")
        ids[ids == 255] = -1
        cityscapes = self.name == "cityscapes"
        arrays = {
            "image": sample["image"] / 255,
            "depth": sample["disparity" if cityscapes else "depth"],
        }
        if cityscapes:
            arrays[f"label_{self.num_classes}"] = ids
        else:
            arrays.update(label=ids, normal=sample["normals"])
        for kind, array in arrays.items():
            self.save(f"{_SPLITS[split]}/{kind}/{index}.npy", array)
        return str(index)


class _CityscapesOfficial(_Writer):
    def __call__(self, split, index, sample):
        city = ("aachen", "ulm")[index % 2]
        name = f"{city}_{index:06d}_000019"
        ids = np.zeros(256, "uint8")  # 0 is unlabelled.
        ids[: len(CITYSCAPES_19)] = [entry[0] for entry in CITYSCAPES_19]
        disparity = sample["disparity"][..., 0]
        stored = np.where(disparity > 0, disparity * 65536 + 1, 0).round()
        place = f"{_SPLITS[split]}/{city}/{name}"
        self.save(f"leftImg8bit/{place}_leftImg8bit.png", sample["image"])
        self.save(f"gtFine/{place}_gtFine_labelIds.png", ids[sample["semseg"]])
        self.save(
            f"disparity/{place}_disparity.png",
            np.round(stored).astype("uint16"),
        )
        return name


class _Pascal(_Writer):
    def __call__(self, split, index, sample):
        name = f"2008_{len(split)}{index:05d}"
        self.save(f"JPEGImages/{name}.jpg", sample["image"])
        source = ("VOC12", "pascal-context")[index % 2]
        semseg = sample["semseg"].astype("uint8")
        self.save(f"semseg/{source}/{name}.png", semseg)
        saliency = (sample["saliency"][..., 0] * 255).astype("uint8")
        self.save(f"sal_distill/{name}.png", saliency)
        normals = _as_picture(sample["normals"])
        self.save(f"normals_distill/{name}.png", normals)
        known = sample["normals"].any(-1)
        context = np.array(_CONTEXT)[sample["semseg"] % len(_CONTEXT)]
        context = np.where(known, context, _SKY).astype("uint16")
        self.save_mat(f"pascal-context/trainval/{name}.mat", LabelMap=context)
        things = []
        if (sample["human_parts"] != 255).any():
            things.append(_person(sample["human_parts"]))
        self.save_mat(
            f"human_parts/{name}.mat",
            anno={"imname": name, "objects": _structs(things)},
        )
        return name

    def finish(self, split, ids):
        self.save_list(f"ImageSets/Context/{_SPLITS[split]}.txt", ids)


class _Folder(_Writer):
    def __call__(self, split, index, sample):
        name = f"{index:05d}"
        pictures = {
            "image": sample["image"],
            "semseg": sample["semseg"].astype("uint8"),
            "human_parts": sample["human_parts"].astype("uint8"),
            "depth": np.round(sample["depth"][..., 0] * 1000).astype("uint16"),
            "normals": _as_picture(sample["normals"]),
            "edge": (sample["edge"][..., 0] * 255).astype("uint8"),
            "saliency": (sample["saliency"][..., 0] * 255).astype("uint8"),
        }
        for key, picture in pictures.items():
            self.save(f"{split}/{key}/{name}.png", picture)
        self.save(f"{split}/disparity/{name}.npy", sample["disparity"])
        return name

    def finish(self, split, ids):
        self.save_list(
            "classes.txt", [f"class {i}" for i in range(self.num_classes)]
        )


def _as_picture(normals):
    return np.round((normals + 1) * 127.5).astype("uint8")


def _person(human_parts):
    parts = [
        {"part_name": _PARTS[i], "mask": (human_parts == i).astype("uint8")}
        for i in range(1, len(_PARTS))
        if (human_parts == i).any()
    ]
    return {
        "class": "person",
        "class_ind": 15,
        "mask": (human_parts > 0).astype("uint8"),
        "parts": _structs(parts),
    }


def _structs(values):
    """A MATLAB array of structures."""
    names = list(values[0]) if values else ["class"]
    array = np.empty((1, len(values)), [(name, object) for name in names])
    for i, value in enumerate(values):
        for name in names:
            array[name][0, i] = value[name]
    return array
