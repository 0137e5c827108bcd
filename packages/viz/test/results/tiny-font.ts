/** A TrueType font that draws each of the characters given as a full square, and has no others. */
export function tinyFont(characters: string): Uint8Array {
  const codes = [...characters].map((sign) => sign.codePointAt(0)!).sort((a, b) => a - b);
  const u16 = (...values: number[]): number[] => values.flatMap((value) => [(value >> 8) & 255, value & 255]);
  const u32 = (...values: number[]): number[] =>
    values.flatMap((value) => [(value >>> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
  const utf16 = (text: string): number[] => [...text].flatMap((sign) => u16(sign.charCodeAt(0)));
  const square = [
    ...u16(1, 0, 0, 1000, 1000, 3, 0),
    ...[1, 1, 1, 1],
    ...u16(0, 0, 1000, 0),
    ...u16(0, 1000, 0, -1000),
  ];
  const name = utf16("Tiny");
  // Family, style, PostScript name.
  const records = [1, 2, 6].flatMap((id) => u16(3, 1, 0x409, id, name.length, 0));
  const groups = codes.flatMap((code) => u32(code, code, 1));
  const tables: Record<string, number[]> = {
    cmap: [
      ...u16(0, 1, 3, 10),
      ...u32(12),
      ...u16(12, 0),
      ...u32(16 + groups.length, 0, codes.length),
      ...groups,
    ],
    glyf: square,
    head: [
      ...u32(0x10000, 0x10000, 0, 0x5f0f3cf5),
      ...u16(0, 1000),
      ...u32(0, 0, 0, 0),
      ...u16(0, 0, 1000, 1000, 0, 8, 2, 1, 0),
    ],
    hhea: [...u32(0x10000), ...u16(1000, 0, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 2)],
    hmtx: u16(1000, 0, 1000, 0),
    loca: u32(0, 0, square.length),
    maxp: [...u32(0x10000), ...u16(2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)],
    name: [...u16(0, 3, 6 + records.length), ...records, ...name],
  };
  const entries = Object.entries(tables);
  const header = [...u32(0x10000), ...u16(entries.length, 0, 0, 0)];
  let offset = header.length + 16 * entries.length;
  const body: number[] = [];
  for (const [tag, bytes] of entries) {
    header.push(...[...tag].map((sign) => sign.charCodeAt(0)), ...u32(0, offset, bytes.length));
    const padded = [...bytes, ...Array(-bytes.length & 3).fill(0)];
    body.push(...padded);
    offset += padded.length;
  }
  return new Uint8Array([...header, ...body]);
}
