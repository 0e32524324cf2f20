// Texts and tokens per second of transformers.js: node speed.mjs FOLDER TEXTS.json BATCH THREADS
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { env, pipeline } from '@huggingface/transformers';

const [folder, input, batch, threads] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const texts = JSON.parse(readFileSync(input, 'utf8'));
const extract = await pipeline('feature-extraction', basename(folder), { dtype: 'fp32', session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 } });
const size = Number(batch);
await extract(texts.slice(0, size), { pooling: 'mean', normalize: true });
const start = performance.now();
for (let from = 0; from < texts.length; from += size) {
  await extract(texts.slice(from, from + size), { pooling: 'mean', normalize: true });
}

console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
