"""What a network expects of an image, one record, and its renderers: NumPy with Pillow, and TensorFlow's graph."""
