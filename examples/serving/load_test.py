"""How many images a second a served export answers, and how long an answer takes: clients that ask without a pause.

    python examples/serving/load_test.py boot.png --clients 8 --seconds 10 --batch 1

Start it on another machine than the server's, or the two share the processor.
"""

import argparse
import statistics
import sys
import threading
import time
from pathlib import Path

from client import classify


def ask(url, model, contents, until, seconds, errors):
    """Ask until the moment `until`; what each answer took goes to `seconds`, what went wrong to `errors`."""
    while time.monotonic() < until:
        start = time.monotonic()
        try:
            answers = classify(url, model, contents)
        except OSError as error:
            errors.append(str(error))
        else:
            errors += [answer["error"] for answer in answers if answer["error"]]
            seconds.append(time.monotonic() - start)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path, help="JPEG or PNG, which every request carries")
    options.add_argument("--url", default="http://localhost:8501")
    options.add_argument("--model", default="resnet20_fashion_mnist")
    options.add_argument("--clients", type=int, default=8, help="that ask at the same time (default: 8)")
    options.add_argument("--batch", type=int, default=1, help="images a request (default: 1)")
    options.add_argument("--seconds", type=float, default=10.0, help="how long (default: 10)")
    given = options.parse_args()

    contents = [given.file.read_bytes()] * given.batch
    seconds, errors = [], []
    start = time.monotonic()
    work = (given.url, given.model, contents, start + given.seconds, seconds, errors)
    clients = [threading.Thread(target=ask, args=work) for _ in range(given.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    elapsed = time.monotonic() - start
    print(f"{len(seconds)} requests of {given.batch} in {elapsed:.1f} s, {len(errors)} errors")
    if errors:
        print(f"the first error: {errors[0]}")
    if len(seconds) > 1:
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        print(f"{len(seconds) * given.batch / elapsed:.1f} images/s; an answer takes ", end="")
        print(", ".join(f"{1000 * cuts[p - 1]:.0f} ms ({p} %)" for p in (50, 95, 99)))
    return int(bool(errors) or not seconds)


if __name__ == "__main__":
    sys.exit(main())
