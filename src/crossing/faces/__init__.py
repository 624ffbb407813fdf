"""Faces: portrait quality, templates, one-to-one comparison, galleries. A face never decides; a person does.

The engines are behind one port (``engines/base.py``). OpenCV and dlib are imported in ``engines/`` alone, so that
the capital can read this room's tables and schemas without carrying either.
"""
