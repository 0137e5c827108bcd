/** `node xla-program.mjs NETWORK DATA FOLDER`: prints our training step as a program of JAX, with its weights, for `xla.py`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toJax } from "@org/export";
import { minimize } from "@org/optim";
import { readData } from "../data.ts";
import type { Network } from "../workloads.ts";
import { buildLoss } from "./unroll-model.ts";
import { transform } from "./unroll-optimizer.ts";

const [network, data, folder] = process.argv.slice(2) as [string, string, string];
const { parameters, inputs, loss } = buildLoss(JSON.parse(network) as Network, readData(data));
const program = toJax({ inputs, outputs: { loss }, updates: minimize(loss, parameters, transform) });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "model.py"), program.module);
writeFileSync(join(folder, "model.safetensors"), program.weights);
