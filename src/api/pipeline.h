/* pipeline.h - the unit of work of a request: the guard's statement, the handler's, the bell.
 *
 * They leave in one flush; a second round trip is half the speed. The handler's answer is held back
 * until the commit is known (rule 5); what the bell comes to is read after the answer has left.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "req.h"

/* Runs the route's handlers. CS_OK: the response is complete, and what it acknowledges is
 * committed. */
enum cs_rc pipeline_run(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* What waits for the answer to have left: the bell, the note of the credential's use. */
void pipeline_after(struct req *r);

#endif
