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

bool cs_cfg_start(struct cs_cfg *cfg, const char *program, const struct cs_cfg_args *args,
                  int *status)
{
    struct cs_err err;

    *status = 0;
    cs_log_init(program, CS_LOG_INFO);
    if (cs_cfg_load(cfg, args->file, &err) != CS_OK) {
        cs_log_err("config", &err);
        *status = 78; /* EX_CONFIG of sysexits.h */
        return false;
    }
    cs_log_set_level((enum cs_log_level)cfg->log_level);
    if (args->dump)
        cs_cfg_dump(cfg, stdout);
    return !args->dump;
}

int cs_cfg_args(int argc, char **argv, const char *program, const char *usage,
                struct cs_cfg_args *args, int *status)
{
    int c;

    *status = 0;
    *args = (struct cs_cfg_args){.file = NULL};
    while ((c = getopt_long(argc, argv, "+c:", long_options, NULL)) != -1) {
        if (c == 'c') {
            args->file = optarg;
        } else if (c == OPT_DUMP) {
            args->dump = true;
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
    return optind;
}

int cs_cfg_main(int argc, char **argv, const char *program, const char *usage, struct cs_cfg *cfg,
                int *status)
{
    struct cs_cfg_args args;

    *cfg = (struct cs_cfg){.port = 0};
    int first = cs_cfg_args(argc, argv, program, usage, &args, status);
    return first >= 0 && cs_cfg_start(cfg, program, &args, status) ? first : -1;
}
