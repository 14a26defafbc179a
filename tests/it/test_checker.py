"""The checker of the kill tests believes a true story, and notices each way to spoil it."""

import copy

import pytest
from checker import check

ROOM = "room"


def message(seq):
    text = f"text {seq}"
    return {"seq": seq, "rev": seq, "id": f"id{seq}", "sender": "ann", "clientId": f"c{seq}", "content": text}


def sent(seq):
    return {"who": "ann", "kind": "invoke", "op": f"op{seq}", "room": ROOM, **message(seq)}


def settled(number, kind, **fields):
    return {"who": "ann", "kind": kind, "op": f"op{number}", **fields}


def edited(seq):
    return message(seq) | {"rev": seq + 1, "content": "better"}


def acknowledged(seq, duplicate=False):
    return settled(seq, "ok", id=f"id{seq}", seq=seq, duplicate=duplicate)


def joined(who, after, last_seq, recovered):
    position = {"after": after, "lastSeq": last_seq, "recovered": recovered, "asked": "e", "epoch": "e"}
    return {"who": who, "kind": "joined", "room": ROOM, **position}


def actor(who):
    return {"who": who, "kind": "actor", "person": who}


def heard(who, seq):
    return {"who": who, "kind": "event", "room": ROOM, "type": "new_message", **message(seq)}


def moved(who, seq, kind):
    return {"who": who, "kind": "event", "room": ROOM, "type": kind, "seq": seq}


def membership(what):
    return {"who": "test", "kind": "membership", "person": "tom", "room": ROOM, "what": what}


def unread(who, read_seq, count):
    return {"who": "test", "kind": "unread", "person": who, "room": ROOM, "readSeq": read_seq, "unread": count}


