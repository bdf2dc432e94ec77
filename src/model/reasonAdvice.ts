import type { FailureReason } from './reasons.ts';

/** What an operator needs to know of a reason. docs/reasons.md says the same; a test compares them. */
export interface ReasonAdvice {
  /** What was seen. */
  meaning: string;
  /** What usually is behind it, the likeliest first. */
  causes: readonly string[];
  /** What to do about it. */
  advice: string;
}

export const REASON_ADVICE: Readonly<Record<FailureReason, ReasonAdvice>> = {
  dns: {
    meaning: 'The name of the target does not resolve, or did not within the deadline.',
    causes: ['a typing error, or a machine that was taken out of DNS', 'the resolver of the prober is down or slow'],
    advice:
      'Resolve the name on the prober (`getent ahosts NAME`). When it fails for all targets, look at the resolver, not at the services.',
  },
  refused: {
    meaning: 'The host is there and says that nobody listens on the port.',
    causes: ['the service is stopped, or has not come up yet', 'it listens on another port than the configured one'],
    advice: "Look at the service's log and start it; compare the port with the one in its configuration section.",
  },
  unreachable: {
    meaning: 'There is no route to the host or network, or a router or firewall said no.',
    causes: [
      'the host is off or its network is down',
      'a firewall that rejects',
      'an IPv6 address without IPv6 on the way',
    ],
    advice:
      'Ping the host from the prober; look at routes and firewalls, and whether the name has an IPv6 address that nobody serves.',
  },
  connect_timeout: {
    meaning: 'The TCP connect was not answered at all within the deadline.',
    causes: [
      'a firewall that drops',
      'the host hangs or is off',
      "the service's backlog is full because it accepts nobody any more",
    ],
    advice:
      'Connect from another machine of the site. When the host answers otherwise, the service process hangs: restart it.',
  },
  tls_timeout: {
    meaning: 'TCP is up, but the TLS handshake did not end within the deadline.',
    causes: [
      'all threads of the service are busy: DIRAC does the handshake in a thread of the pool (MaxThreads)',
      'the process is stopped or hangs; the kernel still takes connections for it',
    ],
    advice:
      'Look at load and log of the service, at its database, and at MaxThreads. Restart it when it does nothing. When it is only slow now and then, raise the timeout.',
  },
  tls_cert_expired: {
    meaning: "The service's certificate, or one of its issuers, is past its end or not valid yet.",
    causes: [
      'the host certificate was not renewed',
      'it was renewed on disk, but the service was not restarted',
      'a wrong clock',
    ],
    advice:
      'Renew the certificate and restart the service; `dips-probe explain TARGET` shows the dates. Check the clocks of both machines.',
  },
  tls_cert_untrusted: {
    meaning:
      "No chain leads from the service's certificate to a CA in our CA directory, or a part of it may not be used so.",
    causes: [
      'our CA directory is old or of another grid',
      'an intermediate CA that neither side has',
      'a self-signed certificate',
    ],
    advice:
      'Compare the issuer that `dips-probe explain TARGET` shows with the CAs that `dips-probe credentials` counts; update the CA directory.',
  },
  tls_name_mismatch: {
    meaning: "The service's certificate is valid, but for another name than the target's host.",
    causes: [
      'the target is given by an alias or an address',
      'another host answers at that address',
      'a certificate for `host/NAME` of the Globus days',
    ],
    advice:
      'Use the name in the certificate as the target, or give it as `--server-name` (`serverName`); `--gsi-names` takes `CN=host/NAME`.',
  },
  tls_crl_revoked: {
    meaning: "The service's certificate, or a CA above it, is on its CA's revocation list.",
    causes: ['the certificate was revoked, often because it was replaced or its key was lost'],
    advice:
      'Install a new certificate on the service. Do not switch the check off: whoever has the old key could pose as the service.',
  },
  tls_crl_expired: {
    meaning:
      'The revocation list of a CA in the chain is past its next update or not signed by that CA, and the policy is `fail`.',
    causes: ['fetch-crl does not run on the prober, or cannot reach the CA', 'the CA is late with its list'],
    advice:
      'Run `fetch-crl` on the prober. When it is the CA that is late, `--crl warn` lets such lists pass with a warning.',
  },
  tls_rejected_us: {
    meaning: 'The service refused our certificate with a TLS alert; the detail names the alert.',
    causes: [
      '`certificate_expired`: our certificate or proxy is over',
      "`unknown_ca`: the service's CA directory lacks our CA",
      '`certificate_required`, `handshake_failure`: we showed none',
      '`certificate_unknown`, `bad_certificate`: a proxy, or a chain, that the service does not take',
    ],
    advice:
      "Run `dips-probe credentials` to see what we show and until when it is valid; else update the service's CA directory.",
  },
  tls_protocol: {
    meaning: 'Both sides speak TLS, but have no version or cipher in common, or the handshake is broken.',
    causes: [
      'a service of the pyGSI days, which knows TLS 1.0 only',
      'a cipher list of the service that is too narrow',
      'a middlebox',
    ],
    advice: 'See with `--legacy-tls` whether it is an old service; the better way is to update it.',
  },
  rpc_timeout: {
    meaning: 'The connection is up, TLS included, but the answer to the ping did not come within the deadline.',
    causes: [
      'the service hangs in its initialisation, in a lock, or in a database that does not answer',
      'the machine is overloaded or swaps',
      'of an HTTPS service: all threads of its Tornado process are busy, which the services in it share',
    ],
    advice: "Look at the service's log and database; restart it when it does nothing.",
  },
  rpc_protocol: {
    meaning:
      'What came back is not the protocol of the target (DISET, or the JSON of an HTTPS service), or not what a ping is answered with.',
    causes: [
      'another program listens on the port',
      'a release or plug-in that changed the answer',
      'a broken proxy in between',
    ],
    advice: '`dips-probe explain TARGET` shows the bytes that came; look at what listens on the port.',
  },
  rpc_error: {
    meaning: 'The service answered, with an error of its own; the detail is its message.',
    causes: ['a fault inside the service, often its database or its configuration'],
    advice: "Search the service's log for the message.",
  },
  unauthorized: {
    meaning: 'The service is up, knows who we are, and does not let us ping it.',
    causes: [
      "our certificate's subject is in no group, or not among the hosts, of the DIRAC registry",
      "the service's Authorization section bars ping for our group",
    ],
    advice:
      'Register the host certificate under /Registry/Hosts, or allow ping: `ping = all` in the Authorization section of the service.',
  },
  wrong_service: {
    meaning: 'A DIRAC service listens there, but not the one that was asked for.',
    causes: [
      'a typing error: System/Service is compared exactly',
      'the port now belongs to another service',
      'the service was moved',
    ],
    advice: "Compare host, port and name with the service's URL in the DIRAC configuration.",
  },
  wrong_protocol: {
    meaning: 'The port speaks something else: plain HTTP, or no TLS where TLS was expected, or the other way round.',
    causes: [
      'an HTTPS (Tornado) or web service on the port of a `dips` target, or a DIPS service on that of an `https` one',
      '`dip` was asked for where `dips` is spoken, or the reverse',
    ],
    advice: "Compare scheme and port with the service's URL in the DIRAC configuration.",
  },
  closed_early: {
    meaning: 'The connection was made and then ended before a whole answer had come.',
    causes: [
      'the service was stopped or crashed in between',
      'it dropped us because of a fault of its own',
      'a firewall or load balancer without a service behind it',
    ],
    advice:
      "Ping again: once is a restart. When it stays, look at the service's log at that time, and at what stands in between.",
  },
  gateway: {
    meaning: 'A DISET gateway answered and asked for a delegated proxy, which a probe never gives.',
    causes: ['the target is the address of a gateway, not of the service'],
    advice: 'Use the address of the service itself as the target.',
  },
  overload: {
    meaning:
      'The prober has as many pings under way as it may, or is stopping: nothing was sent, and nothing is said of the service.',
    causes: [
      'many services hang at once and hold their places until the deadline',
      'more checks than one prober is set up for',
      'the prober itself got no CPU for seconds, or was stopped',
    ],
    advice: 'Raise the number of workers (`--workers`, `ping.workers`), lower the timeout, or ask less often.',
  },
  forbidden_target: {
    meaning: 'The prober is not allowed to ping this target: nothing was sent.',
    causes: ['the host, one of its addresses, its port or the service is outside the allow-list'],
    advice: 'If it is a service of yours, name it: `--allow` of serve, `allow` or `targets` in the file of run.',
  },
  no_credentials: {
    meaning: 'There is no usable certificate with its key on our side: nothing was sent.',
    causes: [
      'no host certificate or proxy where DIRAC looks for it',
      'a key of another certificate, or that everybody can read',
      'half-written files',
    ],
    advice: 'Run `dips-probe credentials`: it says which files are used and why, and what is wrong with them.',
  },
};
