/** The equations of cells as plain loops over numbers, each beside the cell that they are of. */
import type { Tensor } from "@org/core";
import * as nn from "@org/nn";

type Vector = readonly number[];
export type Matrix = readonly Vector[];
/** Weights by their names: numbers, rows, matrices. */
export type Weights = Readonly<Record<string, never>>;
/** The outputs of one sequence. */
type Port = (w: Weights, xs: Matrix) => Matrix;

const σ = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log1p(Math.exp(x));
const silu = (x: number): number => x * σ(x);
const map =
  (f: (...values: number[]) => number) =>
  (...rows: readonly Vector[]): number[] =>
    rows[0]!.map((_, i) => f(...rows.map((row) => row[i]!)));
const plus = map((...values) => values.reduce((a, b) => a + b));
const dot = (a: Vector, b: Vector): number => a.reduce((total, x, i) => total + x * b[i]!, 0);
/** `x W`. */
const product = (x: Vector, W: Matrix): number[] =>
  W[0]!.map((_, j) => x.reduce((total, value, i) => total + value * W[i]![j]!, 0));
const zeros = (size: number): number[] => new Array(size).fill(0);
const outer = (a: Vector, b: Vector): number[][] => a.map((x) => b.map((y) => x * y));
/** Runs steps that give the next state and what is shown. */
const run = <S>(xs: Matrix, first: S, step: (x: Vector, state: S) => readonly [S, Vector]): Matrix => {
  let state = first;
  return xs.map((x) => {
    const [next, shown] = step(x, state);
    state = next;
    return shown;
  });
};
const same = (h: Vector): readonly [Vector, Vector] => [h, h];

export const input = 3;
const hidden = 4;
export const sizes: { inputSize: number; hiddenSize: number; seed: number; dtype: "f64" } = {
  inputSize: input,
  hiddenSize: hidden,
  seed: 1,
  dtype: "f64",
};

interface Row {
  readonly cell: nn.Cell<Readonly<Record<string, Tensor>>>;
  readonly port: Port;
  /** Whether `parallel` runs it. */
  readonly linear?: true;
  /** Images in the place of rows. */
  readonly shape?: readonly number[];
}

const W = (w: Weights, name: string): never => {
  const value = w[name];
  if (value === undefined) throw new Error(`no ${name}`);
  return value;
};
/** `x W_x + b`. */
const affine = (w: Weights, x: Vector, matrix: string, bias: string): number[] =>
  plus(product(x, W(w, matrix)), W(w, bias) as Vector);
/** `x W_x· + h W_h· + b_·`. */
const block = (w: Weights, letter: string, x: Vector, h: Vector): number[] =>
  plus(affine(w, x, `W_x${letter}`, `b_${letter}`), product(h, W(w, `W_h${letter}`)));

const complexPort =
  (terms: (w: Weights, x: Vector) => { decay: Vector[]; drive: Vector[] }, factor: number): Port =>
  (w, xs) =>
    run(xs, [zeros(hidden), zeros(hidden)], (x, [re, im]) => {
      const { decay, drive } = terms(w, x);
      const [a, b] = decay as [Vector, Vector];
      const next = [
        map((re, im, a, b, u) => a * re - b * im + u)(re!, im!, a, b, drive[0]!),
        map((re, im, a, b, u) => a * im + b * re + u)(re!, im!, a, b, drive[1]!),
      ];
      const shown = map((y, z, d, x) => factor * (y - z) + d * x);
      return [next, shown(product(next[0]!, W(w, "C_re")), product(next[1]!, W(w, "C_im")), W(w, "D"), x)];
    });

const convolved = (image: Matrix[], kernel: Matrix[]): Matrix =>
  image[0]!.map((row, i) =>
    row.map((_, j) => {
      let total = 0;
      kernel.forEach((plane, c) => {
        plane.forEach((line, p) => {
          line.forEach((value, q) => {
            total += value * (image[c]![i + p - 1]?.[j + q - 1] ?? 0);
          });
        });
      });
      return total;
    }),
  );

