"""The checker of the kill tests believes a true story, and notices each way to spoil it."""

import copy

import pytest
from checker import check

ROOM = "room"


def message(seq):
    text = f"text {seq}"
    return {"seq": seq, "id": f"id{seq}", "sender": "ann", "clientId": f"c{seq}", "content": text}


def sent(seq):
    return {"who": "ann", "kind": "invoke", "op": f"op{seq}", "room": ROOM, **message(seq)}


def settled(number, kind, **fields):
    return {"who": "ann", "kind": kind, "op": f"op{number}", **fields}


def acknowledged(seq, duplicate=False):
    return settled(seq, "ok", id=f"id{seq}", seq=seq, duplicate=duplicate)


def joined(who, after, last_seq, recovered):
    position = {"after": after, "lastSeq": last_seq, "recovered": recovered}
    return {"who": who, "kind": "joined", "room": ROOM, **position}


def heard(who, seq):
    return {"who": who, "kind": "event", "room": ROOM, "type": "new_message", **message(seq)}


def story():
    """Ann sends 2 to 6, 3 at the second try, and 9, which is refused. Bob hears all and comes back
    once; Eve cannot resume after 2 and reads 3 to 5 over REST. Returns journal and dump."""
    reload = {"room": ROOM, "upto": 5, "rows": [message(seq) for seq in (3, 4, 5)]}
    records = [
        *(joined("bob", None, 1, False), joined("eve", None, 1, False)),
        *(sent(2), acknowledged(2), heard("bob", 2), heard("eve", 2)),
        *(sent(3), settled(3, "unknown", why="closed"), acknowledged(3, True), heard("bob", 3)),
        {"who": "test", "kind": "fault", "what": "a kill", "bound": 100},
        {"who": "bob", "kind": "closed", "code": 1006},
        *(sent(4), acknowledged(4), joined("bob", 3, 4, True), heard("bob", 4)),
        *(sent(5), acknowledged(5), heard("bob", 5), joined("eve", 2, 5, False)),
        {"who": "eve", "kind": "reloaded", **reload},
        *(sent(6), acknowledged(6), heard("bob", 6), heard("eve", 6)),
        *(sent(9), settled(9, "fail", code="not_member")),
    ]
    dumped = {
        "messages": [{"room": ROOM, **message(seq)} for seq in range(2, 7)],
        "events": [(ROOM, 1)],
        "rooms": {ROOM: (1, 6)},
    }
    return [record | {"at": float(at)} for at, record in enumerate(records)], dumped


def find(journal, who, kind, **fields):
    wanted = {"who": who, "kind": kind, **fields}
    return next(record for record in journal if wanted.items() <= record.items())


def test_a_true_story_is_believed():
    assert check(*story()) == []


# Each spoils the story: (journal, dump) → nothing; and the invariant that has to notice.
def lose_a_row(journal, dumped):
    del dumped["messages"][2]
    dumped["events"].append((ROOM, 4))  # no hole: something else stands there


def store_other_content(journal, dumped):
    dumped["messages"][2]["content"] = "spoilt"


def acknowledge_another_seq(journal, dumped):
    find(journal, "ann", "ok", op="op3")["seq"] = 2


def acknowledge_another_id(journal, dumped):
    find(journal, "ann", "ok", op="op3")["id"] = "another"


def store_twice(journal, dumped):
    dumped["messages"].append(dumped["messages"][0] | {"seq": 7, "id": "second"})
    dumped["rooms"][ROOM] = (1, 7)


def store_what_was_refused(journal, dumped):
    dumped["messages"].append({"room": ROOM, **message(9), "seq": 7})
    dumped["rooms"][ROOM] = (1, 7)


def store_what_nobody_sent(journal, dumped):
    dumped["messages"].append({"room": ROOM, **message(7)})
    dumped["rooms"][ROOM] = (1, 7)


def see_other_content(journal, dumped):
    find(journal, "bob", "event", seq=3)["content"] = "spoilt"


def see_another_id(journal, dumped):
    find(journal, "bob", "event", seq=3)["id"] = "another"


def read_other_content(journal, dumped):
    find(journal, "eve", "reloaded")["rows"][0]["content"] = "spoilt"


def see_what_is_not_stored(journal, dumped):
    event = find(journal, "bob", "event", seq=6)
    journal.append(event | message(7) | {"at": 99.0})


def leave_a_hole(journal, dumped):
    dumped["events"].clear()


def give_a_seq_twice(journal, dumped):
    dumped["events"].append((ROOM, 4))


def miss_one(journal, dumped):
    journal.remove(find(journal, "bob", "event", seq=3))


def miss_the_last(journal, dumped):
    journal.remove(find(journal, "bob", "event", seq=6))


def hear_one_twice(journal, dumped):
    event = find(journal, "bob", "event", seq=5)
    journal.insert(journal.index(event), copy.copy(event))


def hear_in_another_order(journal, dumped):
    first, second = (find(journal, "bob", "event", seq=seq) for seq in (4, 5))
    i, j = journal.index(first), journal.index(second)
    journal[i], journal[j] = second, first


def resume_with_a_gap(journal, dumped):
    find(journal, "bob", "joined", recovered=True)["after"] = 5


def reload_in_part(journal, dumped):
    del find(journal, "eve", "reloaded")["rows"][1]


def skip_the_reload(journal, dumped):
    journal.remove(find(journal, "eve", "reloaded"))


def resync(journal, dumped):
    find(journal, "bob", "closed")["code"] = 4010


def come_back_late(journal, dumped):
    find(journal, "test", "fault")["bound"] = 2.5


SPOILT = {
    lose_a_row: "I1",
    store_other_content: "I1",
    acknowledge_another_seq: "I1",
    acknowledge_another_id: "I1",
    store_twice: "I2",
    store_what_was_refused: "I2",
    store_what_nobody_sent: "I2",
    see_other_content: "I3",
    see_another_id: "I3",
    read_other_content: "I3",
    see_what_is_not_stored: "I3",
    leave_a_hole: "I4",
    give_a_seq_twice: "I4",
    miss_one: "I5",
    miss_the_last: "I5",
    hear_one_twice: "I5",
    hear_in_another_order: "I5",
    resume_with_a_gap: "I5",
    reload_in_part: "I5",
    skip_the_reload: "I5",
    resync: "R8",
    come_back_late: "I9",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_spoilt_story_is_noticed(spoil):
    journal, dumped = story()
    spoil(journal, dumped)
    found = check(journal, dumped)
    assert SPOILT[spoil] in {sentence.split(":")[0] for sentence in found}, found
