import type { ExtraCredentials, Outcome } from '../dips/conversation.ts';
import { readReturn } from '../dips/diracReturn.ts';
import { decodeJEncode } from '../dips/jencode.ts';
import { readPingValue } from '../dips/pingAnswer.ts';
import { COMMON_HEADERS, type HttpAnswer, type HttpRequest, type Send } from './httpMessage.ts';
import { failed, readJson, readOtherStatus } from './httpOutcome.ts';

/*
 * client: POST /System/Service     method=ping&args=[][&extraCredentials="hosts"], a form      (docs/protocol-dips.md §11)
 * server: 200 application/json     JEncode of S_OK(answer) or S_ERROR(message, errno)
 *         401, 404, 4xx, 5xx       an HTML page
 */

/** Pings one service of DIRAC's Tornado server. `identity`: as whom; `hasCertificate`: whether there was one to show. */
export async function pingService(
  send: Send,
  service: string,
  identity: { extraCredentials: ExtraCredentials; hasCertificate: boolean },
): Promise<Outcome> {
  return readServiceAnswer(await send(encodeServicePing(service, identity.extraCredentials)), service, identity);
}

/** The request of a ping; `hosts` goes with a host certificate, as over DIPS. */
export function encodeServicePing(service: string, extraCredentials: ExtraCredentials): HttpRequest {
  const form = new URLSearchParams({ method: 'ping', args: '[]' });
  if (extraCredentials !== '') form.set('extraCredentials', JSON.stringify(extraCredentials));
  return {
    method: 'POST',
    path: `/${service}`,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}

/** What the answer says of the service. */
export function readServiceAnswer(
  answer: HttpAnswer,
  service: string,
  { hasCertificate }: { hasCertificate: boolean },
): Outcome {
  if (answer.status === 200) return readJson(answer, readPing);
  const anonymous = answer.status === 401 && !hasCertificate;
  return readOtherStatus(answer, `no ${service} on this server`, anonymous ? 'we showed no certificate' : '');
}

function readPing(body: Buffer) {
  const returned = readReturn(decodeJEncode(body));
  if (returned.ok) return readPingValue(returned.value);
  return failed(returned.isUnauthorized ? 'unauthorized' : 'rpc_error', returned.message, 'json');
}
