"""The authorisation matrix (security.md S11): who may do what, for every route and every operation.

One row a route and kind of room, one column a sort of person; a cell is the status of the answer. A route
without a row fails `make check` (tests/lint/matrix.py); test_matrix.py asks the running system for each
cell. What is hidden is 404, what is seen but not allowed 403, who is nobody 401.

A row: "METHOD PATTERN", kind of room, the ids of the path, the body or query, the cells. Words that begin
with @ in ids and body are made for each cell (targets of test_matrix.py): @room is a room of this kind in
which the people of the columns are what their names say, @message such a room and a message in it.
"""

WHO = ("anonymous", "other", "ex_member", "member", "moderator", "owner", "admin", "client", "revoked", "disabled")

LOBBY = "00000000-0000-7000-8000-000000000001"
MUTE = {"mutedUntil": "2099-01-01T00:00:00Z"}
MESSAGE = {"content": "hello", "userId": "@member"}  # userId: for whom an application writes

ROUTES = [
    # anyone                                                                 ano oth exm mem mod own adm cli rev dis
    ("GET /api/health", "-", "", None,                                      "200 200 200 200 200 200 200 200 200 200"),
    ("GET /api/ready", "-", "", None,                                       "200 200 200 200 200 200 200 200 200 200"),
    ("GET /metrics", "-", "", None,                                         "200 200 200 200 200 200 200 200 200 200"),
    ("POST /auth/register", "-", "", "@account",                            "200 200 200 200 200 200 200 200 200 200"),
    ("POST /api/register", "-", "", "@account",                             "201 201 201 201 201 201 201 201 201 201"),
    ("POST /auth/login", "-", "", "@credentials",                           "200 200 200 200 200 200 200 200 200 200"),
    ("POST /api/login", "-", "", "@credentials",                            "200 200 200 200 200 200 200 200 200 200"),
    ("POST /auth/refresh", "-", "", "@refresh",                             "200 200 200 200 200 200 200 200 200 200"),

    # oneself                                                                ano oth exm mem mod own adm cli rev dis
    ("POST /auth/logout", "-", "", "@again",                                "401 200 200 200 200 200 200 403 401 401"),
    ("GET /auth/me", "-", "", None,                                         "401 200 200 200 200 200 200 403 401 401"),
    ("GET /auth/messages", "-", "", None,                                   "401 200 200 200 200 200 200 403 401 401"),
    ("PUT /auth/me", "-", "", {"bio": "hello"},                             "401 200 200 200 200 200 200 403 401 401"),
    ("GET /api/auth/profile", "-", "", None,                                "401 200 200 200 200 200 200 403 401 401"),
    ("PUT /api/auth/profile", "-", "", {"bio": "hello"},                    "401 200 200 200 200 200 200 403 401 401"),
    ("PUT /auth/me/password", "-", "", "@wrong_password",                   "401 400 400 400 400 400 400 403 401 401"),
    ("GET /api/auth/verify", "-", "", None,                                 "401 200 200 200 200 200 200 200 401 401"),
    ("POST /api/ws-ticket", "-", "", None,                                  "401 201 201 201 201 201 201 403 401 401"),
    ("GET /auth/sessions", "-", "", None,                                   "401 200 200 200 200 200 200 403 401 401"),
    ("DELETE /auth/sessions/{id}", "own", "@own_session", None,             "401 200 200 200 200 200 200 403 401 401"),
    ("DELETE /auth/sessions/{id}", "other's", "@guests_session", None,      "401 404 404 404 404 404 404 403 401 401"),
    ("POST /auth/logout-all", "-", "", {"keep_current": True},              "401 200 200 200 200 200 200 403 401 401"),

    # API tokens                                                             ano oth exm mem mod own adm cli rev dis
    ("POST /api/tokens/user", "own", "", {"userId": "@self"},               "401 201 201 201 201 201 201 201 401 401"),
    ("POST /api/tokens/user", "other's", "", {"userId": "@guest"},          "401 403 403 403 403 403 403 201 401 401"),
    ("POST /api/tokens/client", "-", "", {"userId": "@guest"},              "401 403 403 403 403 403 201 403 401 401"),
    ("GET /api/tokens", "-", "", None,                                      "401 200 200 200 200 200 200 200 401 401"),
    ("GET /api/tokens", "everybody's", "", {"all": "true"},                 "401 403 403 403 403 403 200 200 401 401"),
    ("DELETE /api/tokens/{id}", "own", "@own_token", None,                  "401 200 200 200 200 200 200 200 401 401"),
    ("DELETE /api/tokens/{id}", "other's", "@guests_token", None,           "401 404 404 404 404 404 200 200 401 401"),
    ("PUT /api/tokens/{id}/revoke", "own", "@own_token", None,              "401 200 200 200 200 200 200 200 401 401"),
    ("PUT /api/tokens/{id}/revoke", "other's", "@guests_token", None,       "401 404 404 404 404 404 200 200 401 401"),

    # people                                                                 ano oth exm mem mod own adm cli rev dis
    ("POST /api/users", "-", "", {"username": "@unique"},                   "401 403 403 403 403 403 403 201 401 401"),
    ("GET /api/users", "-", "", None,                                       "401 200 200 200 200 200 200 200 401 401"),
    ("GET /api/users/{id}", "-", "@guest", None,                            "401 200 200 200 200 200 200 200 401 401"),

    # administration                                                         ano oth exm mem mod own adm cli rev dis
    ("GET /auth/roles", "-", "", None,                                      "401 403 403 403 403 403 200 403 401 401"),
    ("POST /auth/roles", "-", "", {"name": "@unique"},                      "401 403 403 403 403 403 201 403 401 401"),
    ("DELETE /auth/roles/{id}", "-", "@role", None,                         "401 403 403 403 403 403 200 403 401 401"),
    ("GET /auth/users/{id}/roles", "-", "@guest", None,                     "401 403 403 403 403 403 200 403 401 401"),
    ("PUT /auth/users/{id}/roles", "-", "@guest", {"role_ids": []},         "401 403 403 403 403 403 200 403 401 401"),
    ("GET /auth/users", "-", "", None,                                      "401 403 403 403 403 403 200 403 401 401"),
    ("POST /auth/users", "-", "", "@account",                               "401 403 403 403 403 403 201 403 401 401"),
    ("GET /auth/users/{id}", "-", "@guest", None,                           "401 403 403 403 403 403 200 403 401 401"),
    ("DELETE /auth/users/{id}", "-", "@guest", None,                        "401 403 403 403 403 403 200 403 401 401"),
    ("PUT /auth/users/{id}/disable", "-", "@guest", None,                   "401 403 403 403 403 403 200 403 401 401"),
    ("PUT /auth/users/{id}/enable", "-", "@guest", None,                    "401 403 403 403 403 403 200 403 401 401"),
    ("PUT /auth/users/{id}/superuser", "-", "@guest", {"is_superuser": True},"401 403 403 403 403 403 200 403 401 401"),
    ("GET /auth/audit", "-", "", None,                                      "401 403 403 403 403 403 200 403 401 401"),

    # rooms                                                                  ano oth exm mem mod own adm cli rev dis
    ("GET /api/rooms", "-", "", None,                                       "401 200 200 200 200 200 200 200 401 401"),
    ("POST /api/rooms", "-", "", {"name": "a room", "userId": "@member"},   "401 201 201 201 201 201 201 201 401 401"),
    ("GET /api/rooms/{id}", "public", "@room", None,                        "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}", "private", "@room", None,                       "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}", "p2p", "@room", None,                           "401 404 404 200 404 200 404 404 401 401"),
    ("POST /api/rooms/{id}/users", "public", "@room", {"userId": "@guest"}, "401 403 403 403 200 200 200 200 401 401"),
    ("POST /api/rooms/{id}/users", "private", "@room", {"userId": "@guest"}, "401 404 404 403 200 200 200 200 401 401"),
    ("POST /api/rooms/{id}/users", "p2p", "@room", {"userId": "@guest"},    "401 404 404 403 404 403 404 404 401 401"),
    ("POST /api/rooms/{id}/join", "public", "@room", None,                  "401 200 200 200 200 200 200 403 401 401"),
    ("POST /api/rooms/{id}/join", "private", "@room", None,                 "401 404 404 200 200 200 404 403 401 401"),
    ("POST /api/rooms/{id}/leave", "public", "@room", None,                 "401 403 403 200 200 200 403 403 401 401"),
    ("POST /api/rooms/{id}/leave", "private", "@room", None,                "401 404 404 200 200 200 404 403 401 401"),

    ("PATCH /api/rooms/{id}", "public", "@room", {"name": "new"},           "401 403 403 403 200 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}", "private", "@room", {"name": "new"},          "401 404 404 403 200 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}", "closing", "@room", {"archived": True},       "401 403 403 403 403 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}", "p2p", "@room", {"name": "new"},              "401 404 404 403 404 403 404 404 401 401"),
    ("PATCH /api/rooms/{id}", "lobby", LOBBY, {"slowModeSeconds": 0},       "401 403 403 403 403 403 200 200 401 401"),
    ("DELETE /api/rooms/{id}", "public", "@room", None,                     "401 403 403 403 403 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}", "private", "@room", None,                    "401 404 404 403 403 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}", "p2p", "@room", None,                        "401 404 404 403 404 403 404 404 401 401"),
    ("DELETE /api/rooms/{id}", "lobby", LOBBY, None,                        "401 403 403 403 403 403 403 403 401 401"),
    ("GET /api/rooms/{id}/users", "public", "@room", None,                  "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/users", "private", "@room", None,                 "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/users", "p2p", "@room", None,                     "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/users", "lobby", LOBBY, None,                     "401 200 200 200 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/users/{id}", "public", "@companion", None,   "401 403 403 403 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/users/{id}", "private", "@companion", None,  "401 404 404 403 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/users/{id}", "p2p", "@room @member", None,     "401 404 404 403 404 403 404 404 401 401"),
    ("DELETE /api/rooms/{id}/users/{id}", "lobby", LOBBY + " @member", None, "401 403 403 403 403 403 403 403 401 401"),
    ("PATCH /api/rooms/{id}/users/{id}", "public", "@companion", MUTE,    "401 403 403 403 200 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}/users/{id}", "private", "@companion", MUTE,   "401 404 404 403 200 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}/users/{id}", "office", "@companion", {"role": "moderator"}, "401 403 403 403 403 200 200 200 401 401"),
    ("PATCH /api/rooms/{id}/users/{id}", "p2p", "@room @member", MUTE,      "401 404 404 403 404 403 404 404 401 401"),
    ("PATCH /api/rooms/{id}/users/{id}", "lobby", LOBBY + " @member", MUTE, "401 403 403 403 403 403 403 403 401 401"),

    ("GET /api/rooms/{id}/bans", "public", "@room", None,                   "401 403 403 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/bans", "private", "@room", None,                  "401 404 404 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/bans", "p2p", "@room", None,                      "401 404 404 403 404 403 404 404 401 401"),
    ("DELETE /api/rooms/{id}/bans/{id}", "public", "@outcast", None,        "401 403 403 403 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/bans/{id}", "private", "@outcast", None,       "401 404 404 403 200 200 200 200 401 401"),

    # invitations and reports                                                ano oth exm mem mod own adm cli rev dis
    ("GET /api/rooms/{id}/invites", "public", "@room", None,                "401 403 403 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/invites", "private", "@room", None,               "401 404 404 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/invites", "p2p", "@room", None,                   "401 404 404 403 404 403 404 404 401 401"),
    ("POST /api/rooms/{id}/invites", "public", "@room", {},                 "401 403 403 403 201 201 201 201 401 401"),
    ("POST /api/rooms/{id}/invites", "private", "@room", {},                "401 404 404 403 201 201 201 201 401 401"),
    ("POST /api/rooms/{id}/invites", "p2p", "@room", {},                    "401 404 404 403 404 403 404 404 401 401"),
    ("POST /api/rooms/{id}/invites", "lobby", LOBBY, {},                    "401 403 403 403 403 403 403 403 401 401"),
    ("DELETE /api/rooms/{id}/invites/{id}", "private", "@invitation", None,   "401 404 404 403 200 200 200 200 401 401"),
    ("POST /api/invites/{text}", "private", "@code", None,                  "401 200 200 200 200 200 200 403 401 401"),
    ("POST /api/rooms/{id}/messages/{id}/report", "public", "@message", {},  "401 403 403 201 201 201 403 403 401 401"),
    ("POST /api/rooms/{id}/messages/{id}/report", "private", "@message", {}, "401 404 404 201 201 201 404 403 401 401"),
    ("POST /api/rooms/{id}/messages/{id}/report", "p2p", "@message", {},     "401 404 404 403 404 403 404 403 401 401"),
    ("POST /api/rooms/{id}/messages/{id}/report", "lobby", "@message", {},   "401 201 201 201 201 201 201 403 401 401"),
    ("GET /api/rooms/{id}/reports", "public", "@room", None,                "401 403 403 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/reports", "private", "@room", None,               "401 404 404 403 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/reports", "p2p", "@room", None,                   "401 404 404 403 404 403 404 404 401 401"),
    ("GET /api/rooms/{id}/reports", "lobby", LOBBY, None,                   "401 403 403 403 403 403 200 200 401 401"),
    ("PUT /api/reports/{id}/resolve", "private", "@report", None,           "401 404 404 404 200 200 200 200 401 401"),

    # messages                                                               ano oth exm mem mod own adm cli rev dis
    ("GET /api/rooms/{id}/messages", "public", "@room", None,               "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages", "private", "@room", None,              "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages", "p2p", "@room", None,                  "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/events", "public", "@room", None,                 "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/events", "private", "@room", None,                "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/events", "p2p", "@room", None,                    "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/read", "public", "@room", None,                   "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/read", "private", "@room", None,                  "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/read", "p2p", "@room", None,                      "401 404 404 200 404 200 404 404 401 401"),
    ("PUT /api/rooms/{id}/read", "public", "@room", {"seq": 1},             "401 403 403 200 200 200 403 403 401 401"),
    ("PUT /api/rooms/{id}/read", "private", "@room", {"seq": 1},            "401 404 404 200 200 200 404 403 401 401"),
    ("PUT /api/rooms/{id}/read", "p2p", "@room", {"seq": 1},                "401 404 404 200 404 200 404 403 401 401"),
    ("GET /api/search", "-", "", {"q": "words"},                            "401 200 200 200 200 200 200 200 401 401"),
    ("GET /api/search", "public", "", {"q": "words", "roomId": "@room"},    "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/search", "private", "", {"q": "words", "roomId": "@room"}, "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/search", "p2p", "", {"q": "words", "roomId": "@room"},     "401 404 404 200 404 200 404 404 401 401"),
    ("POST /api/rooms/{id}/messages", "public", "@room", MESSAGE,           "401 403 403 201 201 201 403 201 401 401"),
    ("POST /api/rooms/{id}/messages", "private", "@room", MESSAGE,          "401 404 404 201 201 201 404 201 401 401"),
    ("POST /api/rooms/{id}/messages", "p2p", "@room", MESSAGE,              "401 404 404 201 404 201 404 404 401 401"),

    # one message, which is the member's                                     ano oth exm mem mod own adm cli rev dis
    ("GET /api/rooms/{id}/messages/{id}", "public", "@message", None,        "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}", "private", "@message", None,       "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}", "p2p", "@message", None,           "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/edits", "public", "@message", None,  "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/edits", "private", "@message", None, "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/edits", "p2p", "@message", None,     "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/replies", "public", "@message", None, "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/replies", "private", "@message", None, "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/replies", "p2p", "@message", None,   "401 404 404 200 404 200 404 404 401 401"),
    ("PATCH /api/rooms/{id}/messages/{id}", "public", "@message", {"content": "better"}, "401 403 403 200 403 403 403 200 401 401"),
    ("PATCH /api/rooms/{id}/messages/{id}", "private", "@message", {"content": "better"}, "401 404 404 200 403 403 403 200 401 401"),
    ("PATCH /api/rooms/{id}/messages/{id}", "p2p", "@message", {"content": "better"}, "401 404 404 200 404 403 404 404 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}", "public", "@message", None,     "401 403 403 200 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}", "private", "@message", None,    "401 404 404 200 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}", "p2p", "@message", None,        "401 404 404 200 404 403 404 404 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/reactions/{text}", "public", "@message %F0%9F%91%8D", None, "401 403 403 200 200 200 403 403 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/reactions/{text}", "private", "@message %F0%9F%91%8D", None,
     "401 404 404 200 200 200 403 404 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/reactions/{text}", "p2p", "@message %F0%9F%91%8D", None, "401 404 404 200 404 200 404 404 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/reactions/{text}", "public", "@message %F0%9F%91%8D", None,
     "401 403 403 200 200 200 403 403 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/reactions/{text}", "private", "@message %F0%9F%91%8D", None,
     "401 404 404 200 200 200 403 404 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/reactions/{text}", "p2p", "@message %F0%9F%91%8D", None, "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/reactions", "public", "@message", None, "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/reactions", "private", "@message", None, "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/messages/{id}/reactions", "p2p", "@message", None, "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/reactions/mine", "public", "@room", {"seqs": "1"}, "401 403 403 200 200 200 200 403 401 401"),
    ("GET /api/rooms/{id}/reactions/mine", "private", "@room", {"seqs": "1"}, "401 404 404 200 200 200 200 403 401 401"),
    ("GET /api/rooms/{id}/reactions/mine", "p2p", "@room", {"seqs": "1"},    "401 404 404 200 404 200 404 403 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/pin", "public", "@message", None,    "401 403 403 403 200 200 200 200 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/pin", "private", "@message", None,   "401 404 404 403 200 200 200 200 401 401"),
    ("PUT /api/rooms/{id}/messages/{id}/pin", "p2p", "@message", None,       "401 404 404 200 404 200 404 404 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/pin", "public", "@message", None, "401 403 403 403 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/pin", "private", "@message", None, "401 404 404 403 200 200 200 200 401 401"),
    ("DELETE /api/rooms/{id}/messages/{id}/pin", "p2p", "@message", None,    "401 404 404 200 404 200 404 404 401 401"),
    ("GET /api/rooms/{id}/pins", "public", "@room", None,                    "401 403 403 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/pins", "private", "@room", None,                   "401 404 404 200 200 200 200 200 401 401"),
    ("GET /api/rooms/{id}/pins", "p2p", "@room", None,                       "401 404 404 200 404 200 404 404 401 401"),

    # over many rooms                                                        ano oth exm mem mod own adm cli rev dis
    ("GET /api/messages", "-", "", None,                                    "401 403 403 403 403 403 200 200 401 401"),
    ("GET /api/messages/user", "-", "", None,                               "401 200 200 200 200 200 200 200 401 401"),
    ("GET /api/users/{id}/messages", "own", "@self", None,                  "401 200 200 200 200 200 200 200 401 401"),
    ("GET /api/users/{id}/messages", "other's", "@guest", None,             "401 403 403 403 403 403 200 200 401 401"),

    # conversations; @direct is a message of the member to the owner         ano oth exm mem mod own adm cli rev dis
    ("GET /api/conversations", "-", "", None,                               "401 200 200 200 200 200 200 403 401 401"),
    ("POST /api/conversations", "p2p", "", {"type": "p2p", "user_id": "@guest"}, "401 201 201 201 201 201 201 403 401 401"),
    ("POST /api/conversations", "group", "", {"type": "group", "member_ids": ["@guest"]}, "401 201 201 201 201 201 201 403 401 401"),
    ("GET /auth/conversations", "-", "", None,                              "401 200 200 200 200 200 200 403 401 401"),
    ("GET /auth/conversations/{id}/messages", "p2p", "@room", None,         "401 404 404 200 404 200 404 403 401 401"),
    ("GET /auth/conversations/{id}/messages", "private", "@room", None,     "401 404 404 404 404 404 404 403 401 401"),
    ("POST /auth/conversations/{id}/messages", "p2p", "@room", {"content": "hello"}, "401 404 404 201 404 201 404 403 401 401"),
    ("POST /auth/conversations/{id}/messages", "private", "@room", {"content": "hello"}, "401 404 404 404 404 404 404 403 401 401"),
    ("PUT /auth/conversations/{id}/read", "p2p", "@room", None,             "401 404 404 200 404 200 404 403 401 401"),
    ("GET /messages", "-", "", None,                                        "401 200 200 200 200 200 200 403 401 401"),
    ("POST /messages", "-", "", {"recipient_id": "@guest", "content": "hello"}, "401 201 201 201 201 201 201 403 401 401"),
    ("GET /messages/sent", "-", "", None,                                   "401 200 200 200 200 200 200 403 401 401"),
    ("GET /messages/received", "-", "", None,                               "401 200 200 200 200 200 200 403 401 401"),
    ("GET /messages/unread/count", "-", "", None,                           "401 200 200 200 200 200 200 403 401 401"),
    ("PUT /messages/read-all", "-", "", None,                               "401 200 200 200 200 200 200 403 401 401"),
    ("GET /messages/{id}", "p2p", "@direct", None,                          "401 404 404 200 404 200 404 403 401 401"),
    ("PUT /messages/{id}", "p2p", "@direct", {"content": "better"},         "401 404 404 200 404 403 404 403 401 401"),
    ("DELETE /messages/{id}", "p2p", "@direct", None,                       "401 404 404 200 404 403 404 403 401 401"),
    ("PUT /messages/{id}/read", "p2p", "@direct", None,                     "401 404 404 403 404 200 404 403 401 401"),
]

