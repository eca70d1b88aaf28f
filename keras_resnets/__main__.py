"""`python -m keras_resnets`: the command `keras-resnets`."""

import sys

from keras_resnets.cli import main

sys.exit(main())
