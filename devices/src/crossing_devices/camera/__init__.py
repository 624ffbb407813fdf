"""Cameras: attached (V4L2), on the network (MJPEG, RTSP), and from a file."""
