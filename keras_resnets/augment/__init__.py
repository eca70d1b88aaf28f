"""Random changes of training images, each a function of an image and a key."""
