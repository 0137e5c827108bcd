// What a page needs so that its threads may share memory, where the host does not send it; and all files, for times without
// a network: those whose names carry their contents come from the cache, the others from the host as long as it answers.
const CACHE = "unroll-playground";
const texts = ["./", "./texts/time-machine.txt", "./texts/kieu.txt"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepAll());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const own = new URL(request.url).origin === location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(request));
});

/** Keeps the files of this build, and forgets those of others. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  const files = [...(await (await fetch("./files.json")).json()), ...texts];
  const wanted = new Set(files.map((file) => new URL(file, location.href).href));
  const known = new Set((await cache.keys()).map(({ url }) => url));
  await cache.addAll([...wanted].filter((url) => !known.has(url) || !isLasting(url)));
  for (const url of known) if (!wanted.has(url)) await cache.delete(url);
}

/** Whether the name of a file changes with its contents. */
const isLasting = (url) => /\/assets\//.test(new URL(url).pathname);

async function answer(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: true });
  if (known && isLasting(request.url)) return isolated(known);
  try {
    return isolated(await fetch(request));
  } catch (error) {
    if (known) return isolated(known);
    throw error;
  }
}

function isolated(response) {
  if (response.status === 0 || response.status === 304) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
