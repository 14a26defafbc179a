"""Rooms and people in the page: one browser, and other people over HTTP and a socket."""


from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from window import short

MARKS = "return [...document.querySelectorAll('[data-testid=search-result] mark')].map((one) => one.textContent)"
TEXTS = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
NAMES = "return [...document.querySelectorAll('[data-testid=public-item]')].map((one) => one.dataset.roomName)"
REFUSED = "Failed to load resource: the server responded with a status of 404"


def room_with(window, person, name="Küche", **fields):
    """A room of Ann's, shown, with somebody in it: its id."""
    room_id = window.create_room(short(name), **fields)
    assert person.post(f"/api/rooms/{room_id}/join").status_code == 200
    return room_id


def inside(window, testid, within, **data):
    """The texts of elements within another one; what only screen readers say is among them."""
    selector = "".join(f"[data-{name.replace('_', '-')}='{value}']" for name, value in data.items())
    return window.driver.execute_script(TEXTS, f"[data-testid={within}]{selector} [data-testid={testid}]")


def close_dialog(window):
    ActionChains(window.driver).send_keys(Keys.ESCAPE).perform()
    window.until(lambda: not window.driver.find_elements("css selector", "dialog[open]"), "no dialog")


def press(window, person, testid):
    """A button at somebody's entry among the members."""
    window.find("member", user_id=person.id)
    selector = f"[data-testid=member][data-user-id='{person.id}'] [data-testid={testid}]"
    window.driver.find_element("css selector", selector).click()


def manage(window, person, deed):
    press(window, person, "member-manage")
    window.click(f"member-{deed}")


def wait_role(window, person, role):
    window.until(lambda: inside(window, "member-role", "member", user_id=person.id) == [role], f"{person.name}: {role!r}")


def test_the_list_says_what_is_new_and_by_whom(window, ben):
    room_id = room_with(window, ben)
    window.show_room("Lobby")
    ben.say(room_id, f"**Hallo** @{window.text('me')}")
    ben.say(room_id, "wer *kocht*?")
    expected = [["2 unread"], ["@1 mentions"], [f"{ben.name}: wer kocht?"]]

    def shown():
        parts = ("unread", "mentions", "last-message")
        return [inside(window, part, "room-item", room_id=room_id) for part in parts] == expected

    window.until(shown, f"{expected}")
    window.click("room-item", room_id=room_id)
    window.until(lambda: not inside(window, "unread", "room-item", room_id=room_id), "it is read")
    assert not inside(window, "mentions", "room-item", room_id=room_id)
    window.say("ich")
    window.until(lambda: inside(window, "last-message", "room-item", room_id=room_id) == ["You: ich"], "the own one")


