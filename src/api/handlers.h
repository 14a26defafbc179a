/* handlers.h - what the route table refers to: two handlers and the forms of each route. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "route.h"

/* h_conversations.c */
extern const struct form conversation_form, conversations_query;
handler conversation_open_ask, conversation_open_answer, conversations_ask, conversations_answer;
handler pairs_ask, pairs_answer, unread_count_ask, unread_count_answer;

/* h_direct.c */
extern const struct form direct_list_query, direct_page_query, direct_send_form, direct_post_form,
    direct_edit_form;
handler direct_all_ask, direct_sent_ask, direct_received_ask, direct_list_answer, direct_page_ask,
    direct_page_answer, direct_one_ask, direct_one_answer, direct_post_ask, direct_post_answer,
    direct_edit_ask, direct_edit_answer, direct_delete_ask, direct_delete_answer, direct_mark_ask,
    direct_mark_answer, direct_mark_all_ask, direct_mark_all_answer, direct_mark_room_ask,
    direct_mark_room_answer;

/* h_feed.c */
extern const struct form feed_query;
handler feed_all_ask, feed_all_answer, feed_own_ask, feed_own_answer, feed_of_ask, feed_of_answer;

/* h_figures.c */
handler figures_ask, figures_answer;

/* h_health.c */
handler health_answer, ready_ask, ready_answer;
handler metrics_answer;

/* h_register.c */
extern const struct form register_form;
handler register_answer, api_register_answer;

/* h_login.c */
extern const struct form login_form;
handler login_answer, api_login_answer;

/* h_search.c */
extern const struct form search_query;
handler search_ask, search_answer;

/* h_session.c */
extern const struct form refresh_form;
handler refresh_ask, refresh_answer, logout_ask, logout_answer;

/* h_sessions.c */
extern const struct form logout_all_form;
handler sessions_ask, sessions_answer, session_end_ask, session_end_answer, logout_all_ask,
    logout_all_answer, account_sessions_ask, account_sessions_answer, account_sign_out_ask,
    account_sign_out_answer;

/* h_profile.c */
extern const struct form me_form, profile_form;
handler me_ask, me_answer, me_change_ask, me_change_answer, profile_answer, profile_change_ask,
    profile_change_answer;

/* h_password.c */
extern const struct form password_form;
handler password_ask, password_answer;

/* h_ticket.c */
handler ticket_ask, ticket_answer;

/* h_tokens.c */
extern const struct form token_form, tokens_query;
handler token_user_ask, token_user_answer, token_client_ask, token_client_answer;
handler tokens_ask, tokens_list_answer, token_revoke_ask, token_revoke_answer, verify_answer;

/* h_people.c */
extern const struct form people_query, person_form;
handler people_ask, people_answer, person_ask, person_answer;
handler person_create_ask, person_create_answer;

/* h_roles.c */
extern const struct form role_form, user_roles_form;
handler roles_ask, roles_answer, role_create_ask, role_create_answer, role_delete_ask,
    role_delete_answer, user_roles_ask, user_roles_answer, user_roles_set_ask,
    user_roles_set_answer;

/* h_users.c */
extern const struct form accounts_query, account_form, superuser_query, superuser_form;
handler accounts_ask, accounts_answer, account_ask, account_answer, account_create_ask,
    account_create_answer, account_disable_ask, account_disable_answer, account_enable_ask,
    account_enable_answer, superuser_ask, superuser_answer, account_delete_ask,
    account_delete_answer;

/* h_audit.c */
extern const struct form audit_query;
handler audit_ask, audit_answer;

/* h_rooms.c */
extern const struct form rooms_query, room_form, settings_form;
handler rooms_ask, rooms_answer, room_create_ask, room_create_answer, room_ask, room_answer,
    room_set_ask, room_set_answer, room_delete_ask, room_delete_answer;

/* inroom.c: of lists in a room */
extern const struct form inroom_list_query;

/* h_members.c */
extern const struct form member_form, removal_query, office_form;
handler member_add_ask, member_add_answer, join_ask, join_answer, leave_ask, leave_answer,
    members_ask, members_answer, member_remove_ask, member_remove_answer, member_set_ask,
    member_set_answer, bans_ask, bans_answer, ban_lift_ask, ban_lift_answer;

/* h_invites.c */
extern const struct form invite_form;
handler invite_create_ask, invite_create_answer, invites_ask, invites_answer, invite_revoke_ask,
    invite_revoke_answer, invite_accept_ask, invite_accept_answer;

/* h_reports.c */
extern const struct form report_form;
handler report_make_ask, report_make_answer, reports_ask, reports_answer, report_resolve_ask,
    report_resolve_answer;

/* h_history.c */
extern const struct form page_query, lobby_query;
handler page_ask, page_answer, lobby_ask, lobby_answer;

/* h_message.c */
extern const struct form edit_form, replies_query;
handler message_ask, message_answer, message_edit_ask, message_edit_answer, message_delete_ask,
    message_delete_answer;
handler edits_ask, edits_answer, replies_ask, replies_answer;

/* h_reaction.c */
extern const struct form reaction_query;
handler react_ask, react_answer, unreact_ask, unreact_answer;
handler pin_ask, pin_answer, unpin_ask, unpin_answer, pins_ask, pins_answer;

/* h_reacted.c */
extern const struct form reacted_query;
handler reacted_ask, reacted_answer, reactors_ask, reactors_answer;

/* h_events.c */
extern const struct form events_query;
handler events_ask, events_answer;

/* h_read.c */
extern const struct form readers_query, read_form;
handler readers_ask, readers_answer, read_ask, read_answer;

/* h_post.c */
extern const struct form post_form;
handler post_ask, post_answer;

#endif
