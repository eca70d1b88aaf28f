"""One process of a search: `python -m keras_resnets.tuning.worker DIRECTORY`, with keras-tuner's environment variables.

KERASTUNER_TUNER_ID is "chief" or a worker's name; KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT are the chief's
address. On several machines, the directory is on a file system that they share.
"""

import argparse
import sys
from pathlib import Path

from keras_resnets import data
from keras_resnets.tuning.record import Search
from keras_resnets.tuning.trials import run_trials


def main() -> int:
    """Take part in a search until no trial is left.

    Returns:
        Exit status: 0; 130 after Ctrl-C; 75 after SIGTERM.
    """
    parser = argparse.ArgumentParser(description="Take part in a search that `keras-resnets tune` has started.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    search = Search.read(options.directory)
    try:
        run_trials(search, options.directory, data.load(search.dataset, options.data_dir))
    except KeyboardInterrupt as stop:
        return getattr(stop, "exit_status", 130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
