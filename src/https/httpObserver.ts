import type { PingObserver } from '../dips/pingObserver.ts';
import type { HttpAnswer, HttpRequest, Send } from './httpMessage.ts';

/** A PingObserver that is also told of what a ping says over HTTP, instead of the bytes. Must not throw. */
export interface HttpObserver extends PingObserver {
  asked(request: HttpRequest): void;
  /** Of the request that was told last. Not called for what is no HTTP, or not whole. */
  answered(answer: HttpAnswer): void;
}

/** A `send` that tells the observer, where there is one. */
export function observeSend(send: Send, observer: HttpObserver | undefined): Send {
  if (!observer) return send;
  return async (request) => {
    observer.asked(request);
    const answer = await send(request);
    observer.answered(answer);
    return answer;
  };
}
