"""What requests cost a server: several at once over kept connections, all of them answered 200."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.bench.cores import BenchError
from local.bench.served import Request, Served

_AT_ONCE = 4
_TIMEOUT = 30.0


@dataclass(frozen=True)
class Load:
    """A run: seconds of processor time a request, the share of the core that was used, and the worker's memory."""

    cpu: float
    share: float
    proportional: int
    resident: int


def run(served: Served, requests: Sequence[Request]) -> Load:
    """Send the requests and say what they cost; raises `BenchError` for any answer but 200."""
    cpu, began = served.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        done = sum(pool.map(lambda share: _send(served.port, share), (requests[n::_AT_ONCE] for n in range(_AT_ONCE))))
    if done < len(requests):
        raise BenchError(f"{len(requests) - done} of {len(requests)} requests were not answered 200")
    cost, seconds = served.cpu_seconds() - cpu, time.perf_counter() - began
    return Load(cost / len(requests), cost / seconds, *served.worker_memory())


def _send(port: int, requests: Sequence[Request]) -> int:
    """Post the requests one after the other; how many were answered 200."""
    done = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    try:
        for request in requests:
            connection.request("POST", request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            answer.read()
            done += answer.status == http.client.OK
    finally:
        connection.close()
    return done
