/* out_direct.h - messages of two and conversations in the shapes of documents 002 and 004, which
 * are snake_case (contract, "Direct messages"). */
#ifndef OUT_DIRECT_H
#define OUT_DIRECT_H

#include "cs_jsonw.h"
#include "store_conversation.h"
#include "store_direct.h"

/* {id,sender_id,recipient_id,content,is_read,parent_id,conversation_id,created_at,updated_at} */
void out_direct(struct cs_jw *w, const struct store_direct *m);

/* {conversation_id,other_user_id,other_user_name,last_message,last_message_at,unread_count} */
void out_pair(struct cs_jw *w, const struct store_pair *p);

/* [{conversation_id,type,name,created_by,created_at,members:[{user_id,username,joined_at}]}] of the
 * rows of store_conversations_call. */
void out_conversations(struct cs_jw *w, const struct cs_rows *rows);

#endif
