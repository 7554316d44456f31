"""A run over many cases: flags, worker processes, what was found, the closing line.

Each case is made from the seed and its index alone, so that --seed and --only
replay it.
"""

import argparse
import itertools
import multiprocessing
import random
import sys
import time
from collections import Counter

BLOCK = 60  # cases at most that a process takes at once
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


def blocks(arguments):
    indexes = iter([arguments.only] if arguments.only is not None else range(arguments.cases))
    size = max(1, min(BLOCK, arguments.cases // (4 * arguments.workers)))
    while block := list(itertools.islice(indexes, size)):
        yield block


def run(arguments, start, try_block):
    """start(arguments) once in each process; try_block(indexes) returns what
    was seen, a Counter, and flaws: [(index, text)].  Returns an exit status."""
    began, seen, flaws, tried = time.time(), Counter(), [], 0
    with multiprocessing.Pool(arguments.workers, start, [arguments]) as pool:
        for block_seen, block_flaws in pool.imap_unordered(try_block, blocks(arguments)):
            seen += block_seen
            tried += block_seen["cases"]
            flaws += block_flaws
            if len(flaws) >= FLAWS_SHOWN:
                break
    for index, text in sorted(flaws)[:FLAWS_SHOWN]:
        print(f"FLAW in case {index} (--seed {arguments.seed} --only {index}): {text}")
    del seen["cases"]
    table = " ".join(f"{name}:{number}" for name, number in sorted(seen.items()))
    print(f"{tried} cases, {len(flaws)} flaws, seed {arguments.seed}, {time.time() - began:.1f} s; {table}", flush=True)
    return 1 if flaws or tried == 0 else 0


