// What transformers.js makes of texts with a model folder: node reference.mjs FOLDER TEXTS.json OUT.json
// Without a projection there is no ColBERT. TEXTS.json: { "texts": [...], "longest": 64, "batch": 8, "documentMarker": 5, "queryMarker": 6, "mask": 4, "queryLength": 32, "skip": [..], "projection": [[...], ...] }
// Poolings that transformers.js has are its own; the others, ColBERT and SPLADE are computed here from its token vectors, after their papers.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AutoModel, AutoTokenizer, env, pipeline, Tensor } from '@huggingface/transformers';

const [folder, input, output] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const name = basename(folder);
const request = JSON.parse(readFileSync(input, 'utf8'));
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModel.from_pretrained(name, { dtype: 'fp32' });
const extract = await pipeline('feature-extraction', name, { dtype: 'fp32' });
// transformers.js cuts the mark at the end off with what is too long; the original library keeps it, so cutting is done here.
const ids = (text) => Array.from(tokenizer(text).input_ids.data, Number);
// How many marks there are at the end: what follows a word's own ids.
const marks = (() => {
  const [bare, whole] = [Array.from(tokenizer('a', { add_special_tokens: false }).input_ids.data, Number), ids('a')];
  const at = whole.findIndex((_, start) => bare.every((id, i) => whole[start + i] === id));
  return whole.length - at - bare.length;
})();
const cutOff = (row) => (row.length > request.longest ? [...row.slice(0, request.longest - marks), ...row.slice(row.length - marks)] : row);

const norm = (vector) => {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
};

async function run(rows, left = false, attended = rows.map((row) => row.length)) {
  const longest = Math.max(...rows.map((row) => row.length));
  const size = [rows.length, longest];
  const place = (row, at) => at - (left ? longest - row.length : 0);
  const fill = (value) => new Tensor('int64', BigInt64Array.from(rows.flatMap((row, number) => Array.from({ length: longest }, (_, at) => BigInt(value(row, place(row, at), number))))), size);
  const inside = (row, at) => at >= 0 && at < row.length;
  const out = await model({
    input_ids: fill((row, at) => (inside(row, at) ? row[at] : tokenizer.pad_token_id ?? 0)),
    attention_mask: fill((row, at, number) => (inside(row, at) && at < attended[number] ? 1 : 0)),
    token_type_ids: fill(() => 0),
  });
  const tensor = out.last_hidden_state ?? out.logits;
  const width = tensor.dims[2];
  return rows.map((row, number) => row.map((_, at) => {
    const from = (number * longest + at + (left ? longest - row.length : 0)) * width;
    return Array.from(tensor.data.subarray(from, from + width));
  }));
}

const column = (vectors, combine) => vectors[0].map((_, i) => combine(vectors.map((vector) => vector[i])));
const sum = (values) => values.reduce((one, other) => one + other, 0);
const results = [];
for (let from = 0; from < request.texts.length; from += request.batch) {
  const texts = request.texts.slice(from, from + request.batch);
  const whole = texts.map(ids);
  const rows = whole.map(cutOff);
  if (request.scores) {
    for (const tokens of await run(rows)) {
      results.push({ sparse: column(tokens, (values) => Math.log1p(Math.max(0, ...values))) });
    }

    continue;
  }

  const [means, firsts] = [await extract(texts, { pooling: 'mean', normalize: true }), await extract(texts, { pooling: 'cls', normalize: true })].map((tensor) => tensor.tolist());
  const right = await run(rows);
  const mean = means.map((own, i) => (whole[i] === rows[i] ? own : norm(column(right[i], sum))));
  const cls = firsts.map((own, i) => (whole[i] === rows[i] ? own : norm(right[i][0])));
  const left = await run(rows, true);
  const poolings = (i) => ({
    ids: rows[i],
    mean: mean[i],
    cls: cls[i],
    last: norm(right[i].at(-1)),
    lastLeft: norm(left[i].at(-1)),
    max: norm(column(right[i], (values) => Math.max(...values))),
    weighted: norm(column(right[i], (values) => sum(values.map((value, at) => value * (at + 1))))),
    cut: norm(column(right[i], sum).slice(0, 24)),
  });
  if (!request.projection) {
    texts.forEach((_, i) => results.push(poolings(i)));
    continue;
  }

  const mark = (row, marker) => [row[0], marker, ...row.slice(1)];
  const project = (vector) => norm(request.projection.map((weights) => sum(weights.map((weight, i) => weight * vector[i]))));
  const documents = rows.map((row) => mark(row, request.documentMarker));
  const questions = rows.map((row) => {
    const marked = mark(row, request.queryMarker);
    return marked.length > request.queryLength ? [...marked.slice(0, request.queryLength - 1), marked.at(-1)] : marked;
  });
  const filled = questions.map((row) => [...row, ...Array(request.queryLength - row.length).fill(request.mask)]);
  const documentVectors = await run(documents);
  const questionVectors = await run(filled, false, questions.map((row) => row.length));
  texts.forEach((_, i) => results.push({
    ...poolings(i),
    documents: documentVectors[i].filter((_, at) => !request.skip.includes(documents[i][at])).map(project),
    questions: questionVectors[i].map(project),
  }));
}

writeFileSync(output, JSON.stringify(results));
