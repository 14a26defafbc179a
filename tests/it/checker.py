"""Whether what clients were told is true: an offline judgement over their journal and the database.

The journal holds one record for each thing that a client did or saw, in order of time; `kind` is
  fault     {what, bound}                     something is broken; all go on within bound seconds
  invoke    {op, room, sender, clientId, content}
  ok        {op, id, seq, duplicate}          acknowledged
  fail      {op, code}                        refused for good
  unknown   {op, why}                         it may have happened or not, and is tried again
  joined    {room, after, lastSeq, recovered, a reader has a place in a room; asked: the epoch with
             asked, epoch}                     which he came
  edit      {id, content}                     about to be changed, perhaps in vain
  event     {room, seq, type, …}              what a reader's socket brought; of a message also
                                              {rev, id, sender, clientId, content}, of what happened
                                              to one {message: the same and its seq}
  reloaded  {room, upto, rows}                a reader that was not recovered has read it over REST
  refused   {room, code}                      a reader's join
  left      {room}                            a reader has no place in a room any more
  request   {what, status, took}              of those without a socket; restarts.py looks at it
  late      {seconds}                         all the clients were, for want of a processor
  opened    {}                                a reader's socket
  closed    {code}                            … ended
  actor     {person}                          who acts under this name
  membership {person, room, what}             out: he is about to be sent out; in: to be let in
  revoked   {person}                          none of his credentials is good any more
  restored  {person}                          … he is about to get a new one
  unread    {person, room, readSeq, unread}   what somebody is told in the end
each with `at` (monotonic seconds) and `who`. The dump is what the tables hold in the end. check
returns what is wrong, as sentences that begin with the invariant's number.
"""

from collections import Counter, defaultdict

REVOKED_S = 5  # until a socket is closed whose credential is no good (I8)
IDENTITY = ("id", "sender", "clientId")

MESSAGES = """
    SELECT room_id::text AS room, seq, rev, id::text, sender_id::text AS sender,
           client_id AS "clientId", content
      FROM chat.messages WHERE room_id = ANY(%s::uuid[])"""
EVENTS = """
    SELECT room_id::text, seq, kind, subject_id::text
      FROM chat.room_events WHERE room_id = ANY(%s::uuid[]) ORDER BY seq"""
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
        *unread_is_right(journal, dumped),
        *nothing_to_strangers(journal, dumped),
        *revoked_is_closed(journal, ops),
        *service_came_back(journal, ops),
    ]


def shown(record):
    return " ".join(f"{name}={value}" for name, value in record.items() if name != "rows")


def texts(journal):
    """Client id → what the message was to say at first; id → what it may say since."""
    first = {record["clientId"]: record["content"] for record in journal if record["kind"] == "invoke"}
    later = defaultdict(set)
    for record in journal:
        if record["kind"] == "edit":
            later[record["id"]].add(record["content"])
    return first, later


def was_written(row, first, later):
    """Whether it says what somebody has written: as it was sent, or an edit."""
    as_sent = row["content"] == first.get(row["clientId"])
    return as_sent or (row["rev"] > row["seq"] and row["content"] in later[row["id"]])


def acknowledged_is_stored(journal, ops, rows):
    """I1: no acknowledged message is lost, or is another than the one that was sent."""
    first, later = texts(journal)
    for record in journal:
        if record["kind"] != "ok":
            continue
        op = ops[record["op"]]
        row = rows.get((op["room"], record["seq"]))
        sent = {"id": record["id"], "sender": op["sender"], "clientId": op["clientId"]}
        if row is None:
            yield f"I1: acknowledged and not stored: {shown(record)}"
        elif {name: row[name] for name in IDENTITY} != sent or not was_written(row, first, later):
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
        elif record["kind"] == "event" and "message" in record:
            yield {"who": record["who"], "room": record["room"], **record["message"]}
        elif record["kind"] == "reloaded":
            for row in record["rows"]:
                yield {"who": record["who"], "room": record["room"], **row}


def observers_agree(journal, rows):
    """I3: every observer has the same content at the same seq and rev, and somebody has written it."""
    first, later = texts(journal)
    said = {(row["room"], row["seq"], row["rev"]): row["content"] for row in rows.values()}
    for seen in observations(journal):
        row = rows.get((seen["room"], seen["seq"]))
        if row is None:
            yield f"I3: seen and not stored: {shown(seen)}"
        elif any(seen[name] != row[name] for name in IDENTITY):
            yield f"I3: seen {shown(seen)}, stored {shown(row)}"
        elif not was_written(seen, first, later):
            yield f"I3: nobody has written that: {shown(seen)}"
        elif said.setdefault((seen["room"], seen["seq"], seen["rev"]), seen["content"]) != seen["content"]:
            yield f"I3: others saw another content at this rev: {shown(seen)}"


