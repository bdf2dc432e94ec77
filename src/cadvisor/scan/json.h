/*
 * Walks over JSON without reading it, as strictly as JSON.parse (RFC 8259). Functions take where to start and give where the value ends.
 *   value  = object | array | string | number | true | false | null
 *   object = "{" [string ":" value *("," string ":" value)] "}"        array = "[" [value *("," value)] "]"
 *   string = '"' *(byte >= 0x20 but '"' and "\" | "\" one of "\/bfnrt | "\u" 4 hex) '"'
 *   number = ["-"] ("0" | 1-9 *digit) ["." +digit] [("e" | "E") ["+" | "-"] +digit]
 * After the body there are zeros (PADDING), which no value holds: every walk ends at the body's end without asking for it.
 */
#ifndef JSON_H
#define JSON_H
#include "bytes.h"

/* cAdvisor's own answers are nested 9 deep. The bound keeps a hostile one from using up the stack. */
#define MAX_DEPTH 128

static const u8 *body, *body_end;
static const u8 *at; /* the next byte */
static u32 depth;    /* objects and arrays that are open there */

static _Noreturn void fail(const u8 *where, const char *expected) { host_fail((u32)(where - body), expected); }

static const u8 *skip_space(const u8 *p) {
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') p++;
  return p;
}

/* Moves to the next byte that is no white space and tells it. */
static inline u8 next_byte(void) {
  if (*at > ' ') return *at;
  at = skip_space(at);
  return *at;
}

static inline int is_digit(u8 byte) { return (u8)(byte - '0') < 10; }
static inline int is_nested(u8 byte) { return byte == '{' || byte == '['; }

static const u8 *skip_escape(const u8 *p) { /* after the `\` */
  switch (*p) {
  case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
    return p + 1;
  case 'u':
    for (int digit = 1; digit <= 4; digit++) {
      u8 low = p[digit] | 0x20;
      if (!is_digit(p[digit]) && (low < 'a' || low > 'f')) fail(p + digit, "four hexadecimal digits after \\u");
    }
    return p + 5;
  }
  fail(p, "one of \"\\/bfnrtu after a backslash");
}

static inline const u8 *skip_string(const u8 *p) {
  if (*p != '"') fail(p, "a string");
  for (p++;;) {
    p = string_stop(p);
    if (*p == '"') return p + 1;
    if (*p != '\\') fail(p, "the rest of a string");
    p = skip_escape(p + 1);
  }
}

static const u8 *skip_word(const u8 *p) {
  const char *word = *p == 't' ? "\"true\"" : *p == 'f' ? "\"false\"" : "\"null\"";
  for (int letter = 2; word[letter] != '"'; letter++)
    if (p[letter - 1] != (u8)word[letter]) fail(p + letter - 1, word);
  return p + (*p == 'f' ? 5 : 4);
}

static const u8 *skip_digits(const u8 *start, const char *expected) {
  const u8 *p = start;
  while (is_digit(*p)) p++;
  if (p == start) fail(p, expected);
  return p;
}

static const u8 *skip_fraction(const u8 *p) { /* and exponent, or nothing */
  if (*p == '.') p = skip_digits(p + 1, "a digit");
  if ((*p | 0x20) != 'e') return p;
  p++;
  if (*p == '+' || *p == '-') p++;
  return skip_digits(p, "a digit");
}

/* Whatever begins no other value must be a number. */
static const u8 *skip_number(const u8 *start) {
  const u8 *p = *start == '-' ? start + 1 : start;
  p = *p == '0' ? p + 1 : skip_digits(p, p == start ? "a value" : "a digit");
  return skip_fraction(p);
}

static const u8 *skip_value(const u8 *p, u32 open);

static const u8 *skip_object(const u8 *start, u32 open) {
  if (open > MAX_DEPTH) fail(start, "nothing nested deeper than 128");
  const u8 *p = skip_space(start + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    p = skip_string(p);
    if (*p != ':') p = skip_space(p);
    if (*p != ':') fail(p, "\":\"");
    p++;
    if ((u8)(*p - '1') < 9) { /* nearly all values are counters */
      do p++;
      while (is_digit(*p));
      if (*p == '.' || (*p | 0x20) == 'e') p = skip_fraction(p);
    } else p = skip_value(p, open);
    if (*p != ',' && *p != '}') p = skip_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') fail(p, "\",\" or \"}\"");
    p++;
    if (*p != '"') p = skip_space(p);
  }
}

static const u8 *skip_array(const u8 *start, u32 open) {
  if (open > MAX_DEPTH) fail(start, "nothing nested deeper than 128");
  const u8 *p = skip_space(start + 1);
  if (*p == ']') return p + 1;
  for (;; p++) {
    p = skip_space(skip_value(p, open));
    if (*p == ']') return p + 1;
    if (*p != ',') fail(p, "\",\" or \"]\"");
  }
}

/* `open`: how many objects and arrays are open. */
static const u8 *skip_value(const u8 *p, u32 open) {
  p = skip_space(p);
  switch (*p) {
  case '"':
    return skip_string(p);
  case '{':
    return skip_object(p, open + 1);
  case '[':
    return skip_array(p, open + 1);
  case 't': case 'f': case 'n':
    return skip_word(p);
  default:
    return skip_number(p);
  }
}

/* Goes into the object or array whose first byte is the next one. */
static void enter(void) {
  if (++depth > MAX_DEPTH) fail(at, "nothing nested deeper than 128");
  at++;
}

/* Leaves the one whose last byte is the next one. */
static int leave(void) {
  at++;
  depth--;
  return 0;
}

/* Goes into the array that is next. True: an entry is next; false: it was empty and is left. */
static int first_entry(void) {
  enter();
  return next_byte() != ']' || leave();
}

/* After an entry. True: another is next; false: that was the last, and the array is left. */
static int next_entry(void) {
  u8 byte = next_byte();
  if (byte == ']') return leave();
  if (byte != ',') fail(at, "\",\" or \"]\"");
  at++;
  next_byte();
  return 1;
}

static void skip_next(void) { at = skip_value(at, depth); }

#endif
