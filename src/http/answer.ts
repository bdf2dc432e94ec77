/** An HTTP answer, ready to be written. */
export interface Answer {
  status: number;
  /** Reason phrase; undefined = the usual one of the status. */
  statusText?: string;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

const MAX_STATUS_TEXT = 200;

/** An answer in plain text, such as a refusal; the text is also the status line's. */
export function answerText(status: number, text: string): Answer {
  return { status, statusText: toStatusText(text), contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/** An answer in JSON, from its text. */
export function answerJson(json: string, status = 200): Answer {
  return { status, contentType: 'application/json', body: json };
}

/** One line of printable ASCII: whatever a service said must not end the status line or start a header. */
export function toStatusText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_STATUS_TEXT);
}
