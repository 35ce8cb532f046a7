"""What is that, how far is it, and which way does it face?

    python examples/point_at.py examples/photos/sofa.jpg 320 240

says it of the pixel in column 320 and row 240.
"""

import sys

import mtl_zoo


def main(photo, column, row):
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        "hard_sharing_efficientnet_lite0_rooms"
    )
    scene = model.predict_image(photo)
    place = int(row), int(column)
    names = model.tasks[0].class_names
    x, y, z = scene["normals"][place]
    print(
        f"{names[scene['semseg'][place]]}, {scene['depth'][place]:.1f} m away"
    )
    print(f"faces {x:+.2f} to the right, {-y:+.2f} up, {-z:+.2f} to the camera")


if __name__ == "__main__":
    main(*sys.argv[1:])
