"""Whether what clients were told is true: an offline judgement over their journal and the database.

The journal holds one record for each thing that a client did or saw, in order of time; `kind` is
  fault     {what, bound}                     something is broken; all go on within bound seconds
  invoke    {op, room, sender, clientId, content}
  ok        {op, id, seq, duplicate}          acknowledged
  fail      {op, code}                        refused for good
  unknown   {op, why}                         it may have happened or not, and is tried again
  joined    {room, after, lastSeq, recovered} a reader has a place in a room
  event     {room, seq, type, …}              what a reader's socket brought; of a message also
                                              {id, sender, clientId, content}
  reloaded  {room, upto, rows}                a reader that was not recovered has read it over REST
  closed    {code}                            a reader's socket ended
each with `at` (monotonic seconds) and `who`. The dump is what the tables hold in the end. check
returns what is wrong, as sentences that begin with the invariant's number.
"""

from collections import Counter, defaultdict

CONTENT = ("id", "sender", "clientId", "content")

MESSAGES = """
    SELECT room_id::text AS room, seq, id::text, sender_id::text AS sender,
           client_id AS "clientId", content
      FROM chat.messages WHERE room_id = ANY(%s::uuid[])"""
EVENTS = "SELECT room_id::text, seq FROM chat.room_events WHERE room_id = ANY(%s::uuid[])"
ROOMS = """
    SELECT room_id::text, first_seq, last_seq FROM chat.room_seq WHERE room_id = ANY(%s::uuid[])"""


def dump(db, rooms):
    """What the database holds of these rooms: one more observer."""
    cursor = db.execute(MESSAGES, [rooms])
    names = [column.name for column in cursor.description]
    return {
        "messages": [dict(zip(names, row)) for row in cursor],
        "events": db.execute(EVENTS, [rooms]).fetchall(),
        "rooms": {room: (first, last) for room, first, last in db.execute(ROOMS, [rooms])},
    }


def check(journal, dumped):
    """Everything that is wrong, as sentences; none: []."""
    ops = {record["op"]: record for record in journal if record["kind"] == "invoke"}
    rows = {(row["room"], row["seq"]): row for row in dumped["messages"]}
    return [
        *acknowledged_is_stored(journal, ops, rows),
        *one_row_per_client_id(journal, ops, dumped),
        *observers_agree(journal, rows),
        *no_hole(dumped),
        *each_seq_once(journal, dumped),
        *service_came_back(journal, ops),
    ]


def shown(record):
    return " ".join(f"{name}={value}" for name, value in record.items() if name != "rows")


def acknowledged_is_stored(journal, ops, rows):
    """I1: no acknowledged message is lost, or is another than the one that was sent."""
    for record in journal:
        if record["kind"] != "ok":
            continue
        op = ops[record["op"]]
        row = rows.get((op["room"], record["seq"]))
        sent = {name: op[name] for name in CONTENT[1:]} | {"id": record["id"]}
        if row is None:
            yield f"I1: acknowledged and not stored: {shown(record)}"
        elif {name: row[name] for name in CONTENT} != sent:
            yield f"I1: acknowledged, but stored is {shown(row)} for {shown(record)} of {shown(op)}"


def one_row_per_client_id(journal, ops, dumped):
    """I2: at most one row for each client id; none for what was refused, or never sent."""
    key = ("room", "sender", "clientId")
    rows = Counter(tuple(row[name] for name in key) for row in dumped["messages"])
    sent = {tuple(op[name] for name in key) for op in ops.values()}
    refused = {record["op"] for record in journal if record["kind"] == "fail"}
    for identity, count in rows.items():
        if count > 1:
            yield f"I2: {count} rows for {identity}"
        if identity not in sent:
            yield f"I2: nobody sent {identity}"
    for name in refused:
        if rows[tuple(ops[name][part] for part in key)]:
            yield f"I2: refused and stored all the same: {shown(ops[name])}"


def observations(journal):
    """Each message that a reader saw: over its socket, or when it read over REST."""
    for record in journal:
        if record["kind"] == "event" and record["type"] == "new_message":
            yield record
        elif record["kind"] == "reloaded":
            for row in record["rows"]:
                yield {"who": record["who"], "room": record["room"], **row}


def observers_agree(journal, rows):
    """I3: every observer has the same content at the same seq."""
    for seen in observations(journal):
        row = rows.get((seen["room"], seen["seq"]))
        if row is None:
            yield f"I3: seen and not stored: {shown(seen)}"
        elif any(seen[name] != row[name] for name in CONTENT):
            yield f"I3: seen {shown(seen)}, stored {shown(row)}"


def no_hole(dumped):
    """I4: messages and events together are first..last, each seq once."""
    seqs = defaultdict(list)
    for room, seq in dumped["events"] + [(row["room"], row["seq"]) for row in dumped["messages"]]:
        seqs[room].append(seq)
    for room, (first, last) in dumped["rooms"].items():
        if sorted(seqs[room]) != list(range(first, last + 1)):
            wrong = Counter(seqs[room])
            wrong.subtract(range(first, last + 1))
            yield f"I4: in {room}, {first}..{last}: {({s: n for s, n in wrong.items() if n})}"


def each_seq_once(journal, dumped):
    """I5: a reader gets each seq once, ascending, without a gap, across reconnects, to the end."""
    position = {}
    for record in journal:
        here = (record["who"], record.get("room"))
        if record["kind"] == "joined":
            at = position.setdefault(here, record["lastSeq"])
            if record["recovered"] and record["after"] != at:
                yield f"I5: resumed at another position than {at}: {shown(record)}"
        elif record["kind"] == "reloaded":
            yield from reload_is_whole(record, position[here], dumped)
            position[here] = record["upto"]
        elif record["kind"] == "event":
            if record["seq"] != position[here] + 1:
                yield f"I5: after {position[here]} came {shown(record)}"
            position[here] = max(position[here], record["seq"])
        elif record["kind"] == "closed" and record["code"] == 4010:
            yield f"R8: a resync, so the gateway had found a gap: {shown(record)}"
    for (who, room), at in position.items():
        if at != dumped["rooms"][room][1]:
            yield f"I5: {who} ended at {at} of {dumped['rooms'][room][1]} in {room}"


def reload_is_whole(record, before, dumped):
    there = [r["seq"] for r in dumped["messages"] if r["room"] == record["room"]]
    wanted = sorted(seq for seq in there if before < seq <= record["upto"])
    if [row["seq"] for row in record["rows"]] != wanted:
        yield f"I5: read over REST after {before}, not all of {wanted}: {shown(record)}"


def service_came_back(journal, ops):
    """I9: after a fault every writer gets an acknowledgement, every reader a message, of something
    that was begun after it, within the bound."""
    begun = {op["clientId"]: op["at"] for op in ops.values()}
    good = defaultdict(list)  # who → (when, of what was begun when)
    for record in journal:
        if record["kind"] == "ok":
            good[record["who"]].append((record["at"], ops[record["op"]]["at"]))
        elif record["kind"] == "event" and record["type"] == "new_message":
            good[record["who"]].append((record["at"], begun.get(record["clientId"], 0)))
    for fault in (record for record in journal if record["kind"] == "fault"):
        start, end = fault["at"], fault["at"] + fault["bound"]
        for who, times in good.items():
            if not any(start < since and at < end for at, since in times):
                yield f"I9: {who} did not go on within {fault['bound']} s of {fault['what']}"
