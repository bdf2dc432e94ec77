/*
 * What the scanner and TypeScript (../scanHost.ts) say to each other. What is rare and textual is done there: names with escapes, tags,
 * numbers that are no plain digits, times that are written in an odd way. An address is a place in the module's memory.
 */
#ifndef HOST_H
#define HOST_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

/* Bytes of the body, or of a text that was made. None: `bytes` is 0. */
typedef struct {
  const u8 *at;
  u32 bytes;
} Text;

#ifdef __wasm__
#define IMPORT(name) __attribute__((import_module("host"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))
#else /* the native build, for sanitizers */
#define IMPORT(name)
#define EXPORT(name)
#endif

/* Both throw, through all of the scanner's frames. The byte at `offset` of the body is not what was expected. */
IMPORT(fail) _Noreturn void host_fail(u32 offset, const char *expected);
/* A bound was met. `what` completes "there is no room for …". */
IMPORT(full) _Noreturn void host_full(const char *what);

/* The name of the container that is next, a string token. `start`: offset of the fault if it came before. */
IMPORT(name) void host_name(const u8 *token, u32 bytes, u32 start);

/* Whether the container of `exchange.facts` counts, and which samples are wanted; then it fills `exchange.prefixes` and `up_to`. */
typedef enum { NOT_COUNTED, ALL, NEWER_THAN, NEWEST_ONLY } Wanted;
IMPORT(container) Wanted host_container(void);
/* The newest sample sent of that container, now or before. */
IMPORT(newest) void host_newest(i64 ns);

/* Makes `exchange.text` of a key's string token: its name, and in `exchange.field` `,name=` or nothing if it cannot be written. */
IMPORT(key) void host_key(const u8 *token, u32 bytes);
/* Makes `exchange.text` of a metric, `measurement[,tag=value…]`: the beginning of its lines up to `value=`. `place`: among all CPUs, or -1. */
IMPORT(metric) void host_metric(const char *metric, int place);

/* How the lines of an interface or device begin; none where a schema is not written. */
typedef struct {
  Text fields;
  Text usage;
  Text limit;
} Series;
/* By the string token of its name; null: it is empty. */
IMPORT(series) const Series *host_series(int is_device, const u8 *token, u32 bytes);

/* Makes `exchange.text` of a string token or number, as a field's value; nothing if it cannot be written. */
IMPORT(value) void host_value(int is_string, const u8 *start, u32 bytes);
/* Makes `exchange.ns` of a string token. False: it is no time. */
IMPORT(time) int host_time(const u8 *token, u32 bytes);
/* False: a sample of that time was written before. `is_first`: none of the container was. */
IMPORT(add_time) int host_add_time(i64 ns, int is_first);

static struct {
  struct {
    Text id, aliases, labels, spec_labels;
  } facts; /* JSON, as it stands in the body */
  struct {
    Text cpu, memory, network, tasks;
  } prefixes;
  Text text;
  Text field;
  i64 up_to;
  i64 ns;
} exchange;

#endif
