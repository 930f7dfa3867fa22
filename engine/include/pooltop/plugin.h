/* SPDX-License-Identifier: MIT */
#ifndef POOLTOP_PLUGIN_H
#define POOLTOP_PLUGIN_H

/* Native operators of your own: a shared object with the four functions below, C or anything that can export C.
 * Every worker process of the stage loads the object and opens one operator; all calls come from one thread.
 * A crash costs one attempt of one item, as with every other kind of work. docs/plugins.md has an example. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when anything below changes in a way that an object built before would not survive. */
#define POOLTOP_PLUGIN_ABI 1u

/* What pooltop offers to the operator during a call. Bytes are copied before a function returns. `size` is the size of
 * this struct: members may be added behind its end without a new ABI number. */
typedef struct pooltop_host {
  uint32_t abi;
  uint32_t size;
  void* context; /* give it back as the first argument */
  /* An output of the item in work: call it as often as there are outputs; not at all drops the item. */
  void (*emit)(void* context, const void* bytes, size_t size);
  /* Why the item fails, one line; permanent != 0: no retry. Outputs already emitted are dropped. The last call counts.
   * During open: why the operator or its arguments are refused. */
  void (*fail)(void* context, const char* message, int permanent);
  /* A line for the worker's log. */
  void (*log)(void* context, const char* line);
  uint64_t max_item_bytes; /* a longer output fails the item */
} pooltop_host;

/* Returns POOLTOP_PLUGIN_ABI; anything else is refused. */
uint32_t pooltop_plugin_abi(void);

/* The operator `op` with its "args" (a JSON object as text, "{}" without any); NULL refuses, after host->fail. */
void* pooltop_plugin_open(const char* op, const char* args_json, const pooltop_host* host);

/* One item: any bytes, also none. 0: done; anything else: it failed, host->fail has said why. */
int pooltop_plugin_apply(void* op, const void* item, size_t size, const pooltop_host* host);

/* At the end of the work; a worker that is killed does not come here. */
void pooltop_plugin_close(void* op);

#ifdef __cplusplus
}
#endif

#endif
