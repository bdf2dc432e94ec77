/* Which samples of a container are to be sent: see ParseTask.cursor. */
#ifndef STATS_H
#define STATS_H
#include "sample.h"

/* Samples this much older than the cursor mean that the node's clock was set back, for cAdvisor forgets sooner than that. */
#define CLOCK_SET_BACK_NS 600000000000

#define NS_PER_SECOND 1000000000
#define MINUTE_BYTES 17 /* `2026-11-24T06:35:` */

/* A place in the answer, and what became of it up to there. */
typedef struct {
  const u8 *at;
  u32 depth;
  u32 lines, points, samples, faulty;
} Mark;

/* A time in ns since 1970, or none. */
typedef struct {
  int is_set;
  i64 ns;
} Time;

static i64 sample_ns;
static u8 minute[MINUTE_BYTES + 16]; /* the one that was read last: samples of one answer are of few */
static i64 minute_ns;
static int has_minute;

static Mark take_mark(void) {
  return (Mark){at, depth, (u32)(line_at - lines), points, samples, faulty};
}

/* Forgets what was written since, but goes on from here. */
static void take_back(const Mark *mark) {
  line_at = lines + mark->lines;
  points = mark->points;
  samples = mark->samples;
  faulty = mark->faulty;
  epoch++;
}

static void go_back(const Mark *mark) {
  take_back(mark);
  at = mark->at;
  depth = mark->depth;
}

/*
 * Reads a timestamp from its string token into sample_ns; false: it is none. cAdvisor writes `2026-11-24T06:35:39.194884887Z`; the first
 * of a minute, and what is written in another way, is read by the host.
 */
static int read_time(const u8 *token) {
  const u8 *p = token + 1 + MINUTE_BYTES;
  int is_plain = p[0] >= '0' && p[0] <= '5' && is_digit(p[1]);
  i64 in_minute = is_plain ? ((p[0] - '0') * 10 + p[1] - '0') * (i64)NS_PER_SECOND : 0;
  p += 2;
  if (is_plain && *p == '.') {
    i64 unit = NS_PER_SECOND / 10;
    is_plain = is_digit(*++p);
    for (; is_digit(*p) && unit; p++, unit /= 10) in_minute += (*p - '0') * unit;
  }
  is_plain = is_plain && p[0] == 'Z' && p[1] == '"';
  if (is_plain && has_minute && same(token + 1, minute, MINUTE_BYTES)) {
    sample_ns = minute_ns + in_minute;
    return 1;
  }
  if (!host_time(token, (u32)(skip_string(token) - token))) return 0;
  sample_ns = exchange.ns;
  /* 24:00:00 is midnight, but nothing else of that minute is a time. */
  if (is_plain && sample_ns > 0 && sample_ns < 9000000000 * NS_PER_SECOND && !same(token + 12, (const u8 *)"24              ", 2)) {
    copy(minute, token + 1, MINUTE_BYTES);
    minute_ns = sample_ns - in_minute;
    has_minute = 1;
  }
  return 1;
}

/* Reads the time of the sample that is next, without moving. False: it has none that can be used. */
static int peek_time(void) {
  const u8 *start = at;
  u32 open = depth;
  int is_timed = 0;
  for (Key *key = first_key(SAMPLE); key; key = next_key(SAMPLE, key)) {
    if (key == &keys[TIMESTAMP]) {
      is_timed = next_byte() == '"' && read_time(at);
      break;
    }
    skip_value_of(key);
  }
  at = start;
  depth = open;
  return is_timed;
}

static int is_later(Time than) { return !than.is_set || sample_ns > than.ns; }

/* Writes the samples that are wanted, in the order in which they stand. Tells the newest of all of them, and of those written. */
static void scan_entries(Wanted wanted, Time *newest, Time *written) {
  Mark start = take_mark();
  u32 timeless = 0, before = 0;
  epoch++;
  for (int more = first_entry(); more; more = next_entry()) {
    int is_timed = next_byte() == '{' && peek_time();
    int is_newest = is_timed && is_later(*newest);
    if (!is_timed) timeless++;
    if (is_newest) *newest = (Time){1, sample_ns};
    int is_wanted = wanted == NEWEST_ONLY ? is_newest : is_timed && (wanted == ALL || sample_ns > exchange.up_to);
    if (is_wanted && wanted != NEWEST_ONLY) is_wanted = host_add_time(sample_ns, !before++);
    if (!is_wanted) {
      pass_over_sample();
      continue;
    }
    if (wanted == NEWEST_ONLY) take_back(&start);
    if (is_later(*written)) *written = (Time){1, sample_ns};
    set_line_end(sample_ns);
    scan_sample();
  }
  faulty += timeless;
}

/* Writes the samples that were not sent yet; of equal times the first. The value is next. Tells the newest sent, these included. */
static Time scan_stats(Wanted wanted) {
  Time up_to = {wanted == NEWER_THAN, exchange.up_to}, newest = {0, 0}, written = {0, 0};
  if (next_byte() != '[') {
    skip_next();
    return up_to;
  }
  Mark start = take_mark();
  scan_entries(wanted, &newest, &written);
  if (up_to.is_set && newest.is_set && newest.ns < up_to.ns && (u64)up_to.ns - (u64)newest.ns > CLOCK_SET_BACK_NS) {
    /* None of them is newer than the cursor, so that nothing is written yet. */
    go_back(&start);
    scan_entries(ALL, &newest, &written);
    return newest;
  }
  return written.is_set ? written : up_to;
}

/* Walks over the samples of a container that does not count. The value is next. */
static void pass_over_stats(void) {
  if (next_byte() != '[') skip_next();
  else for (int more = first_entry(); more; more = next_entry()) pass_over_sample();
}

#endif
