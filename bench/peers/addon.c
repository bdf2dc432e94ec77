/* N-API face of the C peers: `runClient(options)`, `startService(options) -> ports`, `serveFor(sliceMs)`. */
#include "tlsPeer.h"
#include <node_api.h>
#include <openssl/crypto.h>
#include <stdlib.h>

enum { MAX_PORTS = 1024 };

static napi_value property(napi_env env, napi_value object, const char *name) {
  napi_value value;
  napi_get_named_property(env, object, name, &value);
  return value;
}

static int numberOf(napi_env env, napi_value object, const char *name) {
  int number = 0;
  napi_get_value_int32(env, property(env, object, name), &number);
  return number;
}

/* NULL where it is no string. Never freed: a bench has a handful. */
static char *textOf(napi_env env, napi_value object, const char *name) {
  size_t length = 0;
  napi_value value = property(env, object, name);
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  napi_get_value_string_utf8(env, value, text, length + 1, &length);
  return text;
}

/* Of a Uint8Array or Float64Array, which must outlive the use; length in elements. */
static void *bytesOf(napi_env env, napi_value object, const char *name, size_t *length) {
  void *bytes = NULL;
  napi_get_typedarray_info(env, property(env, object, name), NULL, length, &bytes, NULL, NULL);
  return bytes;
}

static struct credential credentialOf(napi_env env, napi_value options) {
  return (struct credential){
      .certPem = textOf(env, options, "certPem"),
      .keyPem = textOf(env, options, "keyPem"),
      .caPem = textOf(env, options, "caPem"),
      .groups = textOf(env, options, "groups"),
      .suites = textOf(env, options, "suites"),
  };
}

static napi_value firstArgument(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  return argument;
}

static void setNumber(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  napi_set_named_property(env, object, name, value);
}

static napi_value callRunClient(napi_env env, napi_callback_info info) {
  napi_value options = firstArgument(env, info), outcome;
  size_t requestBytes = 0;
  struct clientRun run = {
      .port = numberOf(env, options, "port"),
      .count = numberOf(env, options, "count"),
      .inFlight = numberOf(env, options, "inFlight"),
      .credential = credentialOf(env, options),
      .serverName = textOf(env, options, "serverName"),
      .request = bytesOf(env, options, "request", &requestBytes),
  };
  run.requestBytes = (int)requestBytes;
  const char *fault = runClient(&run);
  if (fault) napi_throw_error(env, NULL, fault);
  napi_create_object(env, &outcome);
  setNumber(env, outcome, "failed", run.failed);
  setNumber(env, outcome, "cpuUs", run.cpuUs);
  setNumber(env, outcome, "wallUs", run.wallUs);
  return outcome;
}

static napi_value callStartService(napi_env env, napi_callback_info info) {
  static struct service service;
  static int ports[MAX_PORTS];
  static napi_ref kept;
  napi_value options = firstArgument(env, info), list;
  size_t answerBytes = 0;
  service.credential = credentialOf(env, options);
  service.answer = bytesOf(env, options, "answer", &answerBytes);
  service.answerBytes = (int)answerBytes;
  service.arrivals = bytesOf(env, options, "arrivals", &service.targets);
  service.targets = service.targets * sizeof(double) / sizeof(struct arrivals);
  service.portCount = numberOf(env, options, "portCount");
  service.ports = ports;
  napi_create_reference(env, options, 1, &kept);
  const char *fault = service.portCount > MAX_PORTS ? "at most 1024 ports" : startService(&service);
  if (fault) napi_throw_error(env, NULL, fault);
  napi_create_array(env, &list);
  for (int at = 0; !fault && at < service.portCount; at++) {
    napi_value port;
    napi_create_int32(env, ports[at], &port);
    napi_set_element(env, list, (unsigned)at, port);
  }
  return list;
}

static napi_value callServeFor(napi_env env, napi_callback_info info) {
  int sliceMs = 0;
  napi_get_value_int32(env, firstArgument(env, info), &sliceMs);
  serveFor(sliceMs);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_property_descriptor functions[] = {
      {"runClient", NULL, callRunClient, NULL, NULL, NULL, napi_enumerable, NULL},
      {"startService", NULL, callStartService, NULL, NULL, NULL, napi_enumerable, NULL},
      {"serveFor", NULL, callServeFor, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  napi_value version;
  napi_create_string_utf8(env, OpenSSL_version(OPENSSL_VERSION), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "opensslVersion", version);
  return exports;
}