def test_search_leads_to_a_message_that_is_far_back(window, ben, client_token):
    room_id = room_with(window, ben, "Garten")
    wanted = ben.say(room_id, "Der Rhabarber <b>ist</b> reif")
    for number in range(60):  # by the client token, which no rate of a person binds
        body = {"content": f"number {number}", "userId": ben.id}
        assert client_token.post(f"/api/rooms/{room_id}/messages", json=body).status_code == 201
    window.show_room("Lobby")
    ActionChains(window.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    window.fill("search-input", "rhabarber reif")
    window.find("search-result", message_id=wanted["id"])
    assert window.driver.execute_script(MARKS) == ["Rhabarber", "reif"]
    assert "<b>ist</b>" in window.text("search-result")
    window.click("search-here")  # the Lobby
    window.until(lambda: window.text("search-status") == "Nothing found", "nothing in the lobby")
    window.click("search-here")
    window.find("search-input").send_keys(Keys.ENTER)
    found = window.find("message", id=wanted["id"], found="")
    assert found.text.endswith("Der Rhabarber <b>ist</b> reif")
    assert window.driver.current_url.endswith(f"#{room_id}/{wanted['id']}")
    window.until(lambda: not window.all("message", found=""), "marked for a moment only")
    window.reload()
    window.find("message", id=wanted["id"], found="")


def test_a_direct_message_from_a_persons_entry(window, ben, connect):
    room_with(window, ben)
    window.click("members")
    press(window, ben, "message-person")
    room_id = window.wait_room(ben.name)
    assert window.find("direct-list").find_elements("css selector", f"[data-room-id='{room_id}']")
    window.say("unter uns")
    window.wait_texts(["unter uns"])
    assert ben.history(room_id).json()[0]["content"] == "unter uns"
    window.until(lambda: window.all("presence", status="offline"), "offline")
    socket = connect(ben)
    socket.join(room_id)
    window.until(lambda: window.all("presence", status="online"), "online")


def test_a_group_of_people_by_their_names(window, ben, person):
    ida = person()
    name = short("Gruppe")
    window.click("new-message")
    window.find("talk-people").send_keys(ben.name, Keys.ENTER)
    window.find("person-drop")
    window.find("talk-people").send_keys("nobody at all")
    window.click("talk-submit")
    dialog = window.driver.find_element("css selector", "dialog[open]")
    window.until(lambda: "Nobody here is called" in dialog.text, "there is no such person")
    window.fill("talk-people", "")
    window.find("talk-people").send_keys(ida.name, Keys.ENTER)
    window.fill("group-name", name)
    window.click("talk-submit")
    room_id = window.wait_room(name)
    members = {one["id"] for one in ida.get(f"/api/rooms/{room_id}").json()["users"]}
    assert {ben.id, ida.id} < members and len(members) == 3


def test_an_owner_gives_offices_mutes_and_sends_away(window, ben):
    room_id = room_with(window, ben)
    window.click("members")
    manage(window, ben, "promote")
    wait_role(window, ben, "moderator")
    assert ben.get(f"/api/rooms/{room_id}").json()["role"] == "moderator"
    manage(window, ben, "demote")
    wait_role(window, ben, "member")
    manage(window, ben, "mute")
    window.until(lambda: inside(window, "member-role", "member", user_id=ben.id)[0].startswith("member, muted until "), "muted")
    assert ben.post(f"/api/rooms/{room_id}/messages", json={"content": "?"}).status_code == 403
    manage(window, ben, "unmute")
    wait_role(window, ben, "member")
    manage(window, ben, "ban")
    window.click("member-ban")  # it acts at the second press
    window.until(lambda: not window.all("member", user_id=ben.id), "he is gone")
    assert ben.post(f"/api/rooms/{room_id}/join").status_code == 403
    close_dialog(window)


def test_members_are_offered_what_they_may(window, ben):
    room = ben.create_room(name=short("Bens"), description="sein Zimmer")
    window.reload()
    window.join_room(room["name"])
    window.click("members")
    window.find("member", user_id=ben.id)
    assert not window.all("member-manage") and not window.all("add-member-name")
    close_dialog(window)
    window.click("room-settings")
    window.click("room-leave")
    window.click("leave-confirm")
    window.until(lambda: window.text("room-title") == "Lobby", "out")
    window.until(lambda: not window.all("room-item", room_id=room["id"]), "not among the own ones")


def test_invitations_are_links(window, ben, person):
    room_id = window.create_room(short("Geheim"), private=True)
    window.click("room-settings")
    window.click("room-invite")
    Select(window.find("invite-uses")).select_by_value("1")
    window.click("invite-make")
    link = window.find("invite-link").get_property("value")
    code = link.partition("#invite/")[2]
    window.until(lambda: window.all("invite"), "it is listed")
    assert ben.post(f"/api/invites/{code}").status_code == 200
    assert person().post(f"/api/invites/{code}").status_code == 404, "it was for once"
    Select(window.find("invite-uses")).select_by_value("")
    window.click("invite-make")
    window.until(lambda: "used 0 times" in "".join(inside(window, "invite", "invite-list")), "another one is listed")
    assert window.find("invite-link").get_property("value") != link
    window.click("invite-revoke")
    window.until(lambda: not window.all("invite"), "taken back")
    assert ben.get(f"/api/rooms/{room_id}").json()["role"] == "member"
    close_dialog(window)


def test_an_invitation_is_accepted_by_its_link(window, ben):
    room = ben.create_room(name=short("Bens"), isPrivate=True)
    code = ben.post(f"/api/rooms/{room['id']}/invites", json={"maxUses": 1}).json()["code"]
    window.driver.get(f"{window.base_url}/#invite/{code}")
    window.find("invite-join")
    assert window.find("room-title").text == "Lobby", "a link alone makes nobody a member"
    assert len(ben.get(f"/api/rooms/{room['id']}/users").json()) == 1
    window.click("invite-join")
    window.wait_room(room["name"])
    assert window.driver.current_url.endswith(f"#{room['id']}")
    window.driver.get(f"{window.base_url}/#invite/cs_join_{'x' * 38}")
    window.click("invite-join")
    window.until(lambda: "not good any more" in window.driver.find_element("css selector", "dialog .error").text, "a refusal")
    close_dialog(window)
    (complaint,) = window.complaints()
    assert REFUSED in complaint["message"]


def test_a_room_is_renamed_and_archived(window, ben):
    room_id = room_with(window, ben)
    name = short("Neu <b>")
    window.click("room-settings")
    window.fill("room-name", name)
    window.fill("room-about", "zwei\nZeilen")
    window.click("room-archived")
    window.click("room-save")
    window.wait_room(name)
    info = ben.get(f"/api/rooms/{room_id}").json()
    assert (info["name"], info["description"], info["archived"]) == (name, "zwei\nZeilen", True)
    assert ben.post(f"/api/rooms/{room_id}/messages", json={"content": "?"}).status_code == 403


def test_public_rooms_are_looked_for(window, ben):
    rooms = [ben.create_room(name=short(f"Halle {number}")) for number in range(6)]
    window.reload()
    window.fill("public-filter", rooms[3]["name"].lower())
    window.until(lambda: window.driver.execute_script(NAMES) == [rooms[3]["name"]], "this one only")
    window.find("public-filter").clear()
    window.find("public-filter").send_keys(" ")
    window.until(lambda: {one["name"] for one in rooms} <= set(window.driver.execute_script(NAMES)), "all again")
