/* store.c - see store.h. */
#include "store.h"

#include "store_account.h"
#include "store_audit.h"
#include "store_change.h"
#include "store_changes.h"
#include "store_conversation.h"
#include "store_ctl.h"
#include "store_ctl_audit.h"
#include "store_ctl_check.h"
#include "store_ctl_purge.h"
#include "store_ctl_doctor.h"
#include "store_ctl_migrate.h"
#include "store_ctl_setup.h"
#include "store_ctl_token.h"
#include "store_ctl_user.h"
#include "store_direct.h"
#include "store_events.h"
#include "store_feed.h"
#include "store_figures.h"
#include "store_guard.h"
#include "store_invite.h"
#include "store_log.h"
#include "store_login.h"
#include "store_member.h"
#include "store_marks.h"
#include "store_message.h"
#include "store_name.h"
#include "store_page.h"
#include "store_people.h"
#include "store_post.h"
#include "store_presence.h"
#include "store_profile.h"
#include "store_report.h"
#include "store_reacted.h"
#include "store_read.h"
#include "store_role.h"
#include "store_room.h"
#include "store_seen.h"
#include "store_search.h"
#include "store_session.h"
#include "store_ticket.h"
#include "store_token.h"
#include "store_user.h"
#include "store_user_events.h"

const struct cs_stmt store_ping_stmt = {
    .name = "ping",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT true",
};

void store_ping_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_ping_stmt, arena);
}

const struct cs_stmt *const store_stmts[] = {
    &store_ping_stmt,
    /* who somebody is */
    &store_guard_jwt_stmt,
    &store_guard_session_stmt,
    &store_guard_token_stmt,
    &store_guard_held_stmt,
    &store_guard_write_stmt,
    &store_touch_stmt,
    /* how the whole is doing */
    &store_people_count_stmt,
    &store_gateways_stmt,
    &store_connections_stmt,
    /* accounts and sessions */
    &store_login_begin_stmt,
    &store_login_undo_stmt,
    &store_login_failed_stmt,
    &store_login_stmt,
    &store_may_register_stmt,
    &store_register_stmt,
    &store_user_stmt,
    &store_rotate_stmt,
    &store_sessions_stmt,
    &store_session_close_stmt,
    &store_sessions_close_stmt,
    &store_profile_stmt,
    &store_secret_stmt,
    &store_password_stmt,
    &store_ticket_make_stmt,
    &store_token_create_stmt,
    &store_tokens_of_stmt,
    &store_tokens_all_stmt,
    &store_tokens_typed_stmt,
    &store_token_revoke_stmt,
    &store_people_stmt,
    &store_person_stmt,
    &store_person_create_stmt,
    /* roles and accounts, kept by others */
    &store_roles_stmt,
    &store_role_stmt,
    &store_roles_of_stmt,
    &store_role_create_stmt,
    &store_role_delete_stmt,
    &store_roles_set_stmt,
    &store_accounts_stmt,
    &store_accounts_named_stmt,
    &store_account_taken_stmt,
    &store_account_create_stmt,
    &store_account_active_stmt,
    &store_account_sign_out_stmt,
    &store_account_superuser_stmt,
    &store_account_delete_stmt,
    &store_account_ring_stmt,
    &store_audit_stmt,
    &store_audit_action_stmt,
    &store_audit_user_stmt,
    /* rooms and members */
    &store_rooms_own_stmt,
    &store_rooms_all_stmt,
    &store_rooms_public_stmt,
    &store_room_stmt,
    &store_members_stmt,
    &store_bans_stmt,
    &store_room_create_stmt,
    &store_member_add_stmt,
    &store_join_room_stmt,
    &store_leave_room_stmt,
    &store_room_set_stmt,
    &store_room_delete_stmt,
    &store_member_remove_stmt,
    &store_member_set_stmt,
    &store_ban_lift_stmt,
    &store_room_invited_stmt,
    &store_invite_create_stmt,
    &store_invite_revoke_stmt,
    &store_invite_accept_stmt,
    &store_invites_stmt,
    &store_invite_stmt,
    &store_report_make_stmt,
    &store_report_resolve_stmt,
    &store_reports_stmt,
    &store_report_stmt,
    &store_read_stmt,
    &store_readers_stmt,
    /* messages */
    &store_page_before_stmt,
    &store_page_after_stmt,
    &store_page_around_stmt,
    &store_page_at_stmt,
    &store_message_stmt,
    &store_message_one_stmt,
    &store_message_changed_stmt,
    &store_events_stmt,
    &store_replies_before_stmt,
    &store_replies_after_stmt,
    &store_edits_stmt,
    &store_pins_stmt,
    &store_reacted_stmt,
    &store_reactors_stmt,
    &store_changes_stmt,
    &store_edit_message_stmt,
    &store_delete_message_stmt,
    &store_react_stmt,
    &store_unreact_stmt,
    &store_pin_stmt,
    &store_unpin_stmt,
    &store_search_stmt,
    &store_index_stmt,
    &store_post_stmt,
    &store_bell_stmt,
    /* conversations, and messages of two */
    &store_pair_open_stmt,
    &store_group_create_stmt,
    &store_conversations_stmt,
    &store_pairs_stmt,
    &store_pairs_unread_stmt,
    &store_direct_list_stmt,
    &store_direct_page_stmt,
    &store_direct_one_stmt,
    &store_direct_post_stmt,
    &store_direct_posted_stmt,
    &store_direct_edit_stmt,
    &store_direct_delete_stmt,
    &store_direct_mark_stmt,
    &store_direct_mark_all_stmt,
    &store_direct_marked_stmt,
    &store_feed_all_stmt,
    &store_feed_room_stmt,
    &store_feed_of_stmt,
    NULL,
};

/* What the gateway runs beside the guards, posts and bells above. */
static const struct cs_stmt *const gateway_stmts[] = {
    &store_log_stmt,
    &store_positions_stmt,
    &store_join_stmt,
    &store_join_every_stmt,
    &store_log_epoch_stmt,
    &store_enter_jwt_stmt,
    &store_enter_session_stmt,
    &store_enter_token_stmt,
    &store_user_log_stmt,
    &store_user_positions_stmt,
    &store_ended_stmt,
    &store_marks_stmt,
    &store_names_stmt,
    &store_beat_stmt,
    &store_whereabouts_stmt,
    &store_present_stmt,
    &store_seen_stmt,
    &store_ticket_take_stmt,
    NULL,
};

const struct cs_stmt *const *const store_all_stmts[] = {
    store_stmts,           gateway_stmts,         store_ctl_stmts,       store_ctl_user_stmts,
    store_ctl_token_stmts, store_ctl_audit_stmts, store_ctl_check_stmts, store_ctl_purge_stmts,
    store_migrate_stmts,   store_setup_stmts,     store_setup_admin_stmts, store_doctor_stmts,
    NULL,
};
