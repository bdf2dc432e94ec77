/* One sample (ContainerStats) to lines. What a sample lacks is left out, as is a part of another kind than expected. */
#ifndef SAMPLE_H
#define SAMPLE_H
#include "lines.h"

#define KEPT_PLACES 256

/* Which interface or device stands at a place of its array: the same as in the sample before, nearly always. */
typedef struct {
  Text token;
  const Series *series;
} Place;

static int is_legacy, is_cadvisor, is_machine;
static u32 samples, faulty;
static u32 epoch;     /* parts of samples that were read before may be used again within one */
static u32 container; /* counts containers */
static Group group, entry; /* of the part of a sample that is being read, and of one entry of it */
static Place interfaces[KEPT_PLACES], devices[KEPT_PLACES];

static int add(Group *to, Key *key, int kind, const u8 *end) {
  to->all[to->count++] = (Scalar){key, at, (u32)(end - at), kind};
  at = end;
  return 1;
}

/* Adds the next value to the group. False for an object or array, which is left where it is; null is passed over. */
static inline int read_scalar(Key *key, Group *to) {
  u8 byte = next_byte();
  if (is_digit(byte)) {
    const u8 *end = at + 1;
    if (byte != '0') while (is_digit(*end)) end++;
    int is_plain = end - at <= MAX_PLAIN_DIGITS && *end != '.' && (*end | 0x20) != 'e';
    return is_plain ? add(to, key, DIGITS, end) : add(to, key, NUMBER, skip_number(at));
  }
  switch (byte) {
  case '{': case '[':
    return 0;
  case '"':
    return add(to, key, STRING, skip_string(at));
  case 't': case 'f':
    return add(to, key, BOOLEAN, skip_word(at));
  case 'n':
    at = skip_word(at);
    return 1;
  default:
    return add(to, key, NUMBER, skip_number(at));
  }
}

/* Adds an object's scalars to the group; nested objects and arrays are passed over. */
static void read_group(Kind kind, Group *to) {
  for (Key *key = first_key(kind); key; key = next_key(kind, key))
    if (!read_scalar(key, to)) skip_value_of(key);
}

/* Reads an array's entry. False: it was no object and is passed over. */
static int read_entry(Kind kind) {
  entry.count = 0;
  if (next_byte() != '{') {
    skip_next();
    return 0;
  }
  read_group(kind, &entry);
  return 1;
}

/* Writes the metrics of a group, if `cadvisor` is written. */
static void write_metrics(const Group *of) {
  if (!is_cadvisor) return;
  for (const Scalar *scalar = of->all, *end = scalar + of->count; scalar < end; scalar++) {
    Key *key = scalar->key;
    if (!key->metric) continue;
    if (key->prefix_of != container) {
      host_metric(key->metric, key->place);
      key->prefix = exchange.text;
      key->prefix_of = container;
    }
    write_number(key->prefix, scalar);
  }
}

/* Writes a part of a sample: in `legacy` as one line, in `cadvisor` as a line for each metric. */
static void write_group(Text prefix, const Key *except) {
  if (is_legacy) write_fields(prefix, &group, except);
  write_metrics(&group);
}

/*
 * How the lines of the entry begin that was read, by its own name, the scalar `key`; `place` in its array. Null: it has none, and as a
 * point it would overwrite others.
 */
static const Series *series_of(Place *places, u32 place, const Key *key) {
  const Scalar *name = entry.all, *end = name + entry.count;
  while (name < end && name->key != key) name++;
  if (name == end || name->kind != STRING) return 0;
  Place *kept = place < KEPT_PLACES ? &places[place] : 0;
  if (kept && kept->token.bytes == name->bytes && same(kept->token.at, name->start, name->bytes)) return kept->series;
  const Series *series = host_series(places == devices, name->start, name->bytes);
  if (kept && series) *kept = (Place){{name->start, name->bytes}, series};
  return series;
}

/* Interfaces are written as they come, by `legacy` alone. */
static void scan_interfaces(void) {
  u32 place = 0;
  for (int more = first_entry(); more; more = next_entry(), place++) {
    const Series *series = read_entry(INTERFACE) ? series_of(interfaces, place, &keys[INTERFACE_NAME]) : 0;
    if (series) write_fields(series->fields, &entry, &keys[INTERFACE_NAME]);
    else faulty++;
  }
}

/* False: no schema writes them. `legacy` has only the machine's. */
static int scan_devices(void) {
  if (!is_cadvisor && !(is_legacy && is_machine)) return 0;
  u32 place = 0;
  for (int more = first_entry(); more; more = next_entry(), place++) {
    const Series *series = read_entry(DEVICE) ? series_of(devices, place, &keys[DEVICE_NAME]) : 0;
    if (!series) {
      faulty++;
      continue;
    }
    if (series->fields.bytes) write_fields(series->fields, &entry, &keys[DEVICE_NAME]);
    for (const Scalar *scalar = entry.all, *end = scalar + entry.count; scalar < end; scalar++) {
      if (scalar->key == &keys[DEVICE_USAGE]) write_number(series->usage, scalar);
      if (scalar->key == &keys[CAPACITY]) write_number(series->limit, scalar);
    }
  }
  return 1;
}

