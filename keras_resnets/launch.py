"""Start the workers of a cluster on one machine and stop them together, or print the commands for several machines."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from keras_resnets._errors import positive_integer

GRACE = 30.0  # seconds for a worker to save after SIGTERM
POLL = 0.2  # seconds between checks of the workers
SHOWN = 15  # last lines of a failed worker's output that are printed


def launch(
    arguments: Sequence[str], workers: int, *, restarts: int = 0, environment: Mapping[str, str] | None = None
) -> int:
    """Run `keras-resnets ARGUMENTS` as `workers` processes of this machine that train as one cluster.

    The first worker is the chief: its output is printed, that of the others only if they fail. When one fails, the
    others are stopped, and all start again with `--resume` from the last checkpoint, at most `restarts` times. SIGINT
    and SIGTERM are forwarded to the workers.

    Args:
        arguments: Words of the command, such as `["train", "resnet20", "--epochs", "20"]`.
        workers: Number of processes, 1 or more.
        restarts: Number of restarts after failures.
        environment: Environment variables of the workers other than TF_CONFIG; default those of this process.

    Returns:
        Exit status: 0, or that of the first worker to fail in the last attempt.

    Raises:
        ValueError: If a number is out of its range.
    """
    positive_integer("workers", workers)
    if restarts < 0:
        raise ValueError(f"restarts must be 0 or more, not {restarts}.")
    environment = dict(os.environ if environment is None else environment)
    # Each worker takes its share of the processors, not all of them.
    environment.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    arguments = list(arguments)
    while True:
        status, stopped = run_once(arguments, workers, environment)
        if status == 0 or stopped or restarts == 0:
            return status
        restarts -= 1
        arguments = resuming(arguments)
        print(f"All workers start again, from the last checkpoint; restarts left: {restarts}.", file=sys.stderr)


def resuming(arguments: Sequence[str]) -> list[str]:
    """Return the words of a training command with `--resume` in place of what it says of an existing run."""
    return [*(argument for argument in arguments if argument not in ("--overwrite", "--resume")), "--resume"]


def run_once(arguments: Sequence[str], workers: int, environment: Mapping[str, str]) -> tuple[int, bool]:
    """Run all workers to their end.

    Returns:
        Exit status of the first failure or 0, and whether a signal stopped the workers.
    """
    addresses = [f"localhost:{port}" for port in free_ports(workers)]
    environments = [{**environment, "TF_CONFIG": tf_config(addresses, index)} for index in range(workers)]
    return together([sys.executable, "-m", "keras_resnets.cli", *arguments], environments)


def together(
    command: Sequence[str], environments: Sequence[Mapping[str, str]], talking: Collection[int] = (0,)
) -> tuple[int, bool]:
    """Run `command` once in each environment, until all end well or one fails, and forward signals.

    Args:
        command: Program and its arguments.
        environments: Environment variables of each process. Standard error of the first is printed, that of the others
            if they fail.
        talking: Numbers of the processes whose standard output is printed.

    Returns:
        Exit status of the first failure or 0, and whether a signal stopped the processes.
    """
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in environments]
        processes = [
            subprocess.Popen(
                command,
                env=environment,
                stdout=None if index in talking else logs[index],
                stderr=None if index == 0 else logs[index],
                start_new_session=True,  # so that Ctrl-C reaches them once, through this process
            )
            for index, environment in enumerate(environments)
        ]
        with forwarding(processes) as signals:
            try:
                first = wait(processes)
            finally:
                stop(processes)
        if first is None:
            return 0, bool(signals)
        if not signals:
            logs[first].seek(0)
            lines = "".join(f"  {line}" for line in logs[first].readlines()[-SHOWN:])
            print(f"Worker {first} ended with status {processes[first].returncode}.\n{lines}", end="", file=sys.stderr)
        return status_of(processes[first].returncode), bool(signals)


def wait(processes: Sequence[subprocess.Popen]) -> int | None:
    """Wait for all processes to end well, or for one to fail.

    Returns:
        Number of the process that failed; None if all ended well.
    """
    while True:
        codes = [process.poll() for process in processes]
        failed = [index for index, code in enumerate(codes) if code]
        if failed:
            return failed[0]
        if all(code == 0 for code in codes):
            return None
        time.sleep(POLL)


def stop(processes: Sequence[subprocess.Popen]) -> None:
    """Stop the processes that still run by SIGTERM and, after `GRACE` seconds, SIGKILL."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def forwarding(processes: Sequence[subprocess.Popen]) -> Iterator[list[int]]:
    """Forward SIGINT and SIGTERM to the processes, and yield the list of those received."""
    received: list[int] = []

    def forward(number, frame):
        received.append(number)
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def status_of(returncode: int) -> int:
    """Return an exit status as shells do: 128 plus the number of the signal for a process that a signal ended."""
    return 128 - returncode if returncode < 0 else returncode


def tf_config(addresses: Sequence[str], index: int) -> str:
    """Return TF_CONFIG of worker `index` in a cluster of `addresses` ("host:port"); worker 0 is the chief."""
    return json.dumps({"cluster": {"worker": list(addresses)}, "task": {"type": "worker", "index": index}})


def commands_for(addresses: Sequence[str], arguments: Sequence[str]) -> str:
    """Return the shell command for each machine of a cluster.

    Raises:
        ValueError: If an address is not HOST:PORT.
    """
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"An address is HOST:PORT, such as node1:2222, not {address!r}.")
    command = shlex.join(["keras-resnets", *arguments])
    return "\n".join(
        f"# on {address.rpartition(':')[0]}\nTF_CONFIG={shlex.quote(tf_config(addresses, index))} {command}"
        for index, address in enumerate(addresses)
    )


def free_ports(count: int) -> list[int]:
    """Return numbers of unused ports of this machine."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
