/*
 * The keys of each kind of object: those that matter, and others as they are met. Keys come in the same order in most objects, so that
 * comparing the body with the key that came next last time is nearly all; any other is looked up by its whole name.
 */
#ifndef KEYS_H
#define KEYS_H
#include "json.h"
#include "known.h"

/* More than all releases of cAdvisor have. It bounds what a hostile answer makes of them. */
#define MAX_KEYS 16384
#define BUCKETS_LOG2 12

/* The value of one of a sample's keys that was read last, and the lines that came of it. */
typedef struct {
  u32 epoch; /* 0: there is none that may be used again */
  Text value;
  u32 lines, lines_end; /* from the first line of all */
  u32 line_end_bytes;
  u32 faulty;
} Part;

typedef struct Key {
  Kind kind;
  Text name;
  Text token; /* `"name":`, as it stands in a body without white space; none where it never did */
  Text field; /* `,name=`, escaped for line protocol; none where it cannot be written */
  const char *metric; /* the measurement and tags of its number (host_metric), or null */
  int place;          /* among all CPUs, or -1 */
  Text prefix;        /* how the metric's lines begin in the container `prefix_of` */
  u32 prefix_of;
  u32 hash;
  struct Key *bucket_next;
  struct Key *next; /* the key that came after it last time */
  u32 seen_in;      /* the object it was seen in last (Table.turn) */
  Text skipped;     /* the object or array that was passed over last */
  Part part;
} Key;

#define CALLED(kind, name, called, metric) called,
enum { KNOWN_KEYS(CALLED) KNOWN };

typedef struct {
  Key *first;
  u32 turn; /* counts objects */
} Table;

static Key keys[MAX_KEYS];
static u32 key_count;
static Key *per_cpu[MAX_KEYS];
static u32 per_cpu_count;
static Key *buckets[1 << BUCKETS_LOG2];
static Table tables[KINDS];
static u32 hash_seed; /* not to be guessed, so that nobody can make names that all fall into one bucket */

static u32 hash_of(Kind kind, Text name) {
  u32 hash = hash_seed ^ kind;
  for (u32 index = 0; index < name.bytes; index++) {
    hash = (hash ^ name.at[index]) * 0x9e3779b1u;
    hash ^= hash >> 15;
  }
  return hash;
}

static Key *find_key(Kind kind, Text name, u32 hash) {
  for (Key *key = buckets[hash >> (32 - BUCKETS_LOG2)]; key; key = key->bucket_next)
    if (key->hash == hash && key->kind == kind && key->name.bytes == name.bytes && same(key->name.at, name.at, name.bytes)) return key;
  return 0;
}

static Key *add_key(Kind kind, Text name, u32 hash, Text field) {
  if (key_count == MAX_KEYS) host_full("more than 16384 different keys");
  Key *key = &keys[key_count++];
  *key = (Key){.kind = kind, .name = name, .field = field, .place = -1, .hash = hash};
  Key **bucket = &buckets[hash >> (32 - BUCKETS_LOG2)];
  key->bucket_next = *bucket;
  *bucket = key;
  return key;
}

/* `,name=` of a name that needs no escaping. */
static Text plain_field(Text name) {
  u8 *start = names_room(name.bytes + 2 + 16);
  names.used -= 16;
  start[0] = ',';
  copy(start + 1, name.at, name.bytes);
  start[name.bytes + 1] = '=';
  return (Text){start, name.bytes + 2};
}

#define ROW(kind, name, called, metric) {kind, "\"" name "\":", sizeof name + 2, metric},
static const struct {
  Kind kind;
  const char *token;
  u32 bytes;
  const char *metric;
} known_keys[KNOWN] = {KNOWN_KEYS(ROW)};

static void forget_keys(u32 seed) {
  hash_seed = seed;
  names.used = 0;
  key_count = per_cpu_count = 0;
  __builtin_memset(buckets, 0, sizeof buckets);
  __builtin_memset(tables, 0, sizeof tables);
  for (u32 index = 0; index < KNOWN; index++) {
    Kind kind = known_keys[index].kind;
    Text token = {(const u8 *)known_keys[index].token, known_keys[index].bytes};
    Text name = {token.at + 1, token.bytes - 3};
    Key *key = add_key(kind, name, hash_of(kind, name), plain_field(name));
    key->token = token;
    key->metric = known_keys[index].metric;
  }
}

