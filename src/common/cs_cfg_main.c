/* cs_cfg_main.c - the command line that all programs share; see cs_cfg_main in cs_cfg.h. */
#include "cs_cfg.h"
#include "cs_log.h"

#include <getopt.h>
#include <stdlib.h>

enum { OPT_DUMP = 1, OPT_EXAMPLE, OPT_VERSION, OPT_HELP };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"dump-config", no_argument, NULL, OPT_DUMP},
    {"example-config", no_argument, NULL, OPT_EXAMPLE},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void help(FILE *out, const char *program, const char *usage)
{
    fprintf(out,
            "usage: %s [--config FILE] %s\n\n"
            "  --config FILE      read options from FILE (.env syntax); the environment wins\n"
            "  --dump-config      print every option with its value, unit and source\n"
            "  --example-config   print a commented configuration file\n"
            "  --version, --help\n",
            program, usage);
}

static int load(struct cs_cfg *cfg, const char *program, const char *file, int *status)
{
    struct cs_err err;

    cs_log_init(program, CS_LOG_INFO);
    if (cs_cfg_load(cfg, file, &err) != CS_OK) {
        cs_log_err("config", &err);
        *status = 78; /* EX_CONFIG of sysexits.h */
        return -1;
    }
    cs_log_set_level((enum cs_log_level)cfg->log_level);
    return 0;
}

int cs_cfg_main(int argc, char **argv, const char *program, const char *usage, struct cs_cfg *cfg,
                int *status)
{
    const char *file = NULL;
    bool dump = false;
    int c;

    *status = 0;
    *cfg = (struct cs_cfg){.port = 0};
    while ((c = getopt_long(argc, argv, "+c:", long_options, NULL)) != -1) {
        if (c == 'c') {
            file = optarg;
        } else if (c == OPT_DUMP) {
            dump = true;
        } else if (c == OPT_EXAMPLE) {
            cs_cfg_example(stdout);
            return -1;
        } else if (c == OPT_VERSION) {
            printf("%s %s\n", program, CS_VERSION);
            return -1;
        } else {
            help(c == OPT_HELP ? stdout : stderr, program, usage);
            *status = c == OPT_HELP ? 0 : 64; /* EX_USAGE */
            return -1;
        }
    }
    if (load(cfg, program, file, status) < 0)
        return -1;
    if (dump) {
        cs_cfg_dump(cfg, stdout);
        return -1;
    }
    return optind;
}
