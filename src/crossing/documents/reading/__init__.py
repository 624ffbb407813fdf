"""From a picture of a page to its MRZ. The port is light; the readers import OpenCV and onnxruntime."""

from crossing.documents.reading.port import (
    Box,
    Confidence,
    Doubt,
    DoubtReason,
    PageReader,
    PageReading,
    ReadingProblem,
)

__all__ = ["Box", "Confidence", "Doubt", "DoubtReason", "PageReader", "PageReading", "ReadingProblem"]