/* The key of an entry of per_cpu_usage. */
static Key *per_cpu_key(u32 place) {
  if (place < per_cpu_count) return per_cpu[place];
  u8 *start = names_room(32);
  copy(start, (const u8 *)"per_cpu_usage_\0\0", 16);
  u32 bytes = 14;
  u32 unit = 1;
  while (place / unit >= 10) unit *= 10;
  for (; unit; unit /= 10) start[bytes++] = (u8)('0' + place / unit % 10);
  Text name = {start, bytes};
  Key *key = add_key(PER_CPU, name, hash_of(PER_CPU, name), plain_field(name));
  key->metric = "cpu_usage_per_cpu";
  key->place = (int)place;
  per_cpu[per_cpu_count++] = key;
  return key;
}

static int is_plain(Text name) {
  for (u32 index = 0; index < name.bytes; index++) {
    u8 byte = name.at[index], low = byte | 0x20;
    if ((low < 'a' || low > 'z') && (byte < '-' || byte > ':') && byte != '_') return 0;
  }
  return 1;
}

static int has_escape(const u8 *start, u32 bytes) {
  for (u32 index = 0; index < bytes; index++)
    if (start[index] == '\\') return 1;
  return 0;
}

static Key *key_of(Kind kind, const u8 *token, u32 bytes) {
  Text name = {token + 1, bytes - 2};
  Text field = {0, 0};
  u32 used = names.used;
  int is_escaped = has_escape(token, bytes);
  if (is_escaped) {
    host_key(token, bytes);
    name = exchange.text;
    field = exchange.field;
  }
  u32 hash = hash_of(kind, name);
  Key *key = find_key(kind, name, hash);
  if (key) {
    names.used = used;
    return key;
  }
  if (!is_escaped && name.bytes && is_plain(name)) field = plain_field(name);
  else if (!is_escaped && name.bytes) {
    host_key(token, bytes);
    field = exchange.field;
  }
  return add_key(kind, name, hash, field);
}

static Key *read_other_key(Kind kind) {
  next_byte();
  const u8 *token = at;
  const u8 *end = at = skip_string(at);
  if (next_byte() != ':') fail(at, "\":\"");
  const u8 *colon = at++;
  Key *key = key_of(kind, token, (u32)(end - token));
  if (!key->token.bytes && colon == end) key->token = (Text){token, (u32)(at - token)};
  return key;
}

static inline Key *read_key(Kind kind, Key **expected) {
  const u8 *start = at;
  Key *key = *expected;
  if (key && key->token.bytes && same(start, key->token.at, key->token.bytes)) at = start + key->token.bytes;
  else *expected = key = read_other_key(kind);
  if (key->seen_in == tables[kind].turn) fail(start, "every key once");
  key->seen_in = tables[kind].turn;
  return key;
}

/* Goes into the object that is next. Its first key, with the value next; null when it is empty and left. */
static Key *first_key(Kind kind) {
  enter();
  tables[kind].turn++;
  if (next_byte() != '}') return read_key(kind, &tables[kind].first);
  leave();
  return 0;
}

/* The key after `key`, whose value was read; null at the end of the object, which is then left. A key that comes twice is a fault. */
static inline Key *next_key(Kind kind, Key *key) {
  u8 byte = next_byte();
  if (byte == ',') {
    at++;
    return read_key(kind, &key->next);
  }
  if (byte != '}') fail(at, "\",\" or \"}\"");
  leave();
  return 0;
}

/* Whether the bytes stand there again. */
static int stands_again(Text value) {
  return value.bytes && value.bytes <= (u32)(body_end - at) && same(at, value.at, value.bytes);
}

/*
 * Moves over the value of `key`. Much of a sample is the same as in the sample before (2.3 kB of 3.7 are counters that cAdvisor has
 * switched off): an object that repeats, byte for byte, the one that was passed over last need not be walked over again.
 */
static void skip_value_of(Key *key) {
  if (!is_nested(next_byte())) {
    skip_next();
    return;
  }
  if (stands_again(key->skipped)) {
    at += key->skipped.bytes;
    return;
  }
  const u8 *start = at;
  skip_next();
  key->skipped = (Text){start, (u32)(at - start)};
}

#endif
