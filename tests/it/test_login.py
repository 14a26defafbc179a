"""Logging in through the real line: who may, how often, how many at once, and what it tells (S8, S9, S10)."""

import ctypes
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from openapi import CONTRACT
from people import PASSWORD, unique
from system import CHEAP_HASHES, USUAL_HASHES, System, wait_until

WRONG = "not the password"
OUT_OF_THE_WAY = {f"LOGIN_FREE_FAILURES{what}": "10000" for what in ("", "_ACCOUNT", "_ADDRESS")}
DEAR = {"ARGON2_MEMORY_KIB": "32768", "ARGON2_PASSES": "8"}


class Door(httpx.Client):
    """Somebody at the door, at an address of his own: all of 127/8 is this machine."""

    def __init__(self, system, address="127.0.0.1"):
        super().__init__(base_url=system.base_url, timeout=60, event_hooks={"response": [CONTRACT.check]},
                         transport=httpx.HTTPTransport(local_address=address))

    def login(self, name, password=PASSWORD, path="/auth/login", **fields):
        return self.post(path, json={"username": name, "password": password, **fields})

    def fail(self, name, times=1):
        """The statuses of so many wrong passwords."""
        return [self.login(name, WRONG).status_code for _ in range(times)]


def register(system, name=None, **fields):
    name = name or unique("person")
    with Door(system) as door:
        answer = door.post("/auth/register", json={"username": name, "password": PASSWORD, **fields})
    assert answer.status_code == 200, answer.text
    return name


@pytest.fixture
def door(system):
    with Door(system) as made:
        yield made


@pytest.fixture(scope="module")
def strict():
    """A system with little patience, and with hashes as they are everywhere."""
    with System(env={"LOGIN_FREE_FAILURES": "3", "LOGIN_FREE_FAILURES_ACCOUNT": "6", "LOGIN_FREE_FAILURES_ADDRESS": "9",
                     "CHATSPHERE_AUTH_WORKERS": "4", **USUAL_HASHES}) as system:
        yield system


@pytest.fixture
def at(strict):
    """Doors at addresses that nobody else has: at(1), at(2), …"""
    net = unique("")[-4:]
    made = {}

    def open_one(n):
        if n not in made:
            made[n] = Door(strict, f"127.{int(net[:2], 16)}.{int(net[2:], 16)}.{n}")
        return made[n]

    yield open_one
    for one in made.values():
        one.close()


# --- who ----------------------------------------------------------------------------------------------


def test_one_logs_in_by_name_and_by_address(system, door):
    email = f"{unique('Ann')}@Example.org"
    name = register(system, unique("Ann"), email=email)
    for body in ({"username": name}, {"username": name.upper()}, {"email": email}, {"email": email.lower()},
                 {"username": email}, {"username": email.upper()}):
        answer = door.post("/auth/login", json={**body, "password": PASSWORD})
        assert answer.status_code == 200, body
        assert answer.json()["user"]["username"] == name
    for body in ({"email": name}, {}):
        assert door.post("/auth/login", json={**body, "password": PASSWORD}).status_code in (401, 422)


def test_the_oauth_password_grant_is_a_form(system, door):
    name = register(system)
    form = {"grant_type": "password", "username": name, "password": PASSWORD, "scope": "", "client_id": "docs"}
    answer = door.post("/auth/login", data=form)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert door.post("/auth/login", data={**form, "password": WRONG}).status_code == 401


def test_the_profile_of_opaque_sessions(system, door):
    name = register(system)
    answer = door.login(name, path="/api/login")
    assert answer.status_code == 200 and answer.json()["token"].startswith("cs_st_")
    me = door.get("/auth/me", headers={"X-Session-Token": answer.json()["token"]})
    assert me.json()["username"] == name


