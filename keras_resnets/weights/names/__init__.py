"""The namings that weights are recognized by, one file a family of networks."""

from keras_resnets.weights.names import resnet, vgg

NAMINGS = (*resnet.NAMINGS, *vgg.NAMINGS)
