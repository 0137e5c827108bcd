import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { toDot } from "@org/viz";
import { expect, test } from "vitest";
import { awkwardName, gru, lstm, rnn } from "./networks.ts";

test("an operation, a parameter and edges there and back", () => {
  expect(toDot(awkwardName(), { gradients: true })).toMatchInlineSnapshot(`
    "digraph {
      graph [rankdir=BT, newrank=true, nodesep=0.2, ranksep=0.35, fontname="Helvetica, Arial, 'DejaVu Sans', sans-serif", fontcolor="#5a6673"];
      node [fontname="Helvetica, Arial, 'DejaVu Sans', sans-serif", fontsize=13, fontcolor="#1f2933", color="#1f2933", style=filled, fillcolor="#ffffff", width=0.4, height=0.4, margin="0.06,0.03"];
      edge [color="#4a5663", arrowsize=0.6];
      n0 [label="x\\n32×10", shape=box];
      n1 [label="w &amp; \\"w'\\" \\\\n\\n10×4", shape=box, fillcolor="#dfe5ec"];
      n2 [label="b\\n4", shape=box, fillcolor="#dfe5ec"];
      n3 [label="@\\n32×4", shape=ellipse];
      n4 [label="+\\n32×4", shape=ellipse];
      n5 [label="tanh\\n32×4", shape=ellipse];
      n6 [label="<script>alert(\\"σ\\")</script>\\n32×4", shape=box];
      n7 [label="x²\\n32×4", shape=ellipse];
      n8 [label="Σ", shape=ellipse];
      n9 [label="÷ 128", shape=ellipse];
      n10 [label="loss", shape=box];
      n0 -> n3;
      n1 -> n3 [color="#7d8b99"];
      n3 -> n1 [color="#cc3311", constraint=false];
      n3 -> n4;
      n4 -> n3 [color="#cc3311", constraint=false];
      n2 -> n4 [color="#7d8b99"];
      n4 -> n2 [color="#cc3311", constraint=false];
      n4 -> n5;
      n5 -> n4 [color="#cc3311", constraint=false];
      n5 -> n6;
      n6 -> n5 [color="#cc3311", constraint=false];
      n6 -> n7;
      n7 -> n6 [color="#cc3311", constraint=false];
      n7 -> n8;
      n8 -> n7 [color="#cc3311", constraint=false];
      n8 -> n9;
      n9 -> n8 [color="#cc3311", constraint=false];
      n9 -> n10;
      n10 -> n9 [color="#cc3311", constraint=false];
    }
    "
  `);
});

test("dot puts time steps side by side in the order of time", async () => {
  const graphviz = await Graphviz.load();
  for (const tensor of [rnn(), gru(), lstm()]) {
    const svg = graphviz.dot(toDot(tensor, { unroll: 5, gradients: true }));
    const columns = [
      ...svg.matchAll(/<title>cluster_\d+<\/title>\s*<path [^>]*d="M(-?[\d.]+)[\s\S]*?>(t = \d)</g),
    ];
    expect(columns.map(([, , title]) => title)).toEqual(["t = 0", "t = 1", "t = 2", "t = 3", "t = 4"]);
    const x = columns.map(([, left]) => Number(left));
    expect(x).toEqual([...x].sort((a, b) => a - b));
  }
});

test("labels mean themselves", async () => {
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(toDot(awkwardName()));
  expect(svg).toContain("&lt;script&gt;alert(&quot;σ&quot;)&lt;/script&gt;");
  expect(svg).toContain("w &amp; &quot;w&#39;&quot; \\n");
});