def test_it_is_noted(system, door):
    name = register(system)
    answer = door.login(name)
    door.login(name, WRONG)
    stranger = unique("stranger")
    door.login(stranger, WRONG)
    with system.db() as db:
        user, seen = db.execute("SELECT id, last_seen > now() - interval '1 minute' FROM chat.users"
                                " WHERE username = %s", [name]).fetchone()
        session = db.execute("SELECT id, ip_address FROM chat.sessions WHERE user_id = %s", [user]).fetchone()
        rows = db.execute("SELECT action, actor_id, ip_address, data FROM chat.audit_log WHERE target_id = %s"
                          " ORDER BY id", [user]).fetchall()
        everything = db.execute("SELECT string_agg(l::text, '') FROM chat.audit_log AS l").fetchone()[0]
    assert seen and str(user) == answer.json()["user"]["id"] and session[1] == "127.0.0.1"
    assert rows == [("registered", user, "127.0.0.1", {}), ("login", user, "127.0.0.1", {"session": str(session[0])}),
                    ("login_failed", None, "127.0.0.1", {})]
    assert stranger not in everything and name not in everything


def test_refusals_are_alike(system, door):
    """A wrong password, an unknown name, and an account that has no password."""
    name = register(system)
    without = unique("bot")
    with system.db() as db:
        db.execute("INSERT INTO chat.users (id, username) VALUES (gen_random_uuid(), %s)", [without])
    own = {"date", "x-request-id"}
    for path in ("/auth/login", "/api/login"):
        answers = [door.login(who, WRONG, path) for who in (name, unique("nobody"), without, "nobody@example.org")]
        assert {answer.status_code for answer in answers} == {401}
        assert answers[0].json()["detail"] == "Invalid username or password"
        assert len({answer.text for answer in answers}) == 1
        assert len({tuple((k, v) for k, v in answer.headers.items() if k not in own) for answer in answers}) == 1


def test_that_an_account_is_disabled_is_for_its_owner_to_know(system, door):
    name = register(system)
    with system.db() as db:
        db.execute("UPDATE chat.users SET is_active = false WHERE username = %s", [name])
    assert door.login(name, WRONG).status_code == 401
    answer = door.login(name)
    assert (answer.status_code, answer.json()["code"]) == (403, "user_disabled")


# --- hashes of older systems --------------------------------------------------------------------------


def bcrypt(variant):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    return library.crypt(PASSWORD.encode(), f"${variant}$04$abcdefghijklmnopqrstuu".encode()).decode()


def argon2(function, passes, memory_kib):
    out = ctypes.create_string_buffer(128)
    password, salt = PASSWORD.encode(), b"sixteen bytes of"
    failed = getattr(ctypes.CDLL("libargon2.so.1"), function)(
        passes, memory_kib, 1, password, ctypes.c_size_t(len(password)), salt, ctypes.c_size_t(len(salt)),
        ctypes.c_size_t(32), out, ctypes.c_size_t(len(out)))
    assert not failed
    return out.value.decode()


@pytest.mark.parametrize("old", [
    pytest.param(lambda: bcrypt("2a"), id="2a"),
    pytest.param(lambda: bcrypt("2b"), id="2b"),
    pytest.param(lambda: bcrypt("2y"), id="2y"),
    pytest.param(lambda: argon2("argon2id_hash_encoded", 1, 8192), id="weaker argon2id"),
    pytest.param(lambda: argon2("argon2i_hash_encoded", 3, 19456), id="argon2i"),
])
def test_an_old_hash_is_replaced_at_the_first_login(strict, at, old):
    name, old, door = register(strict), old(), at(1)

    def stored():
        return db.execute("SELECT password_hash FROM chat.users WHERE username = %s", [name]).fetchone()[0]

    with strict.db() as db:
        db.execute("UPDATE chat.users SET password_hash = %s WHERE username = %s", [old, name])
        assert door.login(name, WRONG).status_code == 401
        assert stored() == old
        assert door.login(name).status_code == 200
        new = stored()
        assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert door.login(name, WRONG).status_code == 401
        assert door.login(name).status_code == 200
        assert stored() == new


