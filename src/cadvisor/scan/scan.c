/*
 * The bytes of one cAdvisor answer to line protocol. The answer is walked over once, and numbers are copied from the body to the lines as
 * they are. Rules and bounds are those of ../parseAnswer.ts, measured in docs/decisions/0050-byte-scanner.md.
 * Built by `npm run build:wasm`, in which all is one unit: see bench/buildWasm.ts.
 */
#include "stats.h"

/* Of 1 GiB of memory in all. */
#define MAX_BODY_BYTES 1000000000

/* Asks about the container whose facts are known so far. */
static Wanted ask_container(void) {
  tags.used = 0;
  container++;
  __builtin_memset(interfaces, 0, sizeof interfaces);
  __builtin_memset(devices, 0, sizeof devices);
  return host_container();
}

/* Reads the samples that are next. Tells the newest sent. */
static Time scan_samples(void) {
  Wanted wanted = ask_container();
  if (wanted != NOT_COUNTED) return scan_stats(wanted);
  pass_over_stats();
  return (Time){0, 0};
}

static Text read_json(void) {
  const u8 *start = at;
  skip_next();
  return (Text){start, (u32)(at - start)};
}

static void read_spec(void) {
  for (Key *key = first_key(SPEC); key; key = next_key(SPEC, key)) {
    if (key == &keys[SPEC_LABELS]) exchange.facts.spec_labels = read_json();
    else skip_value_of(key);
  }
}

/* Reads one of a container's keys that decides about its tags. False: it is none, and its value is still next. */
static int read_fact(const Key *key) {
  if (key == &keys[ID]) exchange.facts.id = read_json();
  else if (key == &keys[ALIASES]) exchange.facts.aliases = read_json();
  else if (key == &keys[LABELS]) exchange.facts.labels = read_json();
  else if (key == &keys[THE_SPEC] && next_byte() == '{') read_spec();
  else return 0;
  return 1;
}

/*
 * Reads the ContainerInfo that is next, an object, writes its new samples and tells the newest sent.
 * In every cAdvisor the samples come last. Where something that decides about the tags comes after them, they are read again.
 */
static void scan_container(void) {
  __builtin_memset(&exchange.facts, 0, sizeof exchange.facts);
  Mark before = take_mark(), at_stats = {0};
  int is_late = 0;
  Time newest = {0, 0};
  for (Key *key = first_key(CONTAINER); key; key = next_key(CONTAINER, key)) {
    if (key == &keys[STATS]) {
      at_stats = take_mark();
      newest = scan_samples();
    } else if (read_fact(key)) is_late |= at_stats.at != 0;
    else skip_value_of(key);
  }
  const u8 *end = at;
  u32 open = depth;
  if (!at_stats.at) {
    newest.is_set = ask_container() == NEWER_THAN;
    newest.ns = exchange.up_to;
  } else if (is_late) {
    before.at = at_stats.at;
    before.depth = at_stats.depth;
    go_back(&before);
    newest = scan_samples();
    at = end;
    depth = open;
  }
  if (newest.is_set) host_newest(newest.ns);
}

/* An object of containers by name. Any other value than an object is faulty. */
static void scan_containers(void) {
  enter();
  if (next_byte() == '}') {
    leave();
    return;
  }
  for (;;) {
    const u8 *start = at;
    next_byte();
    const u8 *token = at;
    at = skip_string(at);
    u32 bytes = (u32)(at - token);
    if (next_byte() != ':') fail(at, "\":\"");
    at++;
    host_name(token, bytes, (u32)(start - body));
    if (next_byte() == '{') scan_container();
    else {
      faulty++;
      skip_next();
    }
    u8 byte = next_byte();
    if (byte == '}') {
      leave();
      return;
    }
    if (byte != ',') fail(at, "\",\" or \"}\"");
    at++;
  }
}

/* Where the body of so many bytes belongs. There are zeros after it. */
EXPORT(body_room) u8 *body_room(u32 bytes) {
#ifdef __wasm__
  extern u8 __heap_base;
  u8 *start = (u8 *)(((u32)&__heap_base + PADDING) & ~(u32)(PADDING - 1));
#else
  extern u8 *heap;
  u8 *start = heap;
#endif
  body = at = start;
  body_end = start + bytes;
  lines = line_at = start + ((bytes + 2 * PADDING) & ~(u32)(PADDING - 1));
  u8 *end = memory_end(), *needed = lines + PAGE_BYTES;
  if (bytes > MAX_BODY_BYTES || (needed > end && !more_pages((u32)(needed - end) / PAGE_BYTES + 1))) host_full("it in 1 GiB of memory");
  room_end = memory_end() - PADDING;
  __builtin_memset(start + bytes, 0, PADDING);
  return start;
}

/* Reads the body. Tells its first byte that is no white space: if it is no `{`, the answer has another shape. */
EXPORT(scan) u8 scan(int legacy, int cadvisor, int machine, u32 seed) {
  is_legacy = legacy;
  is_cadvisor = cadvisor;
  is_machine = machine;
  points = samples = faulty = depth = 0;
  epoch = container = 0;
  has_minute = 0;
  forget_keys(seed);
  u8 first = next_byte();
  if (first != '{') skip_next();
  else if (is_machine) scan_container();
  else scan_containers();
  next_byte();
  if (at < body_end) fail(at, "the end");
  return first;
}

EXPORT(exchange_at) void *exchange_at(void) { return &exchange; }
EXPORT(lines_at) u8 *lines_at(void) { return lines; }
EXPORT(lines_bytes) u32 lines_bytes(void) { return (u32)(line_at - lines); }
EXPORT(points_of) u32 points_of(void) { return points; }
EXPORT(samples_of) u32 samples_of(void) { return samples; }
EXPORT(faulty_of) u32 faulty_of(void) { return faulty; }
