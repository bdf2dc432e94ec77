#include "tlsPeer.h"
#include <ctype.h>
#include <openssl/pem.h>

/*
 * Names of OpenSSL 3.2, for older headers. Where both sides can (Node 24's OpenSSL does Brotli) each compresses its certificate anew in
 * every handshake, 3.5 ms of CPU; no DIRAC service's OpenSSL has a compressor built in, so this is not part of a ping.
 */
#ifndef SSL_OP_NO_TX_CERTIFICATE_COMPRESSION
#define SSL_OP_NO_TX_CERTIFICATE_COMPRESSION SSL_OP_BIT(32)
#define SSL_OP_NO_RX_CERTIFICATE_COMPRESSION SSL_OP_BIT(33)
#endif

static int useCredential(SSL_CTX *context, const struct credential *credential) {
  BIO *certBio = BIO_new_mem_buf(credential->certPem, -1), *keyBio = BIO_new_mem_buf(credential->keyPem, -1),
      *caBio = BIO_new_mem_buf(credential->caPem, -1);
  X509 *cert = PEM_read_bio_X509(certBio, NULL, NULL, NULL), *ca = PEM_read_bio_X509(caBio, NULL, NULL, NULL);
  EVP_PKEY *key = PEM_read_bio_PrivateKey(keyBio, NULL, NULL, NULL);
  int fine = cert && ca && key && SSL_CTX_use_certificate(context, cert) == 1 &&
             SSL_CTX_use_PrivateKey(context, key) == 1 && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca) == 1 &&
             SSL_CTX_add_client_CA(context, ca) == 1;
  X509_free(cert);
  X509_free(ca);
  EVP_PKEY_free(key);
  BIO_free(certBio);
  BIO_free(keyBio);
  BIO_free(caBio);
  return fine;
}

SSL_CTX *newContext(const SSL_METHOD *method, const struct credential *credential, const char **fault) {
  SSL_CTX *context = SSL_CTX_new(method);
  *fault = NULL;
  if (!context) *fault = "SSL_CTX_new failed";
  else if (!useCredential(context, credential)) *fault = "certificate, key or CA not taken";
  else if (credential->groups && SSL_CTX_set1_groups_list(context, credential->groups) != 1) *fault = "groups not taken";
  else if (credential->suites && SSL_CTX_set_ciphersuites(context, credential->suites) != 1) *fault = "suites not taken";
  if (*fault) {
    SSL_CTX_free(context);
    return NULL;
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  /* A DIRAC service takes a resumed session and then never answers: neither side keeps or sends any. */
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_TX_CERTIFICATE_COMPRESSION | SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  /* One read(2) for all that came, where OpenSSL would do two for each record. */
  SSL_CTX_set_read_ahead(context, 1);
  return context;
}

enum step stepAfter(SSL *ssl, int returned) {
  int error = SSL_get_error(ssl, returned);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? STEP_AGAIN : STEP_FAILED;
}

/* Whether two frames are complete: STEP_FAILED where there is no frame. */
static enum step countFrames(const struct message *message) {
  size_t at = 0;
  for (int frame = 0; frame < 2; frame++) {
    size_t length = 0, digitsFrom = at;
    while (at < message->used && isdigit((unsigned char)message->bytes[at]) && at - digitsFrom < 6)
      length = length * 10 + (size_t)(message->bytes[at++] - '0');
    if (at >= message->used) return STEP_AGAIN;
    if (at == digitsFrom || message->bytes[at++] != ':') return STEP_FAILED;
    at += length;
    if (at > message->used) return STEP_AGAIN;
  }
  return STEP_DONE;
}

enum step readMessage(SSL *ssl, struct message *message) {
  while (message->used < MAX_MESSAGE_BYTES) {
    int got = SSL_read(ssl, message->bytes + message->used, (int)(MAX_MESSAGE_BYTES - message->used));
    if (got <= 0) return stepAfter(ssl, got);
    message->used += (size_t)got;
    enum step step = countFrames(message);
    if (step != STEP_AGAIN) return step;
  }
  return STEP_FAILED;
}

enum step writeAll(SSL *ssl, const void *bytes, int length) {
  return SSL_write(ssl, bytes, length) == length ? STEP_DONE : STEP_FAILED;
}
