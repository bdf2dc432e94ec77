/** Thread entry of the history: SQLite waits for the disk here, and never on the main thread. Never throws. */
import { workerData } from 'piscina';
import { errorText } from '../model/errorText.ts';
import type { HistoryOutcome, HistoryPlace, HistoryTask } from '../model/historyTask.ts';
import { type HistoryStore, openHistoryStore } from '../store/historyStore.ts';

/** Opened at the first task, and again at a later one where that failed. */
let store: HistoryStore | null = null;

export default function history(task: HistoryTask): HistoryOutcome {
  try {
    store ??= openHistoryStore(workerData as HistoryPlace);
    switch (task.kind) {
      case 'open':
        return { ok: true };
      case 'append':
        store.append(task.entries, task.transitions);
        return { ok: true };
      case 'query':
        return { ok: true, history: store.query(task.target, task) };
      case 'prune':
        return { ok: true, more: store.prune(task.nowMs) };
      case 'close':
        store.close();
        store = null;
        return { ok: true };
    }
  } catch (error) {
    return { ok: false, detail: errorText(error) };
  }
}
