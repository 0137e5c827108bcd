import { effect } from "@preact/signals";
import { route } from "./route.ts";
import { step } from "./session.ts";

/**
 * Registers the service worker of the built folder, which sends the headers that threads need and keeps the page for
 * times without a network. It is not there in the development server. It waits until training has begun, where the page
 * trains: what it keeps is not to come before that. So a first visit runs on one thread, and the next on several.
 */
export function serveOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  let waiting = true;
  effect(() => {
    const trains = route.value.page === "train" || route.value.page === "look";
    if (!waiting || (trains && step.value === 0)) return;
    waiting = false;
    setTimeout(register, 1000);
  });
}

function register(): void {
  navigator.serviceWorker.register("./service-worker.js").catch(() => {
    // Pages from a disk, and browsers that forbid it, go on without.
  });
}
