"""Checking a whole data set: all problems in one pass, checksums."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from mtl_zoo.datasets import loading
from mtl_zoo.datasets import verification
from tests.datasets.conftest import FORMS

pytestmark = pytest.mark.one_backend


@pytest.mark.parametrize("name, variant, num_classes", FORMS)
def test_a_good_data_set_has_no_problems(
    make_dataset, monkeypatch, name, variant, num_classes
):
    folder, splits = make_dataset(name, variant, num_classes)
    if loading.DATASETS[name].counts:
        counts = {"train": 2, "validation": 1}
        monkeypatch.setattr(loading.DATASETS[name], "counts", counts)
    reader = loading.DATASETS[name](folder, num_classes)
    report = verification.verify(reader)
    assert report.problems == []
    assert report.counts == {"train": 2, "validation": 1}
    assert list(report.values) == ["image", *reader.label_names()]
    semseg = report.values["semseg"]
    ids = np.stack([s["semseg"] for split in splits.values() for s in split])
    assert semseg["dtype"] == "int32"
    assert semseg["least"] == ids[ids != 255].min()
    assert semseg["greatest"] == ids[ids != 255].max()
    assert semseg["known"] == pytest.approx((ids != 255).mean(), abs=1e-4)
    path = verification.write_manifest(reader, report)
    manifest = json.loads(path.read_text())
    files = [p for p in folder.rglob("*") if p.is_file() and p != path]
    assert len(manifest["files"]) == len(files) > 5
    for file in files:
        found = manifest["files"][file.relative_to(folder).as_posix()]
        assert found["size"] == file.stat().st_size
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        assert found["sha256"] == sha256
    # A second manifest does not list the first.
    verification.write_manifest(reader, report)
    assert json.loads(path.read_text()) == manifest


def test_all_problems_are_found_in_one_pass(make_dataset):
    folder, _ = make_dataset("nyud_mt", "survey", 40)
    broken = {
        "images/train0000.jpg": lambda p: p.write_bytes(p.read_bytes()[:90]),
        "depth/train0000.npy": lambda p: np.save(p, np.full((24, 32), np.nan)),
        "depth/train0001.npy": lambda p: p.unlink(),
        "normals/train0001.npy": lambda p: np.save(p, np.ones((24, 32))),
        "edge/validation0000.npy": lambda p: np.save(p, np.ones((9, 9))),
        "segmentation/validation0000.png": lambda p: Image.fromarray(
            np.full((24, 32), 99, "uint8")
        ).save(p),
    }
    for name, damage in broken.items():
        damage(folder / name)
    reader = loading.DATASETS["nyud_mt"](folder)
    problems = verification.verify(reader).problems
    for name in broken:
        found = [p for p in problems if p.startswith(f"{folder / name}: ")]
        assert len(found) == 1, name
    # And that the lists are not as long as published.
    assert [p for p in problems if "795" in p and "has 2 images" in p]
    assert [p for p in problems if "654" in p and "has 1 images" in p]
    assert len(problems) == len(broken) + 2


def test_labels_without_an_image_are_found(make_dataset):
    folder, _ = make_dataset("folder", "published", 5)
    path = folder / "train" / "depth" / "typo.npy"
    np.save(path, np.ones((24, 32)))
    problems = verification.verify(loading.DATASETS["folder"](folder)).problems
    assert problems == [f"{path}: there is no image of that name."]


def test_two_labels_of_one_image_are_one_problem(make_dataset):
    folder, _ = make_dataset("folder", "published", 5)
    path = folder / "train" / "depth" / "00001.npy"
    np.save(path, np.ones((24, 32)))
    (folder / "validation" / "edge" / "00000.png").write_bytes(b"")
    problems = verification.verify(loading.DATASETS["folder"](folder)).problems
    assert len(problems) == 2
    assert "depth/00001" in problems[0] and "same name" in problems[0]
    assert problems[1].startswith(f"{folder}/validation/edge/00000.png: ")


def test_interrupted_manifest_leaves_nothing(make_dataset, monkeypatch):
    folder, _ = make_dataset("folder", "published", 5)
    reader = loading.DATASETS["folder"](folder)
    report = verification.verify(reader)
    before = sorted(folder.rglob("*"))

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(verification.json, "dumps", interrupt)
    with pytest.raises(KeyboardInterrupt):
        verification.write_manifest(reader, report)
    assert sorted(folder.rglob("*")) == before
