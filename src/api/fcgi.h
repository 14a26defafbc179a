/* fcgi.h - the FastCGI transport: one request at a time from the socket on descriptor 0.
 *
 * Any number of processes share that socket. SIGTERM, SIGINT and SIGHUP let the request in hand end
 * and are what fcgi_accept returns next, however many requests wait; see "Signals" in the design's dependencies. The
 * owner of fcgiapp.h.
 */
#ifndef FCGI_H
#define FCGI_H

#include "cs_arena.h"
#include "cs_err.h"
#include "head.h"

struct fcgi;

/* Installs the signal handlers and adopts descriptor 0. CS_E_CONFIG when that is no listening
 * socket: the program was not started by spawn-fcgi or its like. */
enum cs_rc fcgi_open(struct fcgi **out, struct cs_err *err) CS_MUST_CHECK;
void fcgi_close(struct fcgi *f);

enum fcgi_next {
    FCGI_REQUEST,
    FCGI_IDLE,   /* nothing has come for as long as the caller wanted to wait */
    FCGI_HANGUP, /* SIGHUP has come since the last call */
    FCGI_STOP,   /* the process was told to stop, or the socket is of no more use (logged) */
};

/* Blocks until there is something to do, `patience_ms` at most (-1: for ever) unless a peer has sent a
 * part of a request only; fills `out` for a request. */
enum fcgi_next fcgi_accept(struct fcgi *f, int patience_ms, struct head *out);

/* The whole body, into the arena. CS_E_TOO_LARGE: more than `cap` bytes, told or read.
 * CS_E_BAD_REQUEST: it ended before its length, or the peer went away. CS_E_NO_MEMORY. */
enum cs_rc fcgi_body(struct fcgi *f, struct cs_arena *a, struct cs_str content_length, size_t cap,
                     struct cs_str *out, struct cs_err *err) CS_MUST_CHECK;

/* The whole response: CGI head with its empty line, less than 64 KiB, and body. It is on its way
 * when this returns. A peer that has gone away, or reads nothing for 30 s, shows only here: logged. */
void fcgi_answer(struct fcgi *f, struct cs_str head, struct cs_str body);

/* The end of the request; what its `head` borrowed is gone. */
void fcgi_finish(struct fcgi *f);

#endif
