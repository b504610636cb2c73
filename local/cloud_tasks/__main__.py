"""Start the Cloud Tasks emulator alone: `python -m local.cloud_tasks --port 8123`."""

import argparse
import signal
import sys
import threading

from local.cloud_tasks import CloudTasks, Queue
from local.server import PortTakenError

PORT = 8123
LAST_PORT = 65_535


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 1 if the port is taken."""
    options = _parse(arguments)
    cloud = CloudTasks(
        options.queue,
        create_unknown_queues=not options.queue,
        port=options.port,
        speed=options.speed,
    )
    try:
        cloud.start()
    except PortTakenError as error:
        print(error, file=sys.stderr)
        return 1
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    print(f"Cloud Tasks emulator at {cloud.url}", flush=True)
    done.wait()
    cloud.stop()
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.cloud_tasks", description=__doc__)
    parser.add_argument("--port", type=_port, default=PORT, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how much faster the queues' time runs")
    parser.add_argument(
        "--queue",
        type=_queue,
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="projects/P/locations/L/queues/Q; without any, a queue is made when it is first used",
    )
    return parser.parse_args(arguments)


def _queue(name: str) -> Queue:
    try:
        return Queue(name=name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is 0 to {LAST_PORT}")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not speed > 0:
        raise argparse.ArgumentTypeError("the speed is above 0")
    return speed


if __name__ == "__main__":
    sys.exit(main())