def no_hole(dumped):
    """I4: messages and events together are first..last, each seq once."""
    seqs = defaultdict(list)
    events = [(room, seq) for room, seq, *_ in dumped["events"]]
    for room, seq in events + [(row["room"], row["seq"]) for row in dumped["messages"]]:
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
            if record["recovered"] and record["asked"] != record["epoch"]:
                yield f"R8: resumed in another epoch: {shown(record)}"
            if record["recovered"] and record["after"] != at:
                yield f"I5: resumed at another position than {at}: {shown(record)}"
        elif record["kind"] == "left":
            position.pop(here, None)
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


def unread_is_right(journal, dumped):
    """I6: what others have said behind the read position, no more and no less."""
    for record in journal:
        if record["kind"] != "unread":
            continue
        there = [r for r in dumped["messages"] if r["room"] == record["room"] and r["seq"] > record["readSeq"]]
        count = sum(row["sender"] != record["person"] for row in there)
        if count != record["unread"]:
            yield f"I6: it is {count}: {shown(record)}"


class Membership:
    """Who was a member at which seq, by the log's own account."""

    def __init__(self, dumped):
        self.changes = defaultdict(list)
        for room, seq, kind, subject in sorted(dumped["events"], key=lambda event: event[1]):
            if kind in ("member_joined", "member_left"):
                self.changes[room, subject].append((seq, kind == "member_joined"))

    def holds(self, room, person, seq):
        """His own coming and going concern him as well."""
        member = False
        for at, joins in self.changes[room, person]:
            if at == seq:
                return True
            if at > seq:
                break
            member = joins
        return member


def nothing_to_strangers(journal, dumped):
    """I7: who is no member hears nothing and says nothing. What was said while he was away he may
    read when he is back, so it is wrong only before somebody has set about letting him in."""
    members = Membership(dumped)
    person, last = {}, {}
    for record in journal:
        if record["kind"] == "actor":
            person[record["who"]] = record["person"]
        elif record["kind"] == "membership":
            last[record["person"], record["room"]] = record["what"]
        elif record["kind"] == "event":
            one, room = person[record["who"]], record["room"]
            if last.get((one, room)) != "in" and not members.holds(room, one, record["seq"]):
                yield f"I7: heard by a stranger: {shown(record)}"
    for row in dumped["messages"]:
        if not members.holds(row["room"], row["sender"], row["seq"]):
            yield f"I7: said by a stranger: {shown(row)}"


def revoked_is_closed(journal, ops):
    """I8: the sockets of who is revoked are closed in time, and he gets nothing more in and out."""
    person, opened, revoked = {}, {}, {}  # name → person, name → since when, person → since when
    for record in journal:
        who, at, kind = record["who"], record["at"], record["kind"]
        since = revoked.get(person.get(who))
        if kind == "actor":
            person[who] = record["person"]
        elif kind == "opened":
            opened[who] = at
        elif kind == "closed":
            if since and opened.get(who, at) < since and at > since + REVOKED_S:
                yield f"I8: closed {at - since:.1f} s after the revocation: {shown(record)}"
            opened.pop(who, None)
        elif kind == "revoked":
            revoked[record["person"]] = at
        elif kind == "restored":
            since = revoked.pop(record["person"])
            yield from still_open(record, since, person, opened)
        elif since and kind in ("event", "joined") and at > since + REVOKED_S:
            yield f"I8: {at - since:.1f} s after the revocation: {shown(record)}"
        elif since and kind == "ok" and ops[record["op"]]["at"] > since:
            yield f"I8: begun after the revocation: {shown(record)}"


def still_open(restored, since, person, opened):
    for who, at in opened.items():
        if person[who] == restored["person"] and at < since:
            yield f"I8: {who} was never closed: {shown(restored)}"


def service_came_back(journal, ops):
    """I9: after a fault every writer gets an acknowledgement, every reader a message, of something
    that was begun after it, within the bound."""
    begun = {op["clientId"]: op["at"] for op in ops.values()}
    actors = {record["who"] for record in journal if record["kind"] == "actor"}
    good = defaultdict(list)  # who → (when, of what was begun when)
    for record in journal:
        if record["who"] not in actors:
            continue
        if record["kind"] == "ok":
            good[record["who"]].append((record["at"], ops[record["op"]]["at"]))
        elif record["kind"] == "event" and record["type"] == "new_message":
            good[record["who"]].append((record["at"], begun.get(record["clientId"], 0)))
    for fault in (record for record in journal if record["kind"] == "fault"):
        start, end = fault["at"], fault["at"] + fault["bound"]
        for who, times in good.items():
            if not any(start < since and at < end for at, since in times):
                yield f"I9: {who} did not go on within {fault['bound']} s of {fault['what']}"