static void read_usage(void) {
  for (Key *key = first_key(USAGE); key; key = next_key(USAGE, key)) {
    if (key == &keys[PER_CPU_USAGE] && next_byte() == '[') {
      u32 place = 0;
      for (int more = first_entry(); more; more = next_entry(), place++)
        if (!read_scalar(per_cpu_key(place), &group)) skip_next();
    } else if (!key->metric || !read_scalar(key, &group)) skip_value_of(key);
  }
}

static void read_cpu(void) {
  for (Key *key = first_key(CPU); key; key = next_key(CPU, key)) {
    if (key == &keys[CPU_USAGE] && next_byte() == '{') read_usage();
    else if (key != &keys[LOAD_AVERAGE] || !read_scalar(key, &group)) skip_value_of(key);
  }
}

/* Leaves the counts of page faults in `entry`. */
static void read_memory(void) {
  entry.count = 0;
  for (Key *key = first_key(MEMORY); key; key = next_key(MEMORY, key)) {
    if (read_scalar(key, &group)) continue;
    int is_container = key == &keys[CONTAINER_DATA];
    if (is_cadvisor && (is_container || key == &keys[HIERARCHICAL_DATA]) && next_byte() == '{')
      read_group(is_container ? CONTAINER_FAULTS : HIERARCHICAL_FAULTS, &entry);
    else skip_value_of(key);
  }
}

static void read_network(void) {
  for (Key *key = first_key(NETWORK); key; key = next_key(NETWORK, key)) {
    if (is_legacy && key == &keys[INTERFACES] && next_byte() == '[') scan_interfaces();
    else if (!read_scalar(key, &group)) skip_value_of(key);
  }
}

/* Reads the value of one of a sample's keys, which is next. False: it is not read, and still the next value. */
static int scan_part(const Key *key) {
  u8 byte = next_byte();
  group.count = 0;
  switch (key - keys) {
  case FILESYSTEM:
    return byte == '[' && scan_devices();
  case REFERENCED_MEMORY:
    if (!read_scalar(&keys[REFERENCED_MEMORY], &group)) return 0;
    write_metrics(&group);
    return 1;
  }
  if (byte != '{') return 0;
  switch (key - keys) {
  case THE_CPU:
    read_cpu();
    write_group(exchange.prefixes.cpu, 0);
    return 1;
  case THE_MEMORY:
    read_memory();
    write_group(exchange.prefixes.memory, 0);
    write_metrics(&entry);
    return 1;
  case THE_NETWORK:
    read_network();
    write_group(exchange.prefixes.network, &keys[NETWORK_NAME]);
    return 1;
  case TASK_STATS:
    if (!is_legacy) return 0;
    read_group(TASKS, &group);
    write_group(exchange.prefixes.tasks, 0);
    return 1;
  }
  return 0;
}

/*
 * Writes the part of a sample that is next without reading it, if it is the same, byte for byte, as in the container's sample before: its
 * lines are then the same but for their time. More than half of what cAdvisor says stays as it is from one second to the next.
 */
static int repeat_part(const Part *part) {
  if (part->epoch != epoch || part->line_end_bytes != line_end_bytes || !stands_again(part->value)) return 0;
  repeat_lines(part->lines, part->lines_end);
  faulty += part->faulty;
  at += part->value.bytes;
  return 1;
}

static void scan_sample(void) {
  samples++;
  for (Key *key = first_key(SAMPLE); key; key = next_key(SAMPLE, key)) {
    /* Only an object or array ends where it ends, whatever comes next: after the same digits there may be another. */
    int may_repeat = is_nested(next_byte());
    Part *part = &key->part;
    if (repeat_part(part)) continue;
    const u8 *start = at;
    *part = (Part){0, {0, 0}, (u32)(line_at - lines), 0, line_end_bytes, faulty};
    if (!scan_part(key)) {
      skip_value_of(key);
      continue;
    }
    part->value = (Text){start, (u32)(at - start)};
    part->lines_end = (u32)(line_at - lines);
    part->faulty = faulty - part->faulty;
    part->epoch = may_repeat ? epoch : 0;
  }
}

/*
 * Walks over an entry of the samples. It does so by its keys and those of `network`, of which many stay as they are from sample to sample,
 * and so that a key that comes twice is a fault in every sample: one of them may be the time.
 */
static void pass_over_sample(void) {
  if (next_byte() != '{') {
    skip_next();
    return;
  }
  for (Key *key = first_key(SAMPLE); key; key = next_key(SAMPLE, key)) {
    if (key != &keys[THE_NETWORK] || next_byte() != '{') {
      skip_value_of(key);
      continue;
    }
    for (Key *part = first_key(NETWORK); part; part = next_key(NETWORK, part)) skip_value_of(part);
  }
}

#endif
