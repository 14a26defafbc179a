/* test_idx.c - the index of sockets: many of one id, moving, taking out, and growing. */
#include "unit.h"

#include "idx.h"

enum { MANY = 5000, A_FEW = 7 };

static struct idx x;
static struct idx_node nodes[MANY];

static struct cs_uuid id_of(uint32_t n)
{
    struct cs_uuid id = {{0}};

    memcpy(id.b + 12, &n, sizeof n);
    return id;
}

static size_t count_of(uint32_t n)
{
    struct cs_uuid id = id_of(n);
    size_t found = 0;

    for (struct idx_node *at = idx_first(&x, &id); at; at = idx_next(at)) {
        assert_true(cs_uuid_eq(&at->id, &id));
        found++;
    }
    return found;
}

static void put(size_t node, uint32_t n)
{
    struct cs_uuid id = id_of(n);

    idx_put(&x, &nodes[node], &id);
}

static int begin(void **state)
{
    (void)state;
    memset(nodes, 0, sizeof nodes);
    return idx_init(&x) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    idx_release(&x);
    return 0;
}

static void an_unknown_id_has_none(void **state)
{
    (void)state;
    assert_int_equal(count_of(1), 0);
    put(0, 2);
    assert_int_equal(count_of(1), 0);
}

static void several_have_one_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < A_FEW; i++)
        put(i, 1);
    put(A_FEW, 2);
    assert_int_equal(count_of(1), A_FEW);
    assert_int_equal(count_of(2), 1);
}

static void one_that_is_put_again_has_moved(void **state)
{
    (void)state;
    put(0, 1);
    put(0, 1);
    assert_int_equal(count_of(1), 1);
    put(0, 2);
    assert_int_equal(count_of(1), 0);
    assert_int_equal(count_of(2), 1);
    assert_int_equal(x.n, 1);
}

static void each_may_be_taken_out_once_the_next_is_known(void **state)
{
    struct cs_uuid id = id_of(1);
    struct idx_node *next;

    (void)state;
    for (size_t i = 0; i < A_FEW; i++)
        put(i, 1);
    for (struct idx_node *at = idx_first(&x, &id); at; at = next) {
        next = idx_next(at);
        idx_take(&x, at);
        idx_take(&x, at);
    }
    assert_int_equal(count_of(1), 0);
    assert_int_equal(x.n, 0);
}

/* Five of each id, far more than the first chains; then the first of each id is taken out. */
static void it_grows_and_loses_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        put(i, i % (MANY / 5));
    assert_true((size_t)1 << x.bits >= MANY);
    for (uint32_t n = 0; n < MANY / 5; n++)
        assert_int_equal(count_of(n), 5);
    for (size_t i = 0; i < MANY / 5; i++)
        idx_take(&x, &nodes[i]);
    for (uint32_t n = 0; n < MANY / 5; n++)
        assert_int_equal(count_of(n), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_unknown_id_has_none, begin, end),
        cmocka_unit_test_setup_teardown(several_have_one_id, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_put_again_has_moved, begin, end),
        cmocka_unit_test_setup_teardown(each_may_be_taken_out_once_the_next_is_known, begin, end),
        cmocka_unit_test_setup_teardown(it_grows_and_loses_none, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
