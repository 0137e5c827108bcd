import type { ProblemKind, Problems } from "../problem.ts";

/** Everything the page says. `vietnamese.ts` says the same. */
export interface Words {
  readonly title: string;
  readonly pages: Readonly<Record<"train" | "look" | "understand" | "check", string>>;
  readonly language: string;
  /** The way to the documentation, in the language it is written in. */
  readonly documentation: string;
  readonly otherLanguage: string;
  readonly skip: string;
  readonly loading: string;
  readonly train: {
    readonly text: string;
    readonly texts: Readonly<Record<"time-machine" | "kieu" | "own", string>>;
    readonly ownText: string;
    readonly ownHint: string;
    readonly file: string;
    readonly network: string;
    readonly cell: string;
    readonly cells: Readonly<Record<"rnn" | "lstm" | "gru" | "typed", string>>;
    readonly equations: string;
    readonly equationsHint: string;
    readonly layers: string;
    readonly hidden: string;
    readonly window: string;
    readonly batch: string;
    readonly optimizer: string;
    readonly schedule: string;
    readonly schedules: Readonly<
      Record<"constant" | "warmupCosine" | "cosine" | "exponential" | "oneCycle", string>
    >;
    readonly horizon: string;
    readonly seed: string;
    readonly threads: string;
    readonly oneThread: string;
    readonly reloadForThreads: string;
    readonly more: string;
    readonly begin: string;
    readonly play: string;
    readonly pause: string;
    readonly once: string;
    readonly reset: string;
    readonly learningRate: string;
    readonly clip: string;
    readonly clipNone: string;
    readonly temperature: string;
    readonly step: string;
    readonly bits: string;
    readonly nats: string;
    readonly heldOut: string;
    readonly training: string;
    readonly speed: string;
    readonly perSecond: string;
    readonly lossTitle: string;
    readonly normTitle: string;
    readonly flowTitle: string;
    readonly flowHint: string;
    readonly spectrumTitle: string;
    readonly spectrumNone: string;
    readonly matrix: string;
    readonly gatesTitle: string;
    readonly gatesNone: string;
    readonly shut: string;
    readonly open: string;
    readonly sample: string;
    readonly sampleNone: string;
    readonly write: string;
    readonly files: string;
    readonly saveWeights: string;
    readonly saveCheckpoint: string;
    readonly load: string;
    readonly loaded: string;
    readonly built: (weights: string, characters: string, batch: number, threads: number) => string;
    readonly running: string;
    readonly paused: string;
    readonly building: string;
    readonly layer: string;
    readonly windowStep: string;
    readonly bitsUnit: string;
  };
  /** What went wrong, and what to do. */
  readonly problems: { readonly [Kind in ProblemKind]: (said: Problems[Kind]) => string };
  readonly understand: Readonly<Record<"chapters" | "play" | "before" | "next", string>>;
  readonly check: Readonly<
    Record<
      | "function"
      | "hint"
      | "run"
      | "example"
      | "gradient"
      | "summed"
      | "values"
      | "differences"
      | "report"
      | "agree"
      | "disagree"
      | "graph"
      | "backward"
      | "gradientGraph",
      string
    >
  >;
  readonly look: {
    readonly graph: string;
    readonly graphHint: string;
    readonly loops: string;
    readonly rolled: string;
    readonly unrolled: string;
    readonly steps: string;
    readonly gradients: string;
    readonly draw: string;
    readonly drawing: string;
    readonly frame: string;
    readonly coloured: string;
    readonly colouredHint: string;
    readonly unit: string;
    readonly ownText: string;
    readonly read: string;
    readonly find: string;
    readonly features: Readonly<Record<"insideQuotes" | "linePosition" | "depth", string>>;
    readonly found: (unit: number, correlation: string) => string;
    readonly absent: string;
    readonly legend: string;
  };
}

