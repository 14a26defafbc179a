"""A worker's memory: small, and the same after a thousand requests more. tests/bench/memory sends 100,000."""

from mixture import Mixture, resident_kib

MOST_KIB = 12 * 1024
GROWTH_KIB = 128  # of a worker over a thousand requests that are like those before


def test_workers_stay_small(system, person):
    """Three thousand mixed requests over the pool's workers; what they grow by the first warms them up.

    By somebody of its own: he has used up his writes afterwards."""
    ann = person()
    mixture = Mixture(ann, ann.create_room()["id"])
    grown = []
    for _ in range(3):
        mixture.send(1000)
        grown.append({pid: resident_kib(pid) for pid in system.workers()})
    mixture.close()
    assert max(grown[-1].values()) < MOST_KIB, grown
    assert {pid: grown[2][pid] - kib for pid, kib in grown[1].items() if grown[2][pid] - kib > GROWTH_KIB} == {}
