/*
 * What the C client and the C service share. Both run on the OpenSSL inside the running Node, whose symbols its executable
 * exports: nothing is linked, and "the limit" is the very library that our pings use.
 */
#pragma once
#include <openssl/ssl.h>
#include <stddef.h>

enum { MAX_MESSAGE_BYTES = 4096 };

/* PEM texts; groups as SSL_CTX_set1_groups_list takes them, suites as SSL_CTX_set_ciphersuites; NULL = OpenSSL's own default. */
struct credential {
  const char *certPem, *keyPem, *caPem, *groups, *suites;
};

/* What one side reads of a conversation: two DISET frames `<decimal length>:<body>`. */
struct message {
  size_t used;
  char bytes[MAX_MESSAGE_BYTES];
};

enum step { STEP_AGAIN, STEP_DONE, STEP_FAILED };

/* A context that shows the credential and demands a certificate of its CA. NULL, with the fault in *fault. */
SSL_CTX *newContext(const SSL_METHOD *method, const struct credential *credential, const char **fault);

/* Reads until both frames are there. */
enum step readMessage(SSL *ssl, struct message *message);

/* Writes all at once, which a socket's empty buffer always takes. */
enum step writeAll(SSL *ssl, const void *bytes, int length);

/* What a call that did not succeed wants. */
enum step stepAfter(SSL *ssl, int returned);

struct clientRun {
  int port, count, inFlight;
  struct credential credential;
  /* Checked against the service's certificate, and sent as SNI. */
  const char *serverName;
  const void *request;
  int requestBytes;
  /* Out. */
  int failed;
  double cpuUs, wallUs;
};

/* Runs `count` conversations with 127.0.0.1:port, `inFlight` at a time, in this thread. Returns a fault or NULL. */
const char *runClient(struct clientRun *run);

/* What came to one target. Gaps: ms between two requests; of none, 0. */
struct arrivals {
  double count, lastMs, minGapMs, maxGapMs;
};

struct service {
  struct credential credential;
  const void *answer;
  int answerBytes;
  /* By the five digits at the end of the service's name. */
  struct arrivals *arrivals;
  size_t targets;
  int portCount;
  /* Out. */
  int *ports;
};

/* Listens on `portCount` free ports of 127.0.0.1; one service a process. Returns a fault or NULL. */
const char *startService(struct service *service);

/* Serves for so long. */
void serveFor(int sliceMs);