export const cellsWithPorts: Readonly<Record<string, Row>> = {
  MinimalGatedUnitCell: {
    cell: new nn.MinimalGatedUnitCell(sizes) as never,
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, h) => {
        const f = block(w, "f", x, h).map(σ);
        const candidate = block(w, "h", x, map((f, h) => f * h)(f, h)).map(Math.tanh);
        return same(map((f, h, c) => (1 - f) * h + f * c)(f, h, candidate));
      }),
  },
  IndRNNCell: {
    cell: new nn.IndRNNCell(sizes) as never,
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, h) =>
        same(map((a, u, h) => Math.max(0, a + u * h))(affine(w, x, "W_xh", "b_h"), W(w, "u_h"), h)),
      ),
  },
  SRUCell: {
    cell: new nn.SRUCell(sizes) as never,
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, c) => {
        const gate = (letter: string) =>
          map((a, v, c) => σ(a + v * c))(affine(w, x, `W_x${letter}`, `b_${letter}`), W(w, `v_${letter}`), c);
        const [f, r] = [gate("f"), gate("r")];
        const next = map((f, c, a) => f * c + (1 - f) * a)(f, c, product(x, W(w, "W_xc")));
        return [next, map((r, c, x) => r * c + (1 - r) * x)(r, next, product(x, W(w, "W_xs")))];
      }),
  },
  QRNNCell: {
    linear: true,
    cell: new nn.QRNNCell(sizes),
    port: (w, xs) =>
      run(xs, { before: zeros(input) as Vector, c: zeros(hidden) as Vector }, (x, { before, c }) => {
        const both = [...before, ...x];
        const [z, f, o] = ["z", "f", "o"].map((letter) => affine(w, both, `W_${letter}`, `b_${letter}`));
        const next = map((f, c, z) => σ(f) * c + (1 - σ(f)) * Math.tanh(z))(f!, c, z!);
        return [{ before: x, c: next }, map((o, c) => σ(o) * c)(o!, next)];
      }),
  },
  MinGRUCell: {
    linear: true,
    cell: new nn.MinGRUCell(sizes),
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, h) => {
        const z = affine(w, x, "W_xz", "b_z").map(σ);
        return same(map((z, h, c) => (1 - z) * h + z * c)(z, h, affine(w, x, "W_xh", "b_h")));
      }),
  },
  MinLSTMCell: {
    linear: true,
    cell: new nn.MinLSTMCell(sizes),
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, h) => {
        const [f, i, c] = ["f", "i", "h"].map((letter) => affine(w, x, `W_x${letter}`, `b_${letter}`));
        return same(map((f, i, h, c) => (σ(f) * h + σ(i) * c) / (σ(f) + σ(i)))(f!, i!, h, c!));
      }),
  },
  LRUCell: {
    linear: true,
    cell: new nn.LRUCell(sizes),
    port: complexPort((w, x) => {
      const [nu, theta] = [W(w, "nu_log") as Vector, W(w, "theta_log") as Vector];
      const gain = (B: string) => map((b, g) => b * Math.exp(g))(product(x, W(w, B)), W(w, "gamma_log"));
      const polar = (f: (angle: number) => number) =>
        map((n, t) => Math.exp(-Math.exp(n)) * f(Math.exp(t)))(nu, theta);
      return { decay: [polar(Math.cos), polar(Math.sin)], drive: [gain("B_re"), gain("B_im")] };
    }, 1),
  },
  S5Cell: {
    linear: true,
    cell: new nn.S5Cell(sizes),
    port: complexPort((w, x) => {
      const [re, im] = ["B_re", "B_im"].map((name) => product(x, W(w, name))) as [number[], number[]];
      const [rate, frequency, step] = ["rate_log", "frequency", "step_log"].map(
        (name) => W(w, name) as Vector,
      );
      const decay: number[][] = [[], []];
      const drive: number[][] = [[], []];
      for (let n = 0; n < hidden; n++) {
        const [a, b, d] = [-Math.exp(rate![n]!), frequency![n]!, Math.exp(step![n]!)];
        const [c, s] = [Math.exp(a * d) * Math.cos(b * d), Math.exp(a * d) * Math.sin(b * d)];
        // (c - 1 + is) / (a + ib)
        const size = a * a + b * b;
        const [gr, gi] = [((c - 1) * a + s * b) / size, (s * a - (c - 1) * b) / size];
        decay[0]!.push(c);
        decay[1]!.push(s);
        drive[0]!.push(re[n]! * gr - im[n]! * gi);
        drive[1]!.push(re[n]! * gi + im[n]! * gr);
      }
      return { decay, drive };
    }, 2),
  },
  RGLRUCell: {
    linear: true,
    cell: new nn.RGLRUCell({ hiddenSize: input, seed: 1, dtype: "f64" }),
    port: (w, xs) =>
      run<Vector>(xs, zeros(input), (x, h) => {
        const [r, i] = ["a", "x"].map((letter) => affine(w, x, `W_${letter}`, `b_${letter}`).map(σ));
        const a = map((l, r) => σ(l) ** (8 * r))(W(w, "Lambda"), r!);
        return same(map((a, h, i, x) => a * h + Math.sqrt(1 - a * a) * i * x)(a, h, i!, x));
      }),
  },
  SelectiveStateSpaceCell: {
    linear: true,
    cell: new nn.SelectiveStateSpaceCell({ inputSize: input, stateSize: 2, rank: 2, seed: 1, dtype: "f64" }),
    port: (w, xs) =>
      run<Matrix>(xs, outer(zeros(input), zeros(2)), (x, s) => {
        const step = plus(product(product(x, W(w, "W_1")), W(w, "W_2")), W(w, "b_step")).map(softplus);
        const [B, C] = [product(x, W(w, "W_B")), product(x, W(w, "W_C"))];
        const next = s.map((row, d) =>
          row.map((value, n) => {
            const A = -Math.exp((W(w, "A_log") as Matrix)[d]![n]!);
            return Math.exp(step[d]! * A) * value + step[d]! * x[d]! * B[n]!;
          }),
        );
        return [next, next.map((row, d) => dot(row, C) + (W(w, "D") as Vector)[d]! * x[d]!)];
      }),
  },
  SLSTMCell: {
    cell: new nn.SLSTMCell(sizes) as never,
    // The paper's equations 8 to 14, without the scale m.
    port: (w, xs) =>
      run(
        xs,
        { h: zeros(hidden) as Vector, c: zeros(hidden) as Vector, n: zeros(hidden) as Vector },
        (x, { h, c, n }) => {
          const [z, i, f, o] = ["z", "i", "f", "o"].map((letter) => block(w, letter, x, h));
          const memory = map((c, z, i, f) => σ(f) * c + Math.exp(i) * Math.tanh(z))(c, z!, i!, f!);
          const count = map((n, i, f) => σ(f) * n + Math.exp(i))(n, i!, f!);
          const next = map((o, c, n) => (σ(o) * c) / n)(o!, memory, count);
          return [{ h: next, c: memory, n: count }, next];
        },
      ),
  },
  MLSTMCell: {
    cell: new nn.MLSTMCell(sizes) as never,
    // The paper's equations 19 to 27, without the scale m.
    port: (w, xs) =>
      run(
        xs,
        { C: outer(zeros(hidden), zeros(hidden)) as Matrix, n: zeros(hidden) as Vector },
        (x, { C, n }) => {
          const [q, v] = ["q", "v"].map((letter) => affine(w, x, `W_${letter}`, `b_${letter}`));
          const k = plus(
            product(x, W(w, "W_k")).map((value) => value / Math.sqrt(hidden)),
            W(w, "b_k") as Vector,
          );
          const [[i], [f]] = ["i", "f"].map((letter) => affine(w, x, `w_${letter}`, `b_${letter}`)) as [
            [number],
            [number],
          ];
          const memory = C.map((row, a) =>
            row.map((value, b) => σ(f) * value + Math.exp(i) * v![a]! * k[b]!),
          );
          const count = map((n, k) => σ(f) * n + Math.exp(i) * k)(n, k);
          const size = Math.max(Math.abs(dot(count, q!)), 1);
          const o = affine(w, x, "W_o", "b_o").map(σ);
          return [{ C: memory, n: count }, memory.map((row, a) => (o[a]! * dot(row, q!)) / size)];
        },
      ),
  },
  GatedDeltaCell: {
    cell: new nn.GatedDeltaCell({ ...sizes, keySize: 2 }) as never,
    port: (w, xs) =>
      run<Matrix>(xs, outer(zeros(hidden), zeros(2)), (x, S) => {
        const unit = (row: Vector) => row.map((value) => value / (Math.sqrt(dot(row, row)) + 1e-6));
        const [q, k, v] = ["q", "k", "v"].map((letter) => product(x, W(w, `W_${letter}`)).map(silu));
        const [query, key] = [unit(q!), unit(k!)];
        const [[a], [b]] = [W(w, "A_log"), W(w, "b_alpha")] as [[number], [number]];
        const α = Math.exp(-Math.exp(a) * softplus(product(x, W(w, "w_alpha"))[0]! + b));
        const β = σ(product(x, W(w, "w_beta"))[0]!);
        // α S (1 - β k kᵀ) + β v kᵀ
        const erase = outer(key, key).map((row, i) => row.map((value, j) => Number(i === j) - β * value));
        const next = S.map((row, r) =>
          product(row, erase).map((value, j) => α * value + β * v![r]! * key[j]!),
        );
        return [next, next.map((row) => dot(row, query))];
      }),
  },
  ODECell: {
    cell: new nn.ODECell({ ...sizes, slopeSize: 5, duration: 0.7, steps: 3 }) as never,
    port: (w, xs) =>
      run<Vector>(xs, zeros(hidden), (x, h) => {
        const slope = (at: Vector) =>
          plus(
            product(plus(product(at, W(w, "W_h")), affine(w, x, "W_x", "b_1")).map(Math.tanh), W(w, "W_o")),
            W(w, "b_2") as Vector,
          );
        const ahead = (at: Vector, by: number, k: Vector) => map((a, k) => a + by * k)(at, k);
        const s = 0.7 / 3;
        let at = h;
        for (let i = 0; i < 3; i++) {
          const k1 = slope(at);
          const k2 = slope(ahead(at, s / 2, k1));
          const k3 = slope(ahead(at, s / 2, k2));
          const k4 = slope(ahead(at, s, k3));
          at = map((a, p, q, r, t) => a + (s / 6) * (p + 2 * q + 2 * r + t))(at, k1, k2, k3, k4);
        }
        return same(at);
      }),
  },
  LegendreMemoryCell: {
    cell: new nn.LegendreMemoryCell({ ...sizes, order: 3, window: 5 }) as never,
    // The memory by a thousand small steps of θ m' = A m + B u.
    port: (w, xs) =>
      run(xs, { h: zeros(hidden) as Vector, m: zeros(3) as Vector }, (x, { h, m }) => {
        const u = dot(W(w, "e_x"), x) + dot(W(w, "e_h"), h) + dot(W(w, "e_m"), m);
        const A = [0, 1, 2].map((i) =>
          [0, 1, 2].map((j) => (2 * i + 1) * (i < j ? -1 : (-1) ** (i - j + 1))),
        );
        const slope = (m: Vector) => A.map((row, i) => (dot(row, m) + (2 * i + 1) * (-1) ** i * u) / 5);
        let at = m;
        for (let i = 0; i < 1000; i++) {
          const middle = slope(map((a, k) => a + 0.0005 * k)(at, slope(at)));
          const better = slope(map((a, k) => a + 0.0005 * k)(at, middle));
          const end = slope(map((a, k) => a + 0.001 * k)(at, better));
          at = map((a, p, q, r, t) => a + (0.001 / 6) * (p + 2 * q + 2 * r + t))(
            at,
            slope(at),
            middle,
            better,
            end,
          );
        }
        const next = plus(product(x, W(w, "W_x")), product(h, W(w, "W_h")), product(at, W(w, "W_m"))).map(
          Math.tanh,
        );
        return [{ h: next, m: at }, next];
      }),
  },
  ConvLSTMCell: {
    shape: [2, 3, 4],
    cell: new nn.ConvLSTMCell({
      inputChannels: 2,
      hiddenChannels: 2,
      height: 3,
      width: 4,
      seed: 1,
      dtype: "f64",
    }) as never,
    port: (w, xs) => {
      const image = (flat: Vector): Matrix[] =>
        [0, 1].map((c) => [0, 1, 2].map((i) => flat.slice(12 * c + 4 * i, 12 * c + 4 * i + 4)));
      return run(xs, { h: zeros(24) as Vector, c: zeros(24) as Vector }, (x, { h, c }) => {
        const gate = (letter: string): number[] =>
          [0, 1].flatMap((o) => {
            const parts = [
              convolved(image(x), W(w, `W_x${letter}`)[o]!),
              convolved(image(h), W(w, `W_h${letter}`)[o]!),
            ].map((each) => each.flat());
            const [[bias]] = W(w, `b_${letter}`)[o]! as [[number]];
            return plus(parts[0]!, parts[1]!).map((value) => value + bias);
          });
        const peep = (letter: string, at: Vector) =>
          map((a, w, c) => σ(a + w * c))(
            gate(letter),
            (W(w, `w_c${letter}`) as Matrix[]).flat(2) as never,
            at,
          );
        const next = map((f, c, i, a) => f * c + i * Math.tanh(a))(peep("f", c), c, peep("i", c), gate("c"));
        const shown = map((o, c) => o * Math.tanh(c))(peep("o", next), next);
        return [{ h: shown, c: next }, shown];
      });
    },
  },
};
