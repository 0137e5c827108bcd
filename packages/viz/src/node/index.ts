export { type LiveServer, type ServeLiveOptions, serveLive } from "./serve-live.ts";