# --- how often ----------------------------------------------------------------------------------------


def hold(system):
    """However slow this machine is: the waits that have begun do not end for half a minute."""
    with system.db() as db:
        db.execute("UPDATE chat.login_attempts SET last_at = clock_timestamp() + interval '30 s'")


def assert_refused(answer, at_most_s):
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= at_most_s


@pytest.mark.parametrize("known", [True, False])
def test_a_pair_waits_after_its_free_failures(strict, at, known):
    name = register(strict) if known else unique("nobody")
    assert at(1).fail(name, 4) == [401] * 4
    hold(strict)
    assert_refused(at(1).login(name, WRONG), 1)
    assert_refused(at(1).login(name), 1)  # the right one too
    assert at(1).login(register(strict), WRONG).status_code == 401
    if known:
        assert at(2).login(name).status_code == 200


def test_the_wait_counts_down_and_ends(strict, at):
    name = register(strict)
    at(1).fail(name, 4)
    wait_until(lambda: at(1).login(name, WRONG).status_code == 401, 5, "the end of the first wait")
    left = []  # of the second wait, of two seconds
    while (answer := at(1).login(name)).status_code == 429:
        left.append(int(answer.headers["Retry-After"]))
        time.sleep(0.05)
    assert answer.status_code == 200
    assert left == sorted(left, reverse=True) and set(left) <= {1, 2}


def test_success_begins_anew(strict, at):
    name = register(strict)
    for _ in range(4):
        assert at(1).fail(name, 2) == [401] * 2
        assert at(1).login(name).status_code == 200
    assert at(1).fail(unique("nobody")) == [401]  # nine failures so far, all free: the address has not waited


@pytest.mark.parametrize("known", [True, False])
def test_an_account_waits_whoever_guesses(strict, at, known):
    name = register(strict) if known else unique("nobody")
    assert [at(n).fail(name, 1) for n in range(1, 8)] == [[401]] * 7
    hold(strict)
    assert_refused(at(8).login(name, WRONG), 1)
    assert at(8).login(register(strict)).status_code == 200


def test_strangers_do_not_keep_the_owner_out(strict, at):
    name = register(strict)
    assert at(99).login(name).status_code == 200
    for n in range(1, 8):
        at(n).fail(name)
    hold(strict)
    assert_refused(at(8).login(name), 1)
    assert at(99).login(name).status_code == 200


def test_an_address_waits_whatever_it_guesses(strict, at):
    names = [unique("nobody") for _ in range(11)]
    assert [at(1).fail(name) for name in names[:10]] == [[401]] * 10
    hold(strict)
    assert_refused(at(1).login(names[10], WRONG), 1)
    other = register(strict)
    assert_refused(at(1).login(other), 1)
    assert at(2).login(other).status_code == 200


def test_guesses_at_once_are_no_way_around(strict, at):
    name = register(strict)
    at(1).get("/api/health")
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda _: at(1).login(name, WRONG).status_code, range(20)))
    # four are free; on a machine that is busy the first wait may end before the last of them has come
    assert 4 <= told.count(401) <= 6 and told.count(401) + told.count(429) == 20


def test_a_wait_is_noted_once(strict, at):
    name = register(strict)
    at(1).fail(name, 4)
    hold(strict)
    assert at(1).fail(name, 5) == [429] * 5
    with strict.db() as db:
        actions = [row[0] for row in db.execute(
            "SELECT a.action FROM chat.audit_log AS a JOIN chat.users AS u ON u.id = a.target_id"
            " WHERE u.username = %s ORDER BY a.id", [name])]
    assert actions == ["registered"] + ["login_failed"] * 4 + ["login_throttled"]


# --- how many at once ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow():
    """One hash at a time, a long one, and one may wait."""
    with System(env={"HASHES_AT_ONCE": "1", "HASH_QUEUE": "1", "CHATSPHERE_AUTH_WORKERS": "", **DEAR, **OUT_OF_THE_WAY}) as system:
        yield system


