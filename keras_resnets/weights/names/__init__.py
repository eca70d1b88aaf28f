"""The namings that weights are recognized by, one file a family of networks."""

from keras_resnets.weights.names import densenet, googlenet, inception, preact_resnet, resnet, vgg

NAMINGS = (
    *densenet.NAMINGS,
    *googlenet.NAMINGS,
    *inception.NAMINGS,
    *preact_resnet.NAMINGS,
    *resnet.NAMINGS,
    *vgg.NAMINGS,
)
