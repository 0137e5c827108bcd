/** What is used of IndexedDB; the library is written against no browser's types. */
interface Request<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
  onupgradeneeded?: (() => void) | null;
}

interface Store {
  get(key: string): Request<Uint8Array | undefined>;
  put(value: Uint8Array, key: string): Request<unknown>;
}

interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: "readonly" | "readwrite"): { objectStore(name: string): Store };
  close(): void;
}

/** Undefined where there is none, as in Node. */
export const indexedDB: { open(name: string, version: number): Request<Database> } | undefined = (
  globalThis as { readonly indexedDB?: { open(name: string, version: number): Request<Database> } }
).indexedDB;

const STORE = "programs";

const done = <T>(request: Request<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Opens a database for one request, and closes it. */
export async function inDatabase<T>(
  name: string,
  mode: "readonly" | "readwrite",
  use: (store: Store) => Request<T>,
): Promise<T> {
  const request = indexedDB!.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE);
  };
  const database = await done(request);
  try {
    return await done(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}
