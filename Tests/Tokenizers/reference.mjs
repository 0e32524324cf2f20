// node reference.mjs FAMILY COUNT SEED: random texts with what the tokenizers library and its JavaScript port make of them, one JSON list a line:
// [text, ids, offsets in code points, ids of the port or null].
import tokenizers from 'tokenizers';
import { Tokenizer as Port } from '@huggingface/tokenizers';
import { addedTokens, config, load } from './families.mjs';
import { random, text } from './texts.mjs';

const [family, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4] ?? 1)];
const parsed = { ...JSON.parse(load(family)), truncation: null, padding: null };
const tokenizer = tokenizers.Tokenizer.fromString(JSON.stringify(parsed));
let port = null;
try {
  port = new Port(parsed, config(family));
} catch (e) {
  process.stderr.write(`${family}: the port cannot load it: ${e.message}\n`);
}
const added = addedTokens(parsed);
const r = random(seed);
let lines = [];
for (let i = 0; i < count; i++) {
  const value = text(r, added);
  const encoding = await tokenizer.encode(value, null, { addSpecialTokens: true });
  let other = null;
  if (port !== null && process.argv[5] !== 'no-port') {
    try {
      other = Array.from(port.encode(value).ids);
    } catch {
      other = [-1];
    }
  }
  lines.push(JSON.stringify([value, encoding.getIds(), encoding.getOffsets().flat(), other]));
  if (lines.length === 200 || i + 1 === count) {
    if (!process.stdout.write(lines.join('\n') + '\n')) await new Promise((resolve) => process.stdout.once('drain', resolve));
    lines = [];
  }
}
