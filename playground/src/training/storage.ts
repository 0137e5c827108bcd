import type { Curves } from "../protocol.ts";
import type { Dials, Settings, Text } from "../settings.ts";

/** A run as it lies in the browser between visits. */
export interface StoredRun {
  readonly settings: Settings;
  readonly dials: Dials;
  readonly text: Text;
  readonly step: number;
  readonly checkpoint: Uint8Array;
  readonly curves: Curves;
  readonly running: boolean;
}

const [DATABASE, STORE, KEY] = ["unroll-playground", "runs", "last"];

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

/** Keeps a run; where the browser keeps nothing, as in some private windows, it is not there after a reload. */
export async function keep(run: StoredRun): Promise<void> {
  const database = await open().catch(() => undefined);
  if (!database) return;
  const transaction = database.transaction(STORE, "readwrite");
  transaction.objectStore(STORE).put(run, KEY);
  await new Promise<void>((resolve) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => resolve();
    transaction.onabort = () => resolve();
  });
  database.close();
}

/** The run that was kept last. */
export async function kept(): Promise<StoredRun | undefined> {
  const database = await open().catch(() => undefined);
  if (!database) return undefined;
  const run = await done<StoredRun | undefined>(database.transaction(STORE).objectStore(STORE).get(KEY));
  database.close();
  return run;
}
