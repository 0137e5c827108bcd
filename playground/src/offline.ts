/**
 * Registers the service worker of the built folder, which sends the headers that threads need and keeps the page for
 * times without a network. It is not there in the development server. It waits until training has begun: the first visit
 * runs on one thread, and the next on several.
 */
export function serveOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const register = (): void => {
    navigator.serviceWorker.register("./service-worker.js").catch(() => {
      // Pages from a disk, and browsers that forbid it, go on without.
    });
  };
  setTimeout(register, 1500);
}
