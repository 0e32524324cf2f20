// node speed.mjs FAMILY FILE: tokens per second of the JavaScript port on a text file, line by line, and its number of tokens.
import fs from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { config, load } from './families.mjs';

const tokenizer = new Tokenizer({ ...JSON.parse(load(process.argv[2])), truncation: null, padding: null }, config(process.argv[2]));
const lines = fs.readFileSync(process.argv[3], 'utf8').split('\n');
let tokens = 0;
const run = () => { tokens = 0; for (const line of lines) tokens += tokenizer.encode(line, { add_special_tokens: false }).ids.length; };
run();
const start = process.hrtime.bigint();
run();
console.log(JSON.stringify({ tokens, seconds: Number(process.hrtime.bigint() - start) / 1e9 }));
