"""Key maps of other libraries, one file a family of networks."""

from keras_resnets.weights.names import densenet, googlenet, inception, preact_resnet, resnet, vgg

KEY_MAPS = (
    *densenet.KEY_MAPS,
    *googlenet.KEY_MAPS,
    *inception.KEY_MAPS,
    *preact_resnet.KEY_MAPS,
    *resnet.KEY_MAPS,
    *vgg.KEY_MAPS,
)
