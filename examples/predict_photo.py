"""What does a network see in my photo?

    python examples/predict_photo.py examples/photos/sofa.jpg seen

writes a map per task, all of them as arrays, a panel and coloured points.
"""

import sys

import mtl_zoo


def main(photo, folder):
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        "hard_sharing_efficientnet_lite0_rooms"
    )
    scene = model.predict_image(photo)
    scene.save(folder)
    mtl_zoo.visualization.panel(photo, scene).save(f"{folder}/panel.png")
    scene.to_point_cloud(photo).save(f"{folder}/points.ply")
    print(scene)


if __name__ == "__main__":
    main(*sys.argv[1:])