export const english: Words = {
  title: "Unroll: networks that learn before your eyes",
  pages: { train: "Train", look: "Look", understand: "Understand", check: "Check" },
  language: "Language",
  documentation: "Guides",
  otherLanguage: "Tiếng Việt",
  skip: "Skip to the page",
  loading: "Loading …",
  train: {
    text: "Text",
    texts: {
      "time-machine": "The Time Machine (H. G. Wells)",
      kieu: "Truyện Kiều (Nguyễn Du)",
      own: "A text of your own",
    },
    ownText: "Your text",
    ownHint: "Paste it here, or drop a file anywhere on this form.",
    file: "Open a text file",
    network: "Network",
    cell: "Cell",
    cells: { rnn: "RNN", lstm: "LSTM", gru: "GRU", typed: "Equations of your own" },
    equations: "Equations of a step",
    equationsHint:
      "x is what the step reads; h is carried on and shown to the layer above. W_x… are [input, hidden], other W… [hidden, hidden], all else [hidden].",
    layers: "Layers",
    hidden: "Hidden size",
    window: "Window (steps)",
    batch: "Streams side by side",
    optimizer: "Optimizer",
    schedule: "Schedule",
    schedules: {
      constant: "Constant",
      warmupCosine: "Warm-up, then cosine",
      cosine: "Cosine",
      exponential: "Exponential",
      oneCycle: "One cycle",
    },
    horizon: "Steps of the schedule",
    seed: "Seed",
    threads: "Threads",
    oneThread: "This page is not isolated from other origins, so training runs on one thread.",
    reloadForThreads: "Reload the page to train on several threads.",
    more: "More settings",
    begin: "Begin a new run",
    play: "Train",
    pause: "Pause",
    once: "One step",
    reset: "Reset",
    learningRate: "Learning rate",
    clip: "Clip the gradient’s norm at",
    clipNone: "not at all",
    temperature: "Temperature",
    step: "Step",
    bits: "Bits per character",
    nats: "Loss (nats)",
    heldOut: "held out",
    training: "training",
    speed: "Speed",
    perSecond: "characters/s",
    lossTitle: "Bits per character",
    normTitle: "Norm of the gradient, before clipping",
    flowTitle: "‖∂L/∂hₜ‖ over the window",
    flowHint: "Where the line falls towards the left, gradients vanish on their way back in time.",
    spectrumTitle: "Eigenvalues of the recurrent matrix",
    spectrumNone: "The recurrent matrices are too large to compute their eigenvalues beside the training.",
    matrix: "Matrix",
    gatesTitle: "How often gates are shut (< 0.1) and open (> 0.9)",
    gatesNone: "This cell has no gates.",
    shut: "shut",
    open: "open",
    sample: "What it writes",
    sampleNone: "The first sample comes in a moment.",
    write: "Write now",
    files: "Weights and checkpoints",
    saveWeights: "Save weights",
    saveCheckpoint: "Save checkpoint",
    load: "Load a file (.safetensors)",
    loaded: "The file was loaded.",
    built: (weights, characters, batch, threads) =>
      `${weights} weights, ${characters} different characters, ${batch} streams, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    running: "training",
    paused: "paused",
    building: "building",
    layer: "layer",
    windowStep: "t, step of the window",
    bitsUnit: "bits",
  },
  problems: {
    emptyText: () => "The text is empty. Paste one, or choose one of those that are here.",
    shortText: ({ window, needed, found }) =>
      `The text is too short: a window of ${window} steps takes ${needed} characters, and there are ${found} to learn from. Take a longer text or a shorter window.`,
    notUtf8: ({ file }) => `${file} is no text in UTF-8. Save it as UTF-8, and open it again.`,
    textNotFetched: ({ text }) =>
      `The text ${text} did not arrive. Look whether there is a network, and begin again.`,
    outOfBounds: ({ setting, least, most }) =>
      `${english.train[setting]}: a whole number from ${least} to ${most}.`,
    noEquation: ({ line, found }) => `Line ${line} is no “name = equation”: “${found}”.`,
    xIsSet: ({ line }) => `Line ${line} sets x, which is what a step reads. Give the result another name.`,
    noState: () => "A cell needs a line “h = …”: h is what the layer above sees.",
    wrongEquation: ({ line }) => `Line ${line} of the equations is wrong. Correct it at the place below.`,
    wrongState: ({ line, wanted, found }) =>
      `Line ${line}: h has to be [batch, hidden], ${wanted} here, and is ${found}.`,
    notBuilt: () => "The network cannot be made with these settings. Change what is named below.",
    damagedFile: () => "The file is damaged, or no safetensors file. Choose one that was saved here.",
    fileOfAnotherText: () =>
      "The file belongs to another text: the characters it knows are not those of the text chosen here. Choose that text, then load the file again.",
    unreadableSettings: () => "What the file says of its settings cannot be read. Choose another file.",
    wrongSetting: ({ setting }) =>
      `The file has a setting that cannot be: ${setting}. Choose a file that was saved here.`,
    notLoaded: () =>
      "What the file holds does not fit the network. Begin a run with the settings it was saved with, then load it again.",
    noWebAssembly: () =>
      "This browser has no WebAssembly, on which the networks run. It may be switched off (a lockdown mode does that): switch it on for this page, or take another browser.",
    noWorker: () =>
      "The program that trains did not start or broke off. Reload the page: the run goes on where it was kept.",
    noNetwork: () => "There is no network yet. Begin a run first.",
    stopped: () => "The training stopped. Begin a new run, with other settings if this happens again.",
    notDrawn: () => "The graph cannot be drawn. Draw fewer steps, or draw it rolled.",
    unknownCharacters: () =>
      "None of these characters stands in the text that the network learns from. Try another text.",
    notRead: () => "The network could not read this text. Begin a new run, then try again.",
    emptyFunction: () => "There is no function yet. Type one, such as x ^ 2.",
    noNumbers: ({ name, found }) =>
      `${name}: “${found}” is no number and no list of numbers, such as [[1, 2], [3, 4]].`,
    wrongValue: ({ name }) => `The value of ${name} cannot be used.`,
    notExamined: () => "The function cannot be computed. Correct what is named below.",
    pageNotFetched: () => "This page did not arrive. Look whether there is a network, and reload.",
  },
  understand: { chapters: "Chapters", play: "Something to play with", before: "Before", next: "Next" },
  check: {
    function: "Function",
    hint: "Names stand for numbers or lists of numbers. + − * / @ ^ ᵀ, tanh, σ, exp, log, sum, mean, softmax and the others of “math”.",
    run: "Check",
    example: "Example",
    gradient: "The gradient as a formula",
    summed: "The function has several values: what is differentiated is their sum.",
    values: "Values",
    differences: "Against finite differences",
    report: "The report of the check:",
    agree: "Gradient and differences agree.",
    disagree: "Gradient and differences differ.",
    graph: "The graph",
    backward: "With the ways of its gradient",
    gradientGraph: "The gradients as a graph",
  },
  look: {
    graph: "The graph of what is being trained",
    graphHint: "With the values and gradients of the window that was read last.",
    loops: "Loops",
    rolled: "Rolled",
    unrolled: "Unrolled",
    steps: "Steps",
    gradients: "Ways of gradients",
    draw: "Draw again",
    drawing: "Drawing …",
    frame: "Compute graph, to explore",
    coloured: "Text on the colours of a cell",
    colouredHint:
      "Each character stands on what the cell shows after it was read: blue below 0, orange above.",
    unit: "Cell",
    ownText: "A text to read (empty: how the text begins)",
    read: "Read",
    find: "Find the cell that follows",
    features: {
      insideQuotes: "quotes",
      linePosition: "the place in the line",
      depth: "brackets",
    },
    found: (unit, correlation) => `cell ${unit}, correlation ${correlation}`,
    absent: "there are none in this text",
    legend: "−1 blue, 0 white, 1 orange",
  },
};
