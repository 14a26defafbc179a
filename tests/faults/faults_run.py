"""tests/faults/run, behind the build: each fault again and again, and the checker's judgement.

One system of each kind serves all faults that happen there. Each of them gets traffic of its own, is
repeated at random intervals until its time is over, and then everything has to come to rest: all that was
acknowledged is there, every reader has everything, and the programs hold no more than at first.
"""

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "it"))

import baseline  # noqa: E402
import checker  # noqa: E402
from faults import FAULTS, HOSTS, Fault, Scene, judge  # noqa: E402
from people import Person  # noqa: E402

PEOPLE, GUESTS = 10, 3
SHOWN = 4  # sentences about one invariant; there may be thousands


def options():
    parser = argparse.ArgumentParser(prog="tests/faults/run", description=__doc__.partition("\n")[0])
    parser.add_argument("fault", nargs="*", help="names of the table; all of them")
    parser.add_argument("--seconds", type=int, default=60, help="of each fault; it happens once at least (60)")
    parser.add_argument("--seed", type=int, default=None, help="of what is random about it (by the clock)")
    parser.add_argument("--list", action="store_true", help="the table")
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    names = {fault.name for fault in FAULTS}
    if unknown := set(args.fault) - names:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    if args.list:
        print(*(f"{one.name:<28}{(one.do.__doc__ or '').strip().partition(chr(10))[0]}" for one in FAULTS), sep="\n")
        sys.exit()
    args.fault = [fault for fault in FAULTS if not args.fault or fault.name in args.fault]
    args.seed = time.time_ns() % 10**6 if args.seed is None else args.seed
    return args


def percentile(values, share):
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def told(journal):
    """What happened, in one line: how much was said and heard, and how late."""
    kinds = Counter(record["kind"] for record in journal)
    resumed = Counter(record["recovered"] for record in journal if record["kind"] == "joined" and record["after"])
    acked = {}
    for record in journal:
        if record["kind"] == "ok":
            acked[record["op"]] = record["at"]
    late = [r["at"] - acked[r["clientId"]] for r in journal if r["kind"] == "event" and r.get("clientId") in acked]
    twice = sum(record["kind"] == "ok" and record["duplicate"] for record in journal)
    return (
        f"{kinds['ok']} acknowledged ({twice} at a repetition), {kinds['unknown']} unknown, {kinds['event']} heard "
        f"(p50 {1000 * percentile(late, 0.5):.0f} ms, p99 {1000 * percentile(late, 0.99):.0f} ms after the ack), "
        f"{resumed[True]} resumed, {resumed[False]} read again"
    )


def repeat(scene, fault, seconds):
    """The fault until its time is over; yields how often it has been."""
    ends = time.monotonic() + seconds
    for times in itertools.count(1):
        yield times
        scene.traffic.fault(fault.name, fault.bound, lambda: fault.do(scene))
        if time.monotonic() > ends:
            return
        time.sleep(scene.random.uniform(0, 3))


def run(scene, fault, args, before):
    """One fault: what is wrong, as sentences."""
    for person in [*scene.people, *scene.guests]:
        person.fresh()
    with ExitStack() as stack:
        scene.open_traffic(stack, fault, args.directory / f"{fault.name}.journal")
        times = 0
        try:
            for times in repeat(scene, fault, args.seconds):
                pass
            found, journal = judge(scene, fault)
        except (TimeoutError, AssertionError) as error:
            scene.set_hook("")
            with suppress(TimeoutError):
                scene.traffic.finish()
            journal, dumped = scene.traffic.so_far()
            found = [str(error), *checker.check(journal, dumped), *fault.world.noticed(journal)]
    if before:
        found += baseline.wait_back(scene.system, before)
    report(f"{fault.name}: {times} times", journal, found, fault.world.told(journal))
    return found


def report(what, journal, found, more=""):
    print(f"{'FAILED' if found else 'ok':<7}{what}; {told(journal)}{more and '; '}{more}", flush=True)
    shown = Counter()
    for sentence in found:
        invariant = sentence.partition(":")[0]
        shown[invariant] += 1
        if shown[invariant] <= SHOWN:
            print(f"       {sentence[:400]}", flush=True)


def warm_up(scene, world, args):
    """Traffic without a fault; what the programs hold when it has gone is what they may hold."""
    nothing = Fault("nothing", lambda _: None, world=world)
    with ExitStack() as stack:
        scene.open_traffic(stack, nothing, args.directory / "nothing.journal")
        scene.traffic.wait_all(20, 60)
        found, journal = judge(scene, nothing)
    report("nothing", journal, found)
    if found:
        sys.exit(1)
    if world is HOSTS:
        return None
    scene.system.wait_healthy()
    return baseline.measure(scene.system)


def possible(world, faults):
    """Those that can happen on this machine; of the others it is said why not."""
    for fault in faults:
        if why_not := world.why_not() or fault.why_not():
            print(f"left out {fault.name}: {why_not}", flush=True)
        else:
            yield fault


def run_world(world, faults, args):
    """The faults that happen there: the names of those that went wrong."""
    with world.new_system(True) as system:
        people = [Person(system).register().login() for _ in range(PEOPLE + GUESTS)]
        scene = Scene(system, people[:PEOPLE], people[PEOPLE:], long=True, seed=args.seed, world=world)
        before = warm_up(scene, world, args)
        wrong = []
        for fault in faults:
            scene.random = random.Random(f"{args.seed} {fault.name}")
            if run(scene, fault, args, before):
                wrong.append(fault.name)
    return wrong


def main():
    args = options()
    args.directory.mkdir(parents=True, exist_ok=True)
    print(f"seed {args.seed}; journals in {args.directory}", flush=True)
    ran, wrong = 0, []
    for world, faults in itertools.groupby(args.fault, lambda fault: fault.world):
        if there := list(possible(world, faults)):
            wrong += run_world(world, there, args)
            ran += len(there)
    print(f"{ran - len(wrong)} right, {len(wrong)} wrong{': ' if wrong else ''}{', '.join(wrong)}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
