"""I10: what the programs hold, and whether it is as little as before once everybody has gone."""

import os

from mixture import resident_kib
from system import wait_until

PATIENCE_S = 120  # the gateway keeps a room for a minute behind its last listener, then gives back in half of one
MORE_DESCRIPTORS = 3  # of a process; a connection that is being made just now
MORE_KIB = {"worker": 2 * 1024, "gateway": 12 * 1024}  # what an allocator may keep after the largest crowd


def of_process(pid):
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")), "kib": resident_kib(pid)}


def measure(system):
    """Of the gateway, and of the largest of the workers; and how many back ends there are."""
    workers = [of_process(pid) for pid in system.workers()]
    return {
        "gateway": of_process(system.gateway_pid()),
        "worker": {name: max(worker[name] for worker in workers) for name in workers[0]},
        "back ends": len(system.backend_pids()),
    }


def growth(before, now):
    """What is more than it should be: sentences."""
    for name, more_kib in MORE_KIB.items():
        if now[name]["descriptors"] > before[name]["descriptors"] + MORE_DESCRIPTORS:
            yield f"I10: descriptors of a {name}: {before[name]['descriptors']}, now {now[name]['descriptors']}"
        if now[name]["kib"] > before[name]["kib"] + more_kib:
            yield f"I10: KiB of a {name}: {before[name]['kib']}, now {now[name]['kib']}"
    if now["back ends"] > before["back ends"]:
        yield f"I10: back ends: {before['back ends']}, now {now['back ends']}"


def wait_back(system, before):
    """Until all is as before: []. Otherwise what is not."""
    def look():
        try:
            return list(growth(before, measure(system)))
        except OSError as error:  # a process ended meanwhile
            return [f"I10: {error}"]

    try:
        wait_until(lambda: not look(), PATIENCE_S)
        return []
    except TimeoutError:
        return look()