# Operations that ask for a room joined before: who may, has.
IN_THE_ROOM = {"typing"}

# Operations of the socket, in the native dialect: ack, the code of the error, or the code of the close.
# A field of two names stands for two, with the words of its value.
OPERATIONS = [
    ("auth", "-", {}, "1008 ack ack ack ack ack ack ack 1008 1008"),
    ("ping", "-", {}, "ack ack ack ack ack ack ack ack 1008 1008"),
    ("join", "public", {"roomId": "@room"}, "unauthorized not_member not_member ack ack ack not_member ack 1008 1008"),
    ("join", "private", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack ack ack room_not_found ack 1008 1008"),
    ("join", "p2p", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found room_not_found 1008 1008"),
    ("join", "admin's p2p", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack room_not_found room_not_found ack room_not_found 1008 1008"),
    ("join_all", "-", {}, "unauthorized ack ack ack ack ack ack ack 1008 1008"),
    ("leave", "private", {"roomId": "@room"}, "unauthorized ack ack ack ack ack ack ack 1008 1008"),
    ("message", "public", {"roomId": "@room", "content": "hello", "clientId": "@unique"},
     "unauthorized not_member not_member ack ack ack not_member not_member 1008 1008"),
    ("message", "private", {"roomId": "@room", "content": "hello", "clientId": "@unique"},
     "unauthorized room_not_found room_not_found ack ack ack room_not_found room_not_found 1008 1008"),
    ("message", "p2p", {"roomId": "@room", "content": "hello", "clientId": "@unique"},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found room_not_found 1008 1008"),
    ("read", "public", {"roomId": "@room", "seq": 1},
     "unauthorized not_member not_member ack ack ack not_member forbidden 1008 1008"),
    ("read", "private", {"roomId": "@room", "seq": 1},
     "unauthorized room_not_found room_not_found ack ack ack room_not_found forbidden 1008 1008"),
    ("read", "p2p", {"roomId": "@room", "seq": 1},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found forbidden 1008 1008"),
    ("presence", "-", {"status": "away"}, "unauthorized ack ack ack ack ack ack forbidden 1008 1008"),
    ("typing", "public", {"roomId": "@room"},
     "unauthorized conflict conflict ack ack ack conflict forbidden 1008 1008"),
    ("edit", "public", {"roomId messageId": "@message", "content": "better"},
     "unauthorized not_member not_member ack forbidden forbidden forbidden ack 1008 1008"),
    ("edit", "private", {"roomId messageId": "@message", "content": "better"},
     "unauthorized room_not_found room_not_found ack forbidden forbidden forbidden ack 1008 1008"),
    ("edit", "p2p", {"roomId messageId": "@message", "content": "better"},
     "unauthorized room_not_found room_not_found ack room_not_found forbidden room_not_found room_not_found 1008 1008"),
    ("edit", "lobby", {"roomId messageId": "@message", "content": "better"},
     "unauthorized forbidden forbidden ack forbidden forbidden forbidden ack 1008 1008"),
    ("delete", "public", {"roomId messageId": "@message"},
     "unauthorized not_member not_member ack ack ack ack ack 1008 1008"),
    ("delete", "private", {"roomId messageId": "@message"},
     "unauthorized room_not_found room_not_found ack ack ack ack ack 1008 1008"),
    ("delete", "p2p", {"roomId messageId": "@message"},
     "unauthorized room_not_found room_not_found ack room_not_found forbidden room_not_found room_not_found 1008 1008"),
    ("delete", "lobby", {"roomId messageId": "@message"},
     "unauthorized forbidden forbidden ack forbidden forbidden ack ack 1008 1008"),
    ("react", "public", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized not_member not_member ack ack ack not_member not_member 1008 1008"),
    ("react", "private", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized room_not_found room_not_found ack ack ack not_member room_not_found 1008 1008"),
    ("react", "p2p", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found room_not_found 1008 1008"),
    ("react", "lobby", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized ack ack ack ack ack ack ack 1008 1008"),
    ("unreact", "public", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized not_member not_member ack ack ack not_member not_member 1008 1008"),
    ("unreact", "private", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized room_not_found room_not_found ack ack ack not_member room_not_found 1008 1008"),
    ("unreact", "p2p", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found room_not_found 1008 1008"),
    ("unreact", "lobby", {"roomId messageId": "@message", "emoji": "+1"},
     "unauthorized ack ack ack ack ack ack ack 1008 1008"),
    ("history", "public", {"roomId": "@room"}, "unauthorized not_member not_member ack ack ack ack ack 1008 1008"),
    ("history", "private", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack ack ack ack ack 1008 1008"),
    ("history", "p2p", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack room_not_found ack room_not_found room_not_found 1008 1008"),
    ("history", "admin's p2p", {"roomId": "@room"},
     "unauthorized room_not_found room_not_found ack room_not_found room_not_found ack room_not_found 1008 1008"),
    ("history", "lobby", {"roomId": "@room"}, "unauthorized ack ack ack ack ack ack ack 1008 1008"),
]


# Answered by the gateway, over HTTP: a row as of ROUTES.
STREAMS = [
    # rooms over Server-Sent Events and polls                                ano oth exm mem mod own adm cli rev dis
    ("GET /events", "public", "", {"rooms": "@room", "wait": 0},            "401 403 403 200 200 200 403 200 401 401"),
    ("GET /events", "private", "", {"rooms": "@room", "wait": 0},           "401 404 404 200 200 200 404 200 401 401"),
    ("GET /events", "p2p", "", {"rooms": "@room", "wait": 0},               "401 404 404 200 404 200 404 404 401 401"),
    ("GET /events", "admin's p2p", "", {"rooms": "@room", "wait": 0},       "401 404 404 200 404 404 200 404 401 401"),
    ("GET /events", "lobby", "", {"rooms": LOBBY, "wait": 0},               "401 200 200 200 200 200 200 200 401 401"),
    ("GET /events", "all", "", {"rooms": "all", "wait": 0},                 "401 200 200 200 200 200 200 200 401 401"),
]


def cells(row):
    """A row's cells by the column."""
    found = row[-1].split()
    assert len(found) == len(WHO), f"{row[0]} {row[1]}: {len(found)} cells"
    return dict(zip(WHO, found))
