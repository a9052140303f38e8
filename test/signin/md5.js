// hexMD5 is the function that the login page of RouterOS calls (RFC 1321), over character codes as bytes.
function hexMD5(text) {
  const add = (a, b) => (a + b) | 0, turn = (a, n) => (a << n) | (a >>> (32 - n));
  const bytes = [...text].map((c) => c.charCodeAt(0) & 255), size = bytes.length * 8;
  bytes.push(128);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let i = 0; i < 8; i++) bytes.push(i < 4 ? (size >>> (8 * i)) & 255 : 0);
  const turns = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  let state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let at = 0; at < bytes.length; at += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16;
      let value = 0;
      for (let k = 0; k < 4; k++) value |= bytes[at + 4 * word + k] << (8 * k);
      const sum = add(add(a, mixed), add(Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296) | 0, value));
      [a, d, c, b] = [d, c, b, add(b, turn(sum, turns[round][i % 4]))];
    }
    state = [add(state[0], a), add(state[1], b), add(state[2], c), add(state[3], d)];
  }
  return state.map((word) => [0, 8, 16, 24].map((n) => ((word >>> n) & 255).toString(16).padStart(2, "0")).join("")).join("");
}