def test_a_full_queue_is_told_so_before_the_hash(narrow):
    name = unique("nobody")
    assert len(narrow.workers("auth")) == 4

    def guess(_):
        with Door(narrow) as door:
            since = time.monotonic()
            answer = door.login(name, WRONG)
            return answer.status_code, time.monotonic() - since, answer.headers.get("Retry-After")

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(guess, range(6)))
    hashed = [one for one in told if one[0] == 401]
    refused = [one for one in told if one[0] == 429]
    assert len(hashed) >= 2 and refused and len(hashed) + len(refused) == 6
    assert {after for _, _, after in refused} == {"1"}
    assert min(took for _, took, _ in refused) < min(took for _, took, _ in hashed)
    with narrow.db() as db:  # and no failures of anybody's: nothing was tried
        failures = db.execute("SELECT max(failures - extract(epoch FROM now() - last_at) / 60)"
                              " FROM chat.login_attempts").fetchone()[0]
    assert failures == pytest.approx(len(hashed), abs=0.5)


def test_history_is_read_meanwhile(narrow):
    """The pool is full; the other one is not concerned."""
    with ThreadPoolExecutor(4) as pool, Door(narrow) as reader:
        guesses = [pool.submit(lambda: Door(narrow).login("nobody", WRONG)) for _ in range(4)]
        answered = 0
        while not all(guess.done() for guess in guesses):
            answered += reader.get("/api/ready").status_code == 200
    assert answered > 20


def test_without_the_slots_nothing_is_hashed_and_the_rest_goes_on(narrow, request):
    """No hash beside the cap; it needs no restart to go on when the directory is right again."""
    name = register(narrow)
    place = narrow.run_dir / "api"
    moved = place.rename(place.with_name("away"))
    request.addfinalizer(lambda: place.exists() or moved.rename(place))
    for worker in narrow.workers("auth"):
        narrow.kill(worker)
    wait_until(lambda: len(narrow.workers("auth")) == 4, what="new workers")
    with Door(narrow) as door:
        answer = door.login(name)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert str(narrow.run_dir) not in answer.text
        taken = door.post("/auth/register", json={"username": name, "password": PASSWORD})
        assert taken.status_code == 400  # looked up first: it would not have cost a hash
        assert door.get("/api/ready").status_code == 200
        assert f"{place}/hashes.slots" in (narrow.log_dir / "auth.log").read_text()
        moved.rename(place)
        assert door.login(name).status_code == 200


# --- what its time tells ------------------------------------------------------------------------------

SAMPLES = 300  # of each kind; the AUC of equal ones is then within 0.5 ± 0.07 in 299 runs of 300


def auc(ones, others):
    """Mann-Whitney: how often one of the first is larger than one of the second. 0.5: nobody can tell."""
    larger = sum((one > other) + 0.5 * (one == other) for one in ones for other in others)
    return larger / len(ones) / len(others)


@pytest.mark.slow
@pytest.mark.alone
def test_the_time_of_a_refusal_does_not_tell_who_exists():
    """With a cheap hash, so that what is beside it weighs more; each name is tried once, in turns."""
    with System(env={**CHEAP_HASHES, **OUT_OF_THE_WAY}) as system, Door(system) as door:
        register(system, "model")
        with system.db() as db:
            db.execute("INSERT INTO chat.users (id, username, password_hash) SELECT gen_random_uuid(), 'known-' || n,"
                       " (SELECT password_hash FROM chat.users WHERE username = 'model') FROM generate_series(1, %s) AS n",
                       [SAMPLES])
        door.event_hooks = {"response": []}  # what the check of an answer costs is not the server's
        took = {"known": [], "other": []}
        for n in range(1, SAMPLES + 1):
            for kind in took:
                since = time.perf_counter()
                assert door.login(f"{kind}-{n}", WRONG).status_code == 401
                took[kind].append(time.perf_counter() - since)
    assert 0.4 < auc(took["known"], took["other"]) < 0.6
