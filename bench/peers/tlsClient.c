/* The limit of a ping: what the library and the kernel cost, and nothing else. One thread, one epoll, one SSL_CTX. */
#define _GNU_SOURCE
#include "tlsPeer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 10000, MAX_EVENTS = 64 };

struct connection {
  int fd, isOpen, hasAsked;
  SSL *ssl;
  struct message answer;
};

static double readUs(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double threadCpuUs(void) {
  return readUs(CLOCK_THREAD_CPUTIME_ID);
}

static double nowUs(void) {
  return readUs(CLOCK_MONOTONIC);
}

static int openConnection(struct connection *connection, const struct clientRun *run, SSL_CTX *context, int epoll) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((unsigned short)run->port)};
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection->answer.used = 0;
  connection->hasAsked = 0;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connection->ssl = SSL_new(context);
  connection->isOpen = 1;
  SSL_set_fd(connection->ssl, connection->fd);
  SSL_set_connect_state(connection->ssl);
  SSL_set_tlsext_host_name(connection->ssl, run->serverName);
  X509_VERIFY_PARAM_set1_host(SSL_get0_param(connection->ssl), run->serverName, 0);
  connect(connection->fd, (struct sockaddr *)&peer, sizeof peer);
  /* Edge-triggered, both ways, once: one epoll_ctl a connection. */
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
}

static enum step converse(struct connection *connection, const struct clientRun *run) {
  if (!connection->hasAsked) {
    int returned = SSL_do_handshake(connection->ssl);
    if (returned != 1) return stepAfter(connection->ssl, returned);
    if (writeAll(connection->ssl, run->request, run->requestBytes) != STEP_DONE) return STEP_FAILED;
    connection->hasAsked = 1;
  }
  return readMessage(connection->ssl, &connection->answer);
}

static void closeConnection(struct connection *connection) {
  SSL_shutdown(connection->ssl);
  SSL_free(connection->ssl);
  close(connection->fd);
  ERR_clear_error();
  connection->isOpen = 0;
}

const char *runClient(struct clientRun *run) {
  const char *fault = NULL;
  SSL_CTX *context = newContext(TLS_client_method(), &run->credential, &fault);
  if (!context) return fault;
  struct connection *connections = calloc((size_t)run->inFlight, sizeof *connections);
  struct epoll_event events[MAX_EVENTS];
  int epoll = epoll_create1(EPOLL_CLOEXEC), started = 0, ended = 0;
  double cpuBefore = threadCpuUs(), wallBefore = nowUs();
  run->failed = 0;
  while (started < run->inFlight && started < run->count) openConnection(&connections[started++], run, context, epoll);
  while (ended < run->count && !fault) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, WAIT_MS);
    /* Node's own signals (a child that ended) wake it too. */
    if (ready == 0 || (ready < 0 && errno != EINTR)) fault = "the service said nothing for 10 s";
    for (int at = 0; at < ready; at++) {
      struct connection *connection = events[at].data.ptr;
      enum step step = converse(connection, run);
      if (step == STEP_AGAIN) continue;
      run->failed += step == STEP_FAILED;
      closeConnection(connection);
      ended++;
      if (started < run->count && ++started) openConnection(connection, run, context, epoll);
    }
  }
  run->cpuUs = threadCpuUs() - cpuBefore;
  run->wallUs = nowUs() - wallBefore;
  for (int at = 0; at < run->inFlight; at++)
    if (connections[at].isOpen) closeConnection(&connections[at]);
  close(epoll);
  free(connections);
  SSL_CTX_free(context);
  return fault;
}
