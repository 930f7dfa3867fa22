/* SPDX-License-Identifier: MIT */
/* A plugin with four operators; docs/plugins.md walks through it.
 *   reverse  the item's bytes backwards
 *   repeat   the item as often as args say: {"times": 3}
 *   refuse   fails every item, for good if it begins with '!'
 *   crash    ends its process */
#include <pooltop/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EXAMPLE_ABI
#define EXAMPLE_ABI POOLTOP_PLUGIN_ABI
#endif

enum kind { REVERSE, REPEAT, REFUSE, CRASH };

struct op {
  enum kind kind;
  unsigned long times;
};

uint32_t pooltop_plugin_abi(void) { return EXAMPLE_ABI; }

void* pooltop_plugin_open(const char* name, const char* args_json, const pooltop_host* host) {
  static const char* const names[] = {"reverse", "repeat", "refuse", "crash"};
  struct op* op = calloc(1, sizeof *op);
  if (op == NULL) return NULL;
  for (unsigned kind = 0; kind < sizeof names / sizeof *names; ++kind) {
    if (strcmp(name, names[kind]) != 0) continue;
    op->kind = (enum kind)kind;
    /* args are compact JSON: for one number a JSON library would be too much */
    const char* times = strstr(args_json, "\"times\":");
    op->times = times == NULL ? 2 : strtoul(times + strlen("\"times\":"), NULL, 10);
    if (op->kind == REPEAT && op->times > 1000000) {
      host->fail(host->context, "\"times\" is more than a million", 0);
      free(op);
      return NULL;
    }
    host->log(host->context, "example plugin opened");
    return op;
  }
  free(op);
  host->fail(host->context, "there are reverse, repeat, refuse and crash", 0);
  return NULL;
}

static int reverse(const char* item, size_t size, const pooltop_host* host) {
  char* out = malloc(size + 1);
  if (out == NULL) {
    host->fail(host->context, "out of memory", 0);
    return 1;
  }
  for (size_t i = 0; i < size; ++i) out[i] = item[size - 1 - i];
  host->emit(host->context, out, size);
  free(out);
  return 0;
}

int pooltop_plugin_apply(void* self, const void* item, size_t size, const pooltop_host* host) {
  const struct op* op = self;
  switch (op->kind) {
    case REVERSE: return reverse(item, size, host);
    case REPEAT:
      for (unsigned long i = 0; i < op->times; ++i) host->emit(host->context, item, size);
      return 0;
    case REFUSE: {
      const int permanent = size > 0 && *(const char*)item == '!';
      host->emit(host->context, "dropped", 7);
      host->fail(host->context, permanent ? "never" : "not now", permanent);
      return 1;
    }
    case CRASH: abort();
  }
  return 2;
}

void pooltop_plugin_close(void* self) {
  free(self);
  fprintf(stderr, "example plugin closed\n"); /* stderr of a worker is its log */
}
