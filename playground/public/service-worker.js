// What a page needs so that its threads may share memory, where the host does not send it; and files for times without a
// network: those whose names carry their contents come from the cache, all others from the host as long as it answers.
const CACHE = "unroll-playground";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const own = new URL(request.url).origin === location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const lasting = /\/assets\//.test(new URL(request.url).pathname);
  const known = await cache.match(request);
  if (known && lasting) return known;
  try {
    const response = isolated(await fetch(request));
    if (response.status === 200) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    if (known) return known;
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
