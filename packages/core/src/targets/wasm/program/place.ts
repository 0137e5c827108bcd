/** Where a buffer lies: from the beginning of the arena, or at an address of the memory. Bytes. */
export interface Place {
  readonly base: "arena" | "memory";
  readonly offset: number;
}
