/** What every bundler here does: a program of `app/` becomes files, which then run. */
export interface Bundle {
  /** As the report names it. */
  readonly name: string;
  /** Builds into a folder of its own; `entry` names a program of `app/`, without its ending. */
  build(folder: string): Promise<void>;
  /** A file for Node, or the folder of a page, below the folder of the build. */
  readonly run: { readonly node: string } | { readonly page: string };
}
