"""Random augmentation of training images; each operation is a function of an image and a key."""
