"""Face verification: FaceNet and SphereFace, LFW pairs, CASIA-WebFace."""
