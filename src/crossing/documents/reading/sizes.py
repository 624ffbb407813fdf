"""Pictures in another size."""

import cv2
import numpy as np

from crossing.platform.images import BgrImage


def resized(image: BgrImage, scale: float) -> BgrImage:
    """``image`` with its sides ``scale`` times as long; however slim it is, a pixel stays across."""
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), dtype=np.uint8)
