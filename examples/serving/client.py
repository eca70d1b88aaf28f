"""The classes of image files, by a served export, over REST; Python's standard library is all that it needs.

    python examples/serving/client.py boot.png coat.jpg --model resnet20_fashion_mnist

A file that the server refuses is named with its reason, and the others are answered nevertheless.
"""

import argparse
import base64
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path


def classify(url, model, contents, timeout=60):
    """The answers of `classify_bytes` to the contents of files, in order: {"classes", "scores", "error"} each.

    Raises:
        OSError: if the server cannot be reached, or refuses the request as a whole.
    """
    instances = [{"b64": base64.b64encode(content).decode()} for content in contents]
    body = json.dumps({"signature_name": "classify_bytes", "instances": instances}).encode()
    request = urllib.request.Request(
        f"{url}/v1/models/{model}:predict", body, {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)["predictions"]
    except urllib.error.HTTPError as error:
        raise OSError(f"{url} answers with status {error.code}: {error.read().decode(errors='replace')}") from error
    except urllib.error.URLError as error:
        raise OSError(f"No server answers at {url}: {error.reason}") from error


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", type=Path, nargs="+", metavar="file", help="JPEG or PNG")
    options.add_argument("--url", default="http://localhost:8501")
    options.add_argument("--model", default="resnet20_fashion_mnist")
    given = options.parse_args()

    try:
        answers = classify(given.url, given.model, [file.read_bytes() for file in given.files])
    except OSError as error:
        sys.exit(str(error))
    for file, answer in zip(given.files, answers, strict=True):
        named = zip(answer["classes"], answer["scores"], strict=True)
        print(f"{file}: " + (answer["error"] or ", ".join(f"{name} {100 * score:.1f} %" for name, score in named)))
    return int(any(answer["error"] for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
