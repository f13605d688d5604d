"""LFW and CASIA-WebFace on disk, read and generated."""

from edge_aibench.scenarios.home.tasks.face.data.layout import FaceLayout
from edge_aibench.scenarios.home.tasks.face.data.samples import FaceSamples, face_samples

__all__ = ["FaceLayout", "FaceSamples", "face_samples"]
