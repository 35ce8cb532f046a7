"""Run an exported file on a camera or a video, and print frames per second.

```
python run_video.py rooms.tflite 0            # the first camera
python run_video.py rooms.tflite walk.mp4
python run_video.py rooms.tflite walk.gif
```

Needs what run_image.py needs; for cameras and video files also OpenCV
(`pip install opencv-python`). Animated pictures need nothing more.
"""

import sys
import time

from PIL import Image
from PIL import ImageSequence
from run_image import Predictor


def frames(source):
    """Pictures of a camera (by its number), a video or an animated picture."""
    if source.lower().endswith((".gif", ".png", ".webp")):
        yield from ImageSequence.Iterator(Image.open(source))
        return
    try:
        import cv2
    except ImportError:
        sys.exit("Cameras and videos need OpenCV: pip install opencv-python")
    video = cv2.VideoCapture(int(source) if source.isdecimal() else source)
    found, frame = video.read()
    if not found:
        sys.exit(f"{source}: no camera and no video that can be read")
    while found:
        yield Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
        found, frame = video.read()


def main(file, source):
    """Predict frame after frame until there are no more, or Ctrl-C."""
    predictor = Predictor(file)
    start, count = time.perf_counter(), 0
    for frame in frames(source):
        predictor(frame)
        count += 1
        seconds = time.perf_counter() - start
        print(f"\r{count} frames, {count / seconds:.1f} per second", end="")
    print()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python run_video.py FILE.tflite|FILE.onnx SOURCE")
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        print()