def beginning():
    """Ann sends 2 to 6, 3 at the second try, and 9, which is refused. Bob hears all and comes back
    once; Eve cannot resume after 2 and reads 3 to 5 over REST."""
    reload = {"room": ROOM, "upto": 5, "rows": [message(seq) for seq in (3, 4, 5)]}
    return [
        *(actor(who) for who in ("ann", "bob", "eve", "tom")),
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


def tom_comes_and_goes():
    """Tom is let in at 7, sent out at 10, let in again at 12; his credential ends, and he gets another."""
    return [
        *(membership("in"), moved("bob", 7, "member_joined"), moved("eve", 7, "member_joined")),
        *({"who": "tom", "kind": "opened"}, joined("tom", None, 7, False)),
        *(sent(8), acknowledged(8), heard("bob", 8), heard("eve", 8), heard("tom", 8)),
        {"who": "ann", "kind": "edit", "id": "id8", "content": "better"},
        *(moved(who, 9, "message_edited") | {"message": edited(8)} for who in ("bob", "eve", "tom")),
        membership("out"),
        *(moved(who, 10, "member_left") for who in ("bob", "eve", "tom")),
        {"who": "tom", "kind": "left", "room": ROOM},
        *(sent(11), acknowledged(11), heard("bob", 11), heard("eve", 11), membership("in")),
        *(moved("bob", 12, "member_joined"), moved("eve", 12, "member_joined"), joined("tom", None, 12, False)),
        {"who": "test", "kind": "revoked", "person": "tom"},
        {"who": "tom", "kind": "closed", "code": 4401},
        *(unread("bob", 3, 6), unread("ann", 3, 0)),
        {"who": "test", "kind": "restored", "person": "tom"},
        *({"who": "tom", "kind": "opened"}, joined("tom", 12, 12, True)),
        *(sent(13), acknowledged(13), heard("bob", 13), heard("eve", 13), heard("tom", 13)),
    ]


def story():
    """Journal and dump; one second passes between any two records."""
    records = beginning() + tom_comes_and_goes()
    coming = {-1: "ann", 0: "bob", 1: "eve", 7: "tom", 12: "tom"}
    dumped = {
        "messages": [{"room": ROOM, **(edited(8) if seq == 8 else message(seq))} for seq in (2, 3, 4, 5, 6, 8, 11, 13)],
        "events": [(ROOM, seq, "member_joined", who) for seq, who in coming.items()]
        + [(ROOM, 9, "message_edited", None), (ROOM, 10, "member_left", "tom")],
        "rooms": {ROOM: (-1, 13)},
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
    dumped["events"].append((ROOM, 4, "room_updated", None))  # no hole: something else stands there


def store_other_content(journal, dumped):
    dumped["messages"][2]["content"] = "spoilt"


def acknowledge_another_seq(journal, dumped):
    find(journal, "ann", "ok", op="op3")["seq"] = 2


def acknowledge_another_id(journal, dumped):
    find(journal, "ann", "ok", op="op3")["id"] = "another"


def store_twice(journal, dumped):
    dumped["messages"].append(dumped["messages"][0] | {"seq": 14, "id": "second"})
    dumped["rooms"][ROOM] = (-1, 14)


def store_what_was_refused(journal, dumped):
    dumped["messages"].append({"room": ROOM, **message(9), "seq": 14})
    dumped["rooms"][ROOM] = (-1, 14)


def store_what_nobody_sent(journal, dumped):
    dumped["messages"].append({"room": ROOM, **message(14)})
    dumped["rooms"][ROOM] = (-1, 14)


def see_other_content(journal, dumped):
    find(journal, "bob", "event", seq=3)["content"] = "spoilt"


def see_another_id(journal, dumped):
    find(journal, "bob", "event", seq=3)["id"] = "another"


def see_another_edit(journal, dumped):
    find(journal, "eve", "event", seq=9)["message"]["content"] = "text 8"


def see_an_edit_before_it_was_made(journal, dumped):
    find(journal, "eve", "event", seq=8)["content"] = "better"


def read_other_content(journal, dumped):
    find(journal, "eve", "reloaded")["rows"][0]["content"] = "spoilt"


def see_what_is_not_stored(journal, dumped):
    event = find(journal, "bob", "event", seq=6)
    journal.append(event | message(14) | {"at": 99.0})


def leave_a_hole(journal, dumped):
    dumped["events"].remove((ROOM, 9, "message_edited", None))


def give_a_seq_twice(journal, dumped):
    dumped["events"].append((ROOM, 4, "room_updated", None))


def miss_one(journal, dumped):
    journal.remove(find(journal, "bob", "event", seq=3))


def miss_the_last(journal, dumped):
    journal.remove(find(journal, "bob", "event", seq=13))


def hear_one_twice(journal, dumped):
    event = find(journal, "bob", "event", seq=5)
    journal.insert(journal.index(event), copy.copy(event))


def hear_in_another_order(journal, dumped):
    first, second = (find(journal, "bob", "event", seq=seq) for seq in (4, 5))
    i, j = journal.index(first), journal.index(second)
    journal[i], journal[j] = second, first


def resume_with_a_gap(journal, dumped):
    find(journal, "bob", "joined", recovered=True)["after"] = 5


def resume_in_another_epoch(journal, dumped):
    find(journal, "bob", "joined", recovered=True)["asked"] = "another"


def reload_in_part(journal, dumped):
    del find(journal, "eve", "reloaded")["rows"][1]


def skip_the_reload(journal, dumped):
    journal.remove(find(journal, "eve", "reloaded"))


def resync(journal, dumped):
    find(journal, "bob", "closed")["code"] = 4010


def come_back_late(journal, dumped):
    find(journal, "test", "fault")["bound"] = 2.5


def read_no_further(journal, dumped):
    find(journal, "test", "unread", person="bob")["readSeq"] = 2


def count_ones_own(journal, dumped):
    find(journal, "test", "unread", person="ann")["unread"] = 5


def hear_as_a_stranger(journal, dumped):
    left = find(journal, "tom", "left")
    journal[journal.index(left)] = heard("tom", 11) | {"at": left["at"]}


def speak_as_a_stranger(journal, dumped):
    dumped["events"].remove((ROOM, -1, "member_joined", "ann"))
    dumped["events"].append((ROOM, -1, "room_updated", None))


def close_late(journal, dumped):
    at = find(journal, "tom", "closed")["at"]
    for record in journal:
        record["at"] += 6 if record["at"] >= at else 0


def close_never(journal, dumped):
    journal.remove(find(journal, "tom", "closed"))


def go_on_when_revoked(journal, dumped):
    at = journal.index(find(journal, "test", "restored"))
    journal.insert(at, find(journal, "tom", "joined") | {"at": journal[at]["at"] + 2})


def speak_when_revoked(journal, dumped):
    start = find(journal, "test", "revoked")
    found = [record for record in journal if record.get("op") == "op13"][:2]
    for record in found:
        journal.remove(record)
        record["at"] = start["at"] + 0.5
    found[1]["who"] = "tom"
    at = journal.index(start)
    journal[at + 1:at + 1] = found


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
    see_another_edit: "I3",
    see_an_edit_before_it_was_made: "I3",
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
    resume_in_another_epoch: "R8",
    read_no_further: "I6",
    count_ones_own: "I6",
    hear_as_a_stranger: "I7",
    speak_as_a_stranger: "I7",
    close_late: "I8",
    close_never: "I8",
    go_on_when_revoked: "I8",
    speak_when_revoked: "I8",
    come_back_late: "I9",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_spoilt_story_is_noticed(spoil):
    journal, dumped = story()
    spoil(journal, dumped)
    found = check(journal, dumped)
    assert SPOILT[spoil] in {sentence.split(":")[0] for sentence in found}, found
