/* A DIPS service that is not the bottleneck: one thread, one epoll, fixed answer. Many ports, one credential. */
#define _GNU_SOURCE
#include "tlsPeer.h"
#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, BACKLOG = 4096, TARGET_DIGITS = 5 };

struct peer {
  int fd;
  /* NULL: it listens. */
  SSL *ssl;
  int hasAnswered;
  struct message request;
};

static struct service *served;
static SSL_CTX *context;
static int epoll;

static double nowMs(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int watch(struct peer *peer, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = peer};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event);
}

static const char *listenOn(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct peer *listener = calloc(1, sizeof *listener);
  listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(listener->fd, (struct sockaddr *)&address, sizeof address) || listen(listener->fd, BACKLOG)) return "cannot listen";
  getsockname(listener->fd, (struct sockaddr *)&address, &length);
  *port = ntohs(address.sin_port);
  return watch(listener, EPOLLIN) ? "cannot watch a listener" : NULL;
}

const char *startService(struct service *service) {
  const char *fault = NULL;
  served = service;
  context = newContext(TLS_server_method(), &service->credential, &fault);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int at = 0; !fault && at < service->portCount; at++) fault = listenOn(&service->ports[at]);
  return fault;
}

static void acceptAll(const struct peer *listener) {
  int fd;
  while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct peer *peer = calloc(1, sizeof *peer);
    peer->fd = fd;
    peer->ssl = SSL_new(context);
    SSL_set_fd(peer->ssl, fd);
    SSL_set_accept_state(peer->ssl);
    watch(peer, EPOLLIN | EPOLLET | EPOLLRDHUP);
  }
}

/* The request names `System/Name12345` in its first string. */
static void countPing(const struct message *request) {
  const char *slash = memchr(request->bytes, '/', request->used);
  const char *end = request->bytes + request->used;
  while (slash && ++slash < end && (*slash < '0' || *slash > '9'));
  if (!slash || end - slash < TARGET_DIGITS) return;
  size_t target = 0;
  for (int at = 0; at < TARGET_DIGITS; at++) target = target * 10 + (size_t)(slash[at] - '0');
  if (target >= served->targets) return;
  struct arrivals *arrivals = &served->arrivals[target];
  double atMs = nowMs(), gapMs = arrivals->lastMs ? atMs - arrivals->lastMs : 0;
  if (gapMs && (!arrivals->minGapMs || gapMs < arrivals->minGapMs)) arrivals->minGapMs = gapMs;
  if (gapMs > arrivals->maxGapMs) arrivals->maxGapMs = gapMs;
  arrivals->lastMs = atMs;
  arrivals->count++;
}

/* Answers and shuts its side, as DIRAC does; then waits for the client to close, or the answer could be lost in a reset. */
static enum step answer(struct peer *peer) {
  enum step step = readMessage(peer->ssl, &peer->request);
  if (step != STEP_DONE) return step;
  countPing(&peer->request);
  peer->hasAnswered = 1;
  if (writeAll(peer->ssl, served->answer, served->answerBytes) != STEP_DONE) return STEP_FAILED;
  SSL_shutdown(peer->ssl);
  shutdown(peer->fd, SHUT_WR);
  return STEP_AGAIN;
}

static void freePeer(struct peer *peer) {
  SSL_free(peer->ssl);
  close(peer->fd);
  free(peer);
  ERR_clear_error();
}

static void advance(struct peer *peer, unsigned events) {
  if (!peer->ssl) acceptAll(peer);
  else if (peer->hasAnswered ? (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 : answer(peer) == STEP_FAILED) freePeer(peer);
}

void serveFor(int sliceMs) {
  struct epoll_event events[MAX_EVENTS];
  double untilMs = nowMs() + sliceMs;
  for (double leftMs = sliceMs; leftMs > 0; leftMs = untilMs - nowMs()) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, (int)leftMs + 1);
    for (int at = 0; at < ready; at++) advance(events[at].data.ptr, events[at].events);
  }
}
