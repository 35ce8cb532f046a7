// Maps as NumPy's .npz: a zip of .npy files, stored.

const TYPES = { Uint8Array: "|u1", Float32Array: "<f4" };

// {name: {data, shape}} as a Blob.
export function npz(arrays) {
  const encoder = new TextEncoder();
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const content = npy(data, shape);
    const file = encoder.encode(`${name}.npy`);
    const common = [
      ["u2", 20], // version needed
      ["u2", 0x800], // names are UTF-8
      ["u2", 0], // stored
      ["u4", 0x00210000], // 1980-01-01, so that equal maps are equal files
      ["u4", crc32(content)],
      ["u4", content.length],
      ["u4", content.length],
      ["u2", file.length],
      ["u2", 0],
    ];
    const local = record([["u4", 0x04034b50], ...common]);
    directory.push(
      record([
        ["u4", 0x02014b50],
        ["u2", 20],
        ...common,
        ["u2", 0],
        ["u2", 0],
        ["u2", 0],
        ["u4", 0],
        ["u4", offset],
      ]),
      file,
    );
    parts.push(local, file, content);
    offset += local.length + file.length + content.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = Object.keys(arrays).length;
  const end = record([
    ["u4", 0x06054b50],
    ["u2", 0],
    ["u2", 0],
    ["u2", count],
    ["u2", count],
    ["u4", size],
    ["u4", offset],
    ["u2", 0],
  ]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

function npy(data, shape) {
  const type = TYPES[data.constructor.name];
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const length = Math.ceil((header.length + 11) / 64) * 64 - 10;
  const content = new Uint8Array(10 + length + data.byteLength).fill(32);
  content.set([0x93, 78, 85, 77, 80, 89, 1, 0, length & 255, length >> 8]);
  content.set(new TextEncoder().encode(header), 10);
  content[9 + length] = 10;
  content.set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    10 + length,
  );
  return content;
}

function record(fields) {
  const bytes = { u2: 2, u4: 4 };
  const total = fields.reduce((sum, [type]) => sum + bytes[type], 0);
  const view = new DataView(new ArrayBuffer(total));
  let at = 0;
  for (const [type, value] of fields) {
    if (type === "u2") view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes[type];
  }
  return new Uint8Array(view.buffer);
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
