// node make-vectors.mjs: writes the ids that the tokenizers library gives to random texts, and to every code point between letters, with the small tokenizers.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import tokenizers from 'tokenizers';
import { addedTokens, data, isMade, load, names } from './families.mjs';
import { random, text } from './texts.mjs';

const families = names().filter(isMade);
const added = families.flatMap((name) => addedTokens(JSON.parse(load(name))));
const r = random(20260101);
const texts = ['', ' ', '\u0000', 'a', '\ud800', ...Array.from({ length: 300 }, () => text(r, added))];

// Block N: the code points from 256 N on, each as "aXb ".
function block(number) {
  let value = '';
  for (let c = number * 256; c < number * 256 + 256; c++) if (c < 0xd800 || c > 0xdfff) value += `a${String.fromCodePoint(c)}b `;
  return value;
}

// FNV-1a over the ids, four bytes each, the least first.
function hash(ids) {
  let value = 0x811c9dc5;
  for (const id of ids) for (let shift = 0; shift < 32; shift += 8) value = Math.imul(value ^ ((id >>> shift) & 255), 0x01000193);
  return value >>> 0;
}

const result = { texts: texts.map((value) => Buffer.from(value, 'utf16le').toString('base64')), families: {} };
for (const name of families) {
  const tokenizer = tokenizers.Tokenizer.fromString(JSON.stringify({ ...JSON.parse(load(name)), truncation: null }));
  const encode = async (value) => (await tokenizer.encode(value, null, { addSpecialTokens: true })).getIds();
  const ids = [];
  for (const value of texts) ids.push(await encode(value));
  const blocks = [];
  for (let number = 0; number < 0x335; number++) blocks.push(hash(await encode(block(number))));
  result.families[name] = { ids, blocks };
}
fs.writeFileSync(path.join(data, 'vectors.json.gz'), zlib.gzipSync(JSON.stringify(result), { level: 9 }));
