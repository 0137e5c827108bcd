import { input, mul, parameter, square, tanh } from "@org/core";
import { defineGraphElement, inNotebook, lineChart, renderSvg, toJson, toMermaid, toTikz } from "@org/viz";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { texOf } from "../src/exports/tex-text.ts";
import * as models from "./gallery/models.ts";
import * as networks from "./networks.ts";
import { readSvg } from "./read-svg.ts";

const [x, w] = [input("x", [3]), parameter("W_xh", [2])];

describe("Mermaid", () => {
  test("boxes, columns, gradients", () => {
    expect(toMermaid(networks.rnn(), { unroll: 2, gradients: true })).toMatchInlineSnapshot(`
      "flowchart BT
        subgraph step0["t = 0"]
          n0["x₀<br>32×10"]
          n1["y₀<br>32×4"]
          n2("cell<br>32×16")
          n3(("#64;<br>32×4"))
          n4(("−<br>32×4"))
          n5(["x²<br>32×4"])
        end
        subgraph step1["t = 1"]
          n6["x₁<br>32×10"]
          n7["y₁<br>32×4"]
          n8("cell<br>32×16")
          n9(("#64;<br>32×4"))
          n10(("−<br>32×4"))
          n11(["x²<br>32×4"])
        end
        n12["x₂…₂₄<br>32×10"]
        n13["y₂…₂₄<br>32×4"]
        n14["⋯<br>t = 2 … 24"]
        n15["⋯<br>t = 2 … 24"]
        n16["⋯<br>t = 2 … 24"]
        n17(("Σ"))
        n18(["÷ 3200"])
        n19["loss"]
        n20["V<br>16×4"]
        n0 --> n2
        n2 <--> n8
        n6 --> n8
        n2 <--> n3
        n20 <--> n3
        n8 <--> n14
        n12 --> n14
        n8 <--> n9
        n20 <--> n9
        n3 <--> n4
        n1 --> n4
        n14 <--> n15
        n9 <--> n10
        n7 --> n10
        n4 <--> n5
        n15 <--> n16
        n13 --> n16
        n10 <--> n11
        n5 <--> n17
        n11 <--> n17
        n16 <--> n17
        n17 <--> n18
        n18 <--> n19
        classDef variable fill:#ffffff,stroke:#1f2933,color:#1f2933
        class n0,n1,n6,n7,n12,n13,n19 variable
        classDef cell fill:#e8f0f7,stroke:#1f2933,color:#1f2933
        class n2,n8 cell
        classDef operator fill:#ffffff,stroke:#1f2933,color:#1f2933
        class n3,n4,n5,n9,n10,n11,n17,n18 operator
        classDef more fill:#ffffff,stroke:#1f2933,color:#1f2933,stroke-dasharray:4 3
        class n14,n15,n16 more
        classDef parameter fill:#dfe5ec,stroke:#1f2933,color:#1f2933
        class n20 parameter
        classDef step fill:#f7f9fb,stroke:#8390a0,color:#5a6673
        class step0,step1 step
        linkStyle 1,3,4,5,7,8,9,11,12,14,15,17,18,19,20,21,22 stroke:#cc3311
      "
    `);
  });

  test.each(["op", "cell", "layer"] as const)("has every mark and edge of the picture, by %s", (detail) => {
    for (const [draw, options] of [
      [models.translation, { unroll: 3 }],
      [models.bidirectionalGru, { unroll: 0 }],
    ] as const) {
      const { tensors } = draw();
      const all = { detail, ...options };
      const { nodes, edges, columns } = toJson(tensors, all);
      const text = toMermaid(tensors, { ...all, maxMarks: 10_000 });
      const drawn = [...text.matchAll(/^ +(n\d+)[([]/gm)].map(([, id]) => id);
      expect(drawn.sort()).toEqual(nodes.map(({ id }) => id).sort());
      const lines = [...text.matchAll(/^ +(n\d+) (?:-->|<-->|-\. "cut" \.->) (n\d+)$/gm)];
      expect(lines.map(([, from, to]) => `${from} ${to}`)).toEqual(
        edges.map(({ from, to }) => `${from} ${to}`),
      );
      const steps = columns!.filter(({ kind }) => kind === "step").length;
      expect(text.match(/^ +subgraph /gm) ?? []).toHaveLength(steps);
    }
  });

  test("what is too large has less detail, and says so", () => {
    const text = toMermaid(models.characterLstm(200).tensors, { unroll: 200 });
    expect(text.split("\n").length).toBeLessThan(400);
    expect(text).toMatch(/note\["Of 200 steps, the first 6 and the last 4\."\]|note\["Too large.*"\]/);
  });

  test("no text is taken for Mermaid's own", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
        const text = toMermaid(square(input(name, [2])));
        // All of it stands in one pair of quotes, in a line of its own.
        const [, label] = /^ {2}n0\["([^"\n]*)<br>2"\]$/m.exec(text) ?? [];
        expect(label).toBeDefined();
        expect(label).not.toMatch(/[`<>&{}[\]|$\\*~]/);
      }),
    );
  });
});

describe("TikZ", () => {
  test("a picture is what renderSvg draws, in the words of TeX", async () => {
    const options = { detail: "cell", unroll: 3, gradients: true } as const;
    const model = models.characterLstm();
    const text = await toTikz(model.tensors, options);
    const { shapes, lines, frames } = readSvg(await renderSvg(model.tensors, options));
    expect(text.match(/\\filldraw\[fill=unroll (?!column)/g)).toHaveLength(shapes.length);
    expect(text.match(/\\draw\[-latex/g)).toHaveLength(lines.length);
    expect(text.match(/fill=unroll column/g)).toHaveLength(frames.length);
    const corner = shapes[0]!;
    expect(text).toContain(`(${Math.round((corner.x - corner.width / 2) * 100) / 100},`);
    expect(text).toContain("labels\\raisebox{-2.2bp}");
    const whole = await toTikz(model.tensors, { ...options, standalone: true });
    expect(whole).toBe(
      `\\documentclass[border=4bp]{standalone}\n\\usepackage{tikz}\n\\begin{document}\n${text}\\end{document}\n`,
    );
  });

  test("texts stand for themselves", () => {
    expect(texOf("50% of {a_b} \\x ~ ^ # & $")).toBe(
      "50\\% of \\{a\\_b\\} \\textbackslash{}x \\textasciitilde{} \\textasciicircum{} \\# \\& \\$",
    );
    expect(texOf("c̃ ⊙ σ")).toBe("$\\tilde{c}$ $\\odot$ $\\sigma$");
    // Braces and dollars are balanced, whatever a name is.
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const set = texOf(name).replaceAll(/\\[\\#$%&_{}]/g, "");
        let depth = 0;
        for (const sign of set) {
          if (sign === "{") depth++;
          if (sign === "}") depth--;
          expect(depth).toBeGreaterThanOrEqual(0);
        }
        expect(depth).toBe(0);
        expect((set.match(/\$/g) ?? []).length % 2).toBe(0);
        expect(set).not.toMatch(/[%#&~]/);
      }),
    );
  });

  test("no graph is an empty picture", async () => {
    expect(await toTikz([])).toMatch(/^\\begin\{tikzpicture\}\[[^\]]*\]\n\\end\{tikzpicture\}\n$/);
  });
});

describe("notebooks", () => {
  const shown = (picture: ReturnType<typeof inNotebook>) => picture[Symbol.for("Jupyter.display")]!();

  test("tensors, graphs as data, texts of pictures and promises of them are shown", async () => {
    const svg = await renderSvg(tanh(mul(x, w)));
    const picture = { "image/svg+xml": svg, "text/plain": "Compute graph" };
    expect(await shown(inNotebook(tanh(mul(x, w))))).toEqual(picture);
    expect(await shown(inNotebook(toJson(tanh(mul(x, w)))))).toEqual(picture);
    const chart = await shown(inNotebook(lineChart([{ name: "a", y: [1, 2] }])));
    expect(chart["image/svg+xml"]).toMatch(/^<svg/);
  });

  test("a page stands in a frame of its own, and what is refused is refused when it is shown", async () => {
    const bundle = await shown(inNotebook(square(w), { page: 400 }));
    expect(Object.keys(bundle)).toEqual(["text/html", "text/plain"]);
    expect(bundle["text/html"]).toMatch(
      /^<iframe [^>]*height: 400px[^>]* srcdoc="&lt;!DOCTYPE html&gt;[^"<>]*"><\/iframe>$/,
    );
    await expect(shown(inNotebook(w, { unroll: -1 }))).rejects.toThrow(RangeError);
    expect(() => inNotebook(w, { page: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: inNotebook: page: expected a height from 0, received -1]`,
    );
  });
});

test("an element needs a page", () => {
  expect(() => defineGraphElement()).toThrowErrorMatchingInlineSnapshot(
    `[Error: defineGraphElement: there is no page here whose elements it could be]`,
  );
});
