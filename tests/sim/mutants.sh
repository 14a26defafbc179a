#!/bin/sh
# Breaks the hub on purpose, one way at a time, in copies of its sources, and sees to it that the
# simulator notices. The product's sources know nothing of this.
#
#   mutants.sh [SRCDIR]      compiler and flags from CC and CFLAGS
#
# Ends with 1 when a mutant survives, or when a replacement no longer fits the source.
set -eu

srcdir=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
cc=${CC:-cc}
cflags=${CFLAGS:--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all}
steps=1000000
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
failures=0

# compile SOURCE OBJECT
compile() {
    # shellcheck disable=SC2086 # flags are several words
    $cc -std=gnu11 $cflags -I"$srcdir/src/common" -I"$srcdir/ws-gateway" -I"$srcdir/tests/sim" \
        -c "$1" -o "$2"
}

# link_and_run [REPLACED OBJECT]: the other objects come from $tmp
link_and_run() {
    objects=$fixed
    for part in hub hub_ring hub_log hub_join hub_sub; do
        [ "${1:-}" = "$tmp/mutant/$part.o" ] || objects="$objects $tmp/$part.o"
    done
    # shellcheck disable=SC2086
    $cc $cflags $objects ${1:-} -o "$tmp/sim"
    timeout 60 "$tmp/sim" 1 "$steps" >"$tmp/out" 2>&1
}

# mutant NAME FILE SED-SCRIPT
mutant() {
    mkdir -p "$tmp/mutant"
    sed -e "$3" "$srcdir/ws-gateway/$2.c" >"$tmp/mutant/$2.c"
    if cmp -s "$tmp/mutant/$2.c" "$srcdir/ws-gateway/$2.c"; then
        echo "NOT APPLIED  $1"
        failures=$((failures + 1))
        return
    fi
    compile "$tmp/mutant/$2.c" "$tmp/mutant/$2.o"
    status=0
    link_and_run "$tmp/mutant/$2.o" || status=$?
    if [ "$status" -eq 0 ] || [ "$status" -eq 124 ]; then
        echo "SURVIVED     $1"
        failures=$((failures + 1))
    else
        echo "caught       $1: $(grep -m 1 -E 'hub_sim:|ERROR|runtime error' "$tmp/out")"
    fi
}

fixed= # the objects that are never replaced
for source in tests/sim/hub_sim tests/sim/sim_db tests/sim/sim_client src/common/cs_parse \
    src/common/cs_arena src/common/cs_utf8 src/common/cs_str src/common/cs_err; do
    compile "$srcdir/$source.c" "$tmp/$(basename "$source").o"
    fixed="$fixed $tmp/$(basename "$source").o"
done
for part in hub hub_ring hub_log hub_join hub_sub; do
    compile "$srcdir/ws-gateway/$part.c" "$tmp/$part.o"
done
if ! link_and_run; then
    cat "$tmp/out"
    echo "the hub itself fails"
    exit 1
fi

mutant "delivers on the bell, without rows" hub_log \
    's/^        room->target = seq;/while (hub_delivered(room) < seq) { struct hub_event e = {.seq = room->ring.next, .bytes = 1}; if (!take(hub, room, \&e)) break; }\nhub_announce(hub, room);/'
mutant "delivers on bells alone: no poll" hub \
    's/^    size_t n = take_due(hub, HUB_FRESH/return 0;\n&/'
mutant "skips the epoch" hub_join 's/ || !join->epoch_ok//'
mutant "delivers after the end of the membership" hub_sub 's/^        sub->stop = event->seq;/;/'
mutant "delivers up to the end of the ring, not to the stop" hub_sub \
    's/return sub->stop < delivered ? sub->stop : delivered;/return delivered;/'
mutant "joins without looking for what ended meanwhile" hub_join \
    's/uint64_t seq = sub->since + 1; seq/uint64_t seq = ring->next; seq/'
mutant "ends memberships that were renewed since" hub_sub 's/ && event->seq > sub->since//'
mutant "serves a part of a resume" hub_join \
    's/^            give_up_resume(hub, sub);/{ if (reaches) give_up_resume(hub, sub); else sub->after = ring->first - 1; }/'
mutant "serves a part of a resume as if it were whole" hub_join \
    's/^    sub->pos = joined.start;/&\nif (sub->pos < sub->since) sub->pos++;/'
mutant "repeats an event after a repeated bell" hub_log \
    's/^    room->look |= seq == 0;/&\nif (seq >= room->ring.first \&\& seq < room->ring.next) for (size_t i = 0; i < room->joined.n; i++) { struct hub_sub *s = room->joined.at[i]; if (s->pos == seq) { s->pos--; hub_sub_place(hub, s); } }/'
mutant "starts a joiner where the hub stands" hub_join \
    's/^    sub->pos = joined.start;/sub->pos = joined.recovered ? joined.start : hub_delivered(sub->room);/'
mutant "replays without limit of events" hub_join \
    's/return join->last_seq - join->after <= .*;/return true;/'
mutant "replays without limit of bytes" hub_join 's/hub->limits.max_resume_bytes/UINT64_MAX/'
mutant "replays what was retired" hub_join 's/join->after + 1 < join->first_seq || //'
mutant "replays what he may not see" hub_join 's/ || join->after + 1 < join->visible_from//'
mutant "does not notice a lost future when joining" hub_join \
    's/if (join->last_seq < join->asked_delivered &&/if (false \&\&/'
mutant "does not notice a lost future when polling" hub_log \
    's/if (last_seq < asked->asked_delivered &&/if (false \&\&/'
mutant "does not notice that rows are missing" hub_log 's/bool gap = n == 0 &&/bool gap = false \&\&/'
mutant "takes old rows for a gap" hub_log 's/events\[i\].seq <= hub_delivered(room)/false/'
mutant "takes any answer for its own" hub_log \
    's/room && fetch->id == room->live.id)/room)/'
mutant "joins before the rows up to last_seq are there" hub_join \
    's/sub->since >= ring->next ||/false ||/'
mutant "replays what was taken back" hub_log 's/^        hub_ring_outdate(&room->ring, event);/;/'
mutant "replays what was taken back while it read" hub_log \
    's/if (hub_ring_slot(ring, seq)->event.changes)/if (false)/'
mutant "forgets what is stale when the ring grows" hub_ring 's/^    staged->stale = ring->stale;//'
mutant "reads again, and throws it away" hub_log 's/^        hub_ring_replace(ring, staged);//'
mutant "takes an edit for the first of its message" hub_ring 's/e->shows == by->changes/seq == by->changes/'
mutant "never closes who is too slow" hub_sub 's/^    room->floor = UINT64_MAX;/return;/'
mutant "closes who is not slow" hub_sub 's/if (pos + 1 < room->ring.first)/if (pos + 2 < delivered)/'
mutant "forgets to wake" hub_sub 's/^        hub->ops.wake(hub->ctx, conn);/if (sub->pos % 64) &/'
mutant "takes all for woken already" hub_sub 's/^            room->wake_above = sub->pos;/;/'
mutant "loses who took the place of one that left" hub_sub 's/^    last->place = sub->place;//'
mutant "wakes again and again" hub_sub 's/^        conn->woken = true;//'
mutant "leaks what it cannot use" hub_log 's/^        free_events(hub, event, 1);/;/'

if [ "$failures" -ne 0 ]; then
    echo "$failures mutants were not caught"
    exit 1
fi
