/* Bytes, sixteen at a time. Loads may pass the end of what is looked at by as many: all that is looked at lies before PADDING bytes. */
#ifndef BYTES_H
#define BYTES_H
#include "host.h"

#define PADDING 64

typedef u8 Sixteen __attribute__((vector_size(16)));

static inline Sixteen load(const u8 *p) {
  Sixteen bytes;
  __builtin_memcpy(&bytes, p, 16);
  return bytes;
}

/* A bit for each byte that is not 0, the first byte's lowest. `bytes`: 0 or 255 each. */
static inline u32 bits_of(Sixteen bytes) {
#ifdef __wasm__
  return (u32)__builtin_wasm_bitmask_i8x16((signed char __attribute__((vector_size(16))))bytes);
#else
  u32 bits = 0;
  for (int each = 0; each < 16; each++) bits |= (u32)(bytes[each] & 1) << each;
  return bits;
#endif
}

/* The next byte at which a string's plain part ends: a quote, a backslash or a control character. */
static inline const u8 *string_stop(const u8 *p) {
  for (;; p += 16) {
    Sixteen bytes = load(p);
    u32 stops = bits_of((Sixteen)(bytes == '"') | (Sixteen)(bytes == '\\') | (Sixteen)(bytes < 0x20));
    if (stops) return p + __builtin_ctz(stops);
  }
}

static inline const u8 *find_line_feed(const u8 *p) {
  for (;; p += 16) {
    u32 stops = bits_of((Sixteen)(load(p) == '\n'));
    if (stops) return p + __builtin_ctz(stops);
  }
}

static inline int same(const u8 *a, const u8 *b, u32 bytes) {
  for (; bytes >= 16; a += 16, b += 16, bytes -= 16)
    if (bits_of((Sixteen)(load(a) != load(b)))) return 0;
  return !bytes || !(bits_of((Sixteen)(load(a) != load(b))) & ((1u << bytes) - 1));
}

/* Up to 15 bytes more may be written. */
static inline void copy(u8 *to, const u8 *from, u32 bytes) {
  if (bytes > 256) {
    __builtin_memcpy(to, from, bytes);
    return;
  }
  for (u32 done = 0; done < bytes; done += 16) {
    Sixteen piece = load(from + done);
    __builtin_memcpy(to + done, &piece, 16);
  }
}

/* Texts that are made while an answer is read. */
typedef struct {
  u32 used;
  u8 bytes[(8 << 20) + PADDING];
} Store;

static Store names; /* of keys, for all of an answer */
static Store tags;  /* how the lines of a container begin */

/* `room` bytes at the end of a store. */
static u8 *add_room(Store *store, u32 room, const char *what) {
  if (room > sizeof store->bytes - PADDING - store->used) host_full(what);
  u8 *start = store->bytes + store->used;
  store->used += room;
  return start;
}

EXPORT(names_room) u8 *names_room(u32 room) { return add_room(&names, room, "more than 8 MiB of keys"); }
EXPORT(tags_room) u8 *tags_room(u32 room) { return add_room(&tags, room, "more than 8 MiB of a container's tags"); }

#endif
