"""Preprocessing of images: one record, and its renderers in Pillow and in TensorFlow graphs."""
