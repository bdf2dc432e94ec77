/*
 * Line protocol as it grows: `measurement[,tag=value…] field=value[,field=value…] <ns>\n`. Numbers stand in it as in the body; integer
 * fields end in `i`, and each number of cAdvisor's is one.
 */
#ifndef LINES_H
#define LINES_H
#include "keys.h"

#define PAGE_BYTES 65536

/* A scalar of a sample that becomes a field or a point: where its text stands in the body. */
typedef struct {
  Key *key;
  const u8 *start;
  u32 bytes;
  enum { DIGITS, NUMBER, STRING, BOOLEAN } kind; /* DIGITS: at most 18, and nothing else */
} Scalar;

/* Scalars of a part of a sample; each key is there once. */
typedef struct {
  u32 count;
  Scalar all[MAX_KEYS];
} Group;

/* More than 19 digits are beyond int64. */
#define MAX_PLAIN_DIGITS 18

static u8 *lines, *line_at, *room_end; /* the first line, the next byte, and where there is no more room */
static u8 line_end[48]; /* ` <ns>\n`, of the sample that is being written */
static u32 line_end_bytes;
static u32 points;

#ifdef __wasm__
static int more_pages(u32 pages) { return __builtin_wasm_memory_grow(0, pages) != (unsigned long)-1; }
static u8 *memory_end(void) { return (u8 *)(__builtin_wasm_memory_size(0) * PAGE_BYTES); }
#else
int more_pages(u32 pages);
u8 *memory_end(void);
#endif

static void make_room(u32 bytes) {
  u32 grown = (u32)(line_at - lines) / 2;
  if (grown < bytes + PADDING) grown = bytes + PADDING;
  if (!more_pages(grown / PAGE_BYTES + 1)) host_full("its lines in 1 GiB of memory");
  room_end = memory_end() - PADDING;
}

static inline void need_room(u32 bytes) {
  if (bytes > (u32)(room_end - line_at)) make_room(bytes);
}

static inline void put(const u8 *from, u32 bytes) {
  need_room(bytes);
  copy(line_at, from, bytes);
  line_at += bytes;
}

/* Sets the end of lines to a time in ns since 1970. */
static void set_line_end(i64 ns) {
  u8 digits[24];
  u32 count = 0;
  u64 rest = ns < 0 ? 0 - (u64)ns : (u64)ns;
  do digits[count++] = (u8)('0' + rest % 10);
  while (rest /= 10);
  u8 *to = line_end;
  *to++ = ' ';
  if (ns < 0) *to++ = '-';
  while (count) *to++ = digits[--count];
  *to++ = '\n';
  line_end_bytes = (u32)(to - line_end);
}

static void end_line(u8 *start, u8 *fields) {
  if (line_at == fields) {
    line_at = start;
    return;
  }
  put(line_end, line_end_bytes);
  points++;
}

/* False: it cannot be written. */
static int put_value(const Scalar *scalar) {
  int is_string = scalar->kind == STRING;
  if (scalar->kind == NUMBER || (is_string && has_escape(scalar->start, scalar->bytes))) {
    u32 used = tags.used;
    host_value(is_string, scalar->start, scalar->bytes);
    put(exchange.text.at, exchange.text.bytes);
    tags.used = used;
    return exchange.text.bytes > 0;
  }
  /* Without escapes a JSON string, and true and false, are what line protocol writes. */
  put(scalar->start, scalar->bytes);
  if (scalar->kind == DIGITS) put((const u8 *)"i               ", 1);
  return 1;
}

/* One line with all scalars of the group but `except` as fields; none if none can be written. `prefix`: measurement and tags. */
static void write_fields(Text prefix, const Group *group, const Key *except) {
  u32 start = (u32)(line_at - lines);
  put(prefix.at, prefix.bytes);
  u32 fields = (u32)(line_at - lines);
  for (const Scalar *scalar = group->all, *end = scalar + group->count; scalar < end; scalar++) {
    Text field = scalar->key->field;
    if (scalar->key == except || !field.bytes) continue;
    need_room(field.bytes + scalar->bytes + 1);
    u8 *before = line_at;
    copy(line_at, field.at, field.bytes);
    line_at += field.bytes;
    if (scalar->kind == DIGITS) {
      copy(line_at, scalar->start, scalar->bytes);
      line_at += scalar->bytes;
      *line_at++ = 'i';
    } else if (!put_value(scalar)) line_at = before;
  }
  if (line_at > lines + fields) lines[fields] = ' '; /* in place of the comma before the first field */
  end_line(lines + start, lines + fields);
}

/* One line with a number as its only field; none if it is no number. `prefix`: with `value=` at the end. */
static void write_number(Text prefix, const Scalar *scalar) {
  if (!prefix.bytes || (scalar->kind != DIGITS && scalar->kind != NUMBER)) return;
  u8 *start = line_at;
  put(prefix.at, prefix.bytes);
  u8 *value = line_at;
  put_value(scalar);
  end_line(start, value);
}

/* Writes lines again that stand there, all with times of line_end_bytes, with the time of now. */
static void repeat_lines(u32 from, u32 to) {
  need_room(to - from);
  u8 *line = line_at;
  __builtin_memcpy(line, lines + from, to - from);
  line_at = line + (to - from);
  while (line < line_at) {
    line += find_line_feed(line) + 1 - line;
    __builtin_memcpy(line - line_end_bytes, line_end, line_end_bytes);
    points++;
  }
}

#endif
