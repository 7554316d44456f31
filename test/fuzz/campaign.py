"""A run over many cases: flags, worker processes, what was found, the closing line.

Each case is made from the seed and its index alone, so that --seed and --only
replay it.

Workers share nothing: each has its own part of the cases and a pipe of its own.
A pool's queue has locks, and a worker that dies with one of them in its hands
leaves the others, and who waits for them, waiting for ever.
"""

import argparse
import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.connection import wait

FLAWS_SHOWN = 10


def read_arguments(description, *more):
    """Flags of both fuzzers; "more" are pairs of a flag and its properties."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--only", type=int, metavar="INDEX", help="replay one case, and show it")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--token", action="append", default=[], metavar="NAME=VALUE",
                        help="agent, lister, victim, impersonation, doomed, refresh, username or password")
    for flag, properties in more:
        parser.add_argument(flag, **properties)
    arguments = parser.parse_args()
    arguments.tokens = dict(pair.split("=", 1) for pair in arguments.token)
    return arguments


def random_of(seed, index):
    return random.Random(f"{seed}:{index}")


def work(start, try_case, arguments, indexes, pipe):
    """In a worker."""
    start(arguments)
    for index in indexes:
        pipe.send(try_case(index))


class Worker:
    """A process with its part of the cases, and how many of them are done."""

    def __init__(self, start, try_case, arguments, indexes):
        self.indexes, self.done = indexes, 0
        self.pipe, theirs = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=work, args=(start, try_case, arguments, indexes, theirs), daemon=True)
        self.process.start()
        theirs.close()  # so that its end is the end of the pipe

    def next(self):
        """Index of a case, what was seen in it, and a flaw or None; None when
        all are done.  Raises EOFError where the process has died."""
        if self.done == len(self.indexes):
            return None
        index = self.indexes[self.done]
        seen, flaw = self.pipe.recv()
        self.done += 1
        return index, seen, flaw

    def end(self):
        if self.done < len(self.indexes):
            self.process.kill()
        self.process.join()
        self.pipe.close()


def results(workers):
    """(index, seen, flaw) of all workers, as they come.  A case in which its
    process dies is a flaw, and the last of its part."""
    running = {worker.pipe: worker for worker in workers}
    while running:
        for pipe in wait(running):
            worker = running[pipe]
            try:
                result = worker.next()
            except EOFError:
                worker.process.join()
                yield worker.indexes[worker.done], ["died"], f"the process dies with status {worker.process.exitcode}"
                result = None
            if result is None:
                del running[pipe]
            else:
                yield result


def run(arguments, start, try_case):
    """start(arguments) once in each process; try_case(index) returns what was
    seen, a list, and a flaw or None.  Returns an exit status."""
    began, seen, flaws, tried = time.time(), Counter(), [], 0
    indexes = range(arguments.cases) if arguments.only is None else [arguments.only]
    parts = [indexes[n::arguments.workers] for n in range(arguments.workers)]
    workers = [Worker(start, try_case, arguments, part) for part in parts if len(part) > 0]
    for index, case_seen, flaw in results(workers):
        seen.update(map(str, case_seen))
        tried += 1
        if flaw:
            flaws.append((index, flaw))
        if len(flaws) >= FLAWS_SHOWN:
            break
    for worker in workers:
        worker.end()
    for index, text in sorted(flaws):
        print(f"FLAW in case {index} (--seed {arguments.seed} --only {index}): {text}")
    table = " ".join(f"{name}:{number}" for name, number in sorted(seen.items()))
    print(f"{tried} cases, {len(flaws)} flaws, seed {arguments.seed}, {time.time() - began:.1f} s; {table}", flush=True)
    return 1 if flaws or tried == 0 else 0
