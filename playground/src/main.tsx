import "./styles/base.css";
import "./styles/controls.css";
import "./styles/panels.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { serveOffline } from "./offline.ts";

render(<App />, document.querySelector("#app")!);
serveOffline();
