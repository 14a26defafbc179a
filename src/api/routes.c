/* routes.c - the route table: one line says all that happens before a handler runs (route.h). */
#include "handlers.h"

#define READ CS_DB_READ
#define WRITE CS_DB_WRITE

/* The rights that a user needs, and those that an application needs. */
#define ANYONE 0, 0
#define READERS CS_MAY_READ, CS_MAY_READ
#define WRITERS CS_MAY_WRITE, CS_MAY_WRITE
#define READING_USERS CS_MAY_READ, 0
#define WRITING_USERS CS_MAY_WRITE, 0
#define SIGNED_IN CS_SIGNED_IN, CS_SIGNED_IN
#define USERS_BY_PASSWORD CS_BY_PASSWORD, 0
#define ACCOUNT_KEEPERS CS_MAY_USERS, 0
#define ADMINS CS_MAY_ADMIN, 0
#define ROOM_KEEPERS CS_MAY_WRITE, CS_MAY_ROOMS
#define ROOM_WATCHERS CS_MAY_READ, CS_MAY_ROOMS

/* The longest message is 8000 code points, of which JSON may write each as two escapes of 6
 * bytes. */
enum { POST_BODY_MAX = 128 * 1024 };

const struct route routes[] = {
    {METHOD_GET, "/api/health", ANYONE, READ, POOL_API, .answer = health_answer},
    {METHOD_GET, "/api/ready", ANYONE, READ, POOL_API,
     .ask = ready_ask, .answer = ready_answer},

    /* identity */
    {METHOD_POST, "/auth/register", ANYONE, WRITE, POOL_AUTH,
     .body = &register_form, .answer = register_answer},
    {METHOD_POST, "/auth/login", ANYONE, WRITE, POOL_AUTH,
     .body = &login_form, .answer = login_answer},
    {METHOD_POST, "/api/register", ANYONE, WRITE, POOL_AUTH,
     .body = &register_form, .answer = api_register_answer},
    {METHOD_POST, "/api/login", ANYONE, WRITE, POOL_AUTH,
     .body = &login_form, .answer = api_login_answer},
    {METHOD_POST, "/auth/refresh", ANYONE, WRITE, POOL_API, .repeatable = true,
     .body = &refresh_form, .ask = refresh_ask, .answer = refresh_answer},
    {METHOD_POST, "/auth/logout", USERS_BY_PASSWORD, WRITE, POOL_API, .repeatable = true,
     .ask = logout_ask, .answer = logout_answer},
    {METHOD_POST, "/auth/logout-all", USERS_BY_PASSWORD, WRITE, POOL_API,
     .body = &logout_all_form, .ask = logout_all_ask, .answer = logout_all_answer},
    {METHOD_GET, "/auth/sessions", USERS_BY_PASSWORD, READ, POOL_API,
     .ask = sessions_ask, .answer = sessions_answer},
    {METHOD_DELETE, "/auth/sessions/{id}", USERS_BY_PASSWORD, WRITE, POOL_API,
     .ask = session_end_ask, .answer = session_end_answer},
    {METHOD_GET, "/auth/me", READING_USERS, READ, POOL_API, .ask = me_ask, .answer = me_answer},
    {METHOD_PUT, "/auth/me", WRITING_USERS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .body = &me_form, .ask = me_change_ask, .answer = me_change_answer},
    {METHOD_PUT, "/auth/me/password", USERS_BY_PASSWORD, WRITE, POOL_AUTH,
     .body = &password_form, .ask = password_ask, .answer = password_answer},
    {METHOD_GET, "/api/auth/profile", READING_USERS, READ, POOL_API,
     .ask = me_ask, .answer = profile_answer},
    {METHOD_PUT, "/api/auth/profile", WRITING_USERS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .body = &profile_form, .ask = profile_change_ask, .answer = profile_change_answer},

    {METHOD_POST, "/api/ws-ticket", READING_USERS, WRITE, POOL_API, .cost = 1,
     .ask = ticket_ask, .answer = ticket_answer},
    {METHOD_GET, "/api/auth/verify", SIGNED_IN, READ, POOL_API, .answer = verify_answer},

    /* API tokens */
    {METHOD_POST, "/api/tokens/user", CS_MAY_WRITE, CS_MAY_USERS, WRITE, POOL_API, .cost = 10,
     .body = &token_form, .ask = token_user_ask, .answer = token_user_answer},
    {METHOD_POST, "/api/tokens/client", CS_MAY_WRITE | CS_MAY_ADMIN, 0, WRITE, POOL_API, .cost = 10,
     .body = &token_form, .ask = token_client_ask, .answer = token_client_answer},
    {METHOD_GET, "/api/tokens", CS_MAY_READ, CS_MAY_USERS, READ, POOL_API,
     .query = &tokens_query, .ask = tokens_ask, .answer = tokens_list_answer},
    {METHOD_DELETE, "/api/tokens/{id}", SIGNED_IN, WRITE, POOL_API, .repeatable = true,
     .ask = token_revoke_ask, .answer = token_revoke_answer},
    {METHOD_PUT, "/api/tokens/{id}/revoke", SIGNED_IN, WRITE, POOL_API, .repeatable = true,
     .ask = token_revoke_ask, .answer = token_revoke_answer},

    /* people */
    {METHOD_GET, "/api/users", READERS, READ, POOL_API,
     .query = &people_query, .ask = people_ask, .answer = people_answer},
    {METHOD_POST, "/api/users", 0, CS_MAY_USERS, WRITE, POOL_API,
     .body = &person_form, .ask = person_create_ask, .answer = person_create_answer},
    {METHOD_GET, "/api/users/{id}", READERS, READ, POOL_API,
     .ask = person_ask, .answer = person_answer},

    /* roles and accounts */
    {METHOD_GET, "/auth/roles", ADMINS, READ, POOL_API, .ask = roles_ask, .answer = roles_answer},
    {METHOD_POST, "/auth/roles", ADMINS, WRITE, POOL_API, .cost = 1,
     .body = &role_form, .ask = role_create_ask, .answer = role_create_answer},
    {METHOD_DELETE, "/auth/roles/{id}", ADMINS, WRITE, POOL_API, .cost = 1,
     .ask = role_delete_ask, .answer = role_delete_answer},
    {METHOD_GET, "/auth/users/{id}/roles", ADMINS, READ, POOL_API,
     .ask = user_roles_ask, .answer = user_roles_answer},
    {METHOD_PUT, "/auth/users/{id}/roles", ADMINS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .body = &user_roles_form, .ask = user_roles_set_ask, .answer = user_roles_set_answer},
    {METHOD_GET, "/auth/users", ACCOUNT_KEEPERS, READ, POOL_API,
     .query = &accounts_query, .ask = accounts_ask, .answer = accounts_answer},
    {METHOD_POST, "/auth/users", ACCOUNT_KEEPERS, WRITE, POOL_AUTH, .cost = 1,
     .body = &account_form, .ask = account_create_ask, .answer = account_create_answer},
    {METHOD_GET, "/auth/users/{id}", ACCOUNT_KEEPERS, READ, POOL_API,
     .ask = account_ask, .answer = account_answer},
    {METHOD_DELETE, "/auth/users/{id}", ACCOUNT_KEEPERS, WRITE, POOL_API, .cost = 1,
     .ask = account_delete_ask, .answer = account_delete_answer},
    {METHOD_PUT, "/auth/users/{id}/disable", ACCOUNT_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = account_disable_ask, .answer = account_disable_answer},
    {METHOD_PUT, "/auth/users/{id}/enable", ACCOUNT_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = account_enable_ask, .answer = account_enable_answer},
    {METHOD_PUT, "/auth/users/{id}/superuser", ADMINS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .query = &superuser_query, .body = &superuser_form,
     .ask = superuser_ask, .answer = superuser_answer},
    {METHOD_GET, "/auth/audit", ADMINS, READ, POOL_API,
     .query = &audit_query, .ask = audit_ask, .answer = audit_answer},

    /* rooms */
    {METHOD_GET, "/api/rooms", READERS, READ, POOL_API,
     .query = &rooms_query, .ask = rooms_ask, .answer = rooms_answer},
    {METHOD_POST, "/api/rooms", ROOM_KEEPERS, WRITE, POOL_API, .cost = 10, .repeatable = true,
     .body = &room_form, .ask = room_create_ask, .answer = room_create_answer},
    {METHOD_GET, "/api/rooms/{id}", READERS, READ, POOL_API,
     .ask = room_ask, .answer = room_answer},
    {METHOD_PATCH, "/api/rooms/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .body = &settings_form, .ask = room_set_ask, .answer = room_set_answer},
    {METHOD_DELETE, "/api/rooms/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .ask = room_delete_ask, .answer = room_delete_answer},
    {METHOD_GET, "/api/rooms/{id}/users", READERS, READ, POOL_API,
     .query = &members_query, .ask = members_ask, .answer = members_answer},
    {METHOD_POST, "/api/rooms/{id}/users", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .body = &member_form, .ask = member_add_ask, .answer = member_add_answer},
    {METHOD_POST, "/api/rooms/{id}/join", WRITING_USERS, WRITE, POOL_API, .cost = 1, .repeatable = true,
     .ask = join_ask, .answer = join_answer},
    {METHOD_POST, "/api/rooms/{id}/leave", WRITING_USERS, WRITE, POOL_API, .cost = 1,
     .ask = leave_ask, .answer = leave_answer},
    {METHOD_DELETE, "/api/rooms/{id}/users/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .query = &removal_query, .ask = member_remove_ask, .answer = member_remove_answer},
    {METHOD_PATCH, "/api/rooms/{id}/users/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .body = &office_form, .ask = member_set_ask, .answer = member_set_answer},
    {METHOD_GET, "/api/rooms/{id}/bans", ROOM_WATCHERS, READ, POOL_API,
     .query = &members_query, .ask = bans_ask, .answer = bans_answer},
    {METHOD_DELETE, "/api/rooms/{id}/bans/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .ask = ban_lift_ask, .answer = ban_lift_answer},

    /* invitations and reports */
    {METHOD_GET, "/api/rooms/{id}/invites", ROOM_WATCHERS, READ, POOL_API,
     .ask = invites_ask, .answer = invites_answer},
    {METHOD_POST, "/api/rooms/{id}/invites", ROOM_KEEPERS, WRITE, POOL_API, .cost = 5,
     .body = &invite_form, .ask = invite_create_ask, .answer = invite_create_answer},
    {METHOD_DELETE, "/api/rooms/{id}/invites/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = invite_revoke_ask, .answer = invite_revoke_answer},
    {METHOD_POST, "/api/invites/{text}", WRITING_USERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = invite_accept_ask, .answer = invite_accept_answer},
    {METHOD_POST, "/api/rooms/{id}/messages/{id}/report", WRITING_USERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .body = &report_form, .ask = report_make_ask, .answer = report_make_answer},
    {METHOD_GET, "/api/rooms/{id}/reports", ROOM_WATCHERS, READ, POOL_API,
     .query = &reports_query, .ask = reports_ask, .answer = reports_answer},
    {METHOD_PUT, "/api/reports/{id}/resolve", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = report_resolve_ask, .answer = report_resolve_answer},

    /* messages */
    {METHOD_GET, "/api/rooms/{id}/messages", READERS, READ, POOL_API,
     .query = &page_query, .ask = page_ask, .answer = page_answer},
    {METHOD_POST, "/api/rooms/{id}/messages", WRITERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .body = &post_form, .body_max = POST_BODY_MAX,
     .ask = post_ask, .answer = post_answer},
    {METHOD_GET, "/api/rooms/{id}/messages/{id}", READERS, READ, POOL_API,
     .ask = message_ask, .answer = message_answer},
    {METHOD_PATCH, "/api/rooms/{id}/messages/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .body = &edit_form, .body_max = POST_BODY_MAX,
     .ask = message_edit_ask, .answer = message_edit_answer},
    {METHOD_DELETE, "/api/rooms/{id}/messages/{id}", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = message_delete_ask, .answer = message_delete_answer},
    {METHOD_GET, "/api/rooms/{id}/messages/{id}/edits", READERS, READ, POOL_API,
     .ask = edits_ask, .answer = edits_answer},
    {METHOD_GET, "/api/rooms/{id}/messages/{id}/replies", READERS, READ, POOL_API,
     .query = &replies_query, .ask = replies_ask, .answer = replies_answer},
    {METHOD_PUT, "/api/rooms/{id}/messages/{id}/reactions/{text}", WRITERS, WRITE, POOL_API,
     .cost = 1, .repeatable = true, .query = &reaction_query,
     .ask = react_ask, .answer = react_answer},
    {METHOD_DELETE, "/api/rooms/{id}/messages/{id}/reactions/{text}", WRITERS, WRITE, POOL_API,
     .cost = 1, .repeatable = true, .query = &reaction_query,
     .ask = unreact_ask, .answer = unreact_answer},
    {METHOD_PUT, "/api/rooms/{id}/messages/{id}/pin", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = pin_ask, .answer = pin_answer},
    {METHOD_DELETE, "/api/rooms/{id}/messages/{id}/pin", ROOM_KEEPERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .ask = unpin_ask, .answer = unpin_answer},
    {METHOD_GET, "/api/rooms/{id}/pins", READERS, READ, POOL_API,
     .ask = pins_ask, .answer = pins_answer},
    {METHOD_GET, "/api/rooms/{id}/events", READERS, READ, POOL_API,
     .query = &events_query, .ask = events_ask, .answer = events_answer},
    {METHOD_GET, "/api/rooms/{id}/read", READERS, READ, POOL_API,
     .query = &readers_query, .ask = readers_ask, .answer = readers_answer},
    {METHOD_PUT, "/api/rooms/{id}/read", WRITING_USERS, WRITE, POOL_API, .cost = 1,
     .repeatable = true, .body = &read_form, .ask = read_ask, .answer = read_answer},
    {METHOD_GET, "/auth/messages", READING_USERS, READ, POOL_API,
     .query = &lobby_query, .ask = lobby_ask, .answer = lobby_answer},
};

const size_t routes_n = sizeof routes / sizeof *routes;
