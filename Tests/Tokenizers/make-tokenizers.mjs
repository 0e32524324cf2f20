// node make-tokenizers.mjs FOLDER: writes the small tokenizers of the tests. FOLDER holds uni.model and unicf.model, trained with the sentencepiece program:
//   spm_train --input=TEXT --model_prefix=uni --vocab_size=2000 --model_type=unigram --normalization_rule_name=nmt_nfkc --character_coverage=1.0 --hard_vocab_limit=false
//   spm_train --input=TEXT --model_prefix=unicf --vocab_size=1200 --model_type=unigram --normalization_rule_name=nmt_nfkc_cf --byte_fallback=true --hard_vocab_limit=false
// where TEXT is this project's documentation and sources. Their character maps are SentencePiece's own.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { data } from './families.mjs';
import { random, text } from './texts.mjs';

const folder = process.argv[2];
fs.mkdirSync(data, { recursive: true });
const save = (name, tokenizer) => fs.writeFileSync(path.join(data, `${name}.tokenizer.json.gz`), zlib.gzipSync(JSON.stringify(tokenizer), { level: 9 }));
const token = (id, content, more = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const base = { version: '1.0', truncation: null, padding: null };

// The parts of a SentencePiece model file that matter here: pieces with scores, and the character map.
function sentencePiece(file) {
  const bytes = fs.readFileSync(file);
  const fields = function* (from, to) {
    const varint = () => { let v = 0n, s = 0n; for (;;) { const b = bytes[from++]; v |= BigInt(b & 127) << s; s += 7n; if (b < 128) return Number(v); } };
    while (from < to) {
      const tag = varint();
      if ((tag & 7) === 0) yield [tag >> 3, varint()];
      else if ((tag & 7) === 5) { yield [tag >> 3, bytes.readFloatLE(from)]; from += 4; }
      else if ((tag & 7) === 2) { const n = varint(); yield [tag >> 3, [from, from + n]]; from += n; }
      else throw new Error('unexpected field');
    }
  };
  const pieces = [];
  let map;
  for (const [field, value] of fields(0, bytes.length)) {
    if (field === 1) {
      const piece = { text: '', score: 0 };
      for (const [f, v] of fields(...value)) if (f === 1) piece.text = bytes.subarray(...v).toString(); else if (f === 2) piece.score = v;
      pieces.push([piece.text, piece.score]);
    } else if (field === 3) for (const [f, v] of fields(...value)) if (f === 2) map = bytes.subarray(...v).toString('base64');
  }
  return { pieces, map };
}

// Many short pieces of hard text, so that the vocabularies know something of every script.
function fragments(count, seed) {
  const r = random(seed);
  const counts = new Map();
  for (let i = 0; i < 6000; i++) {
    const points = [...text(r, ['[MASK]']).toWellFormed().replaceAll('\ufffd', '')].filter((c) => !/[\s\u0000-\u001f\u007f-\u009f]/u.test(c));
    for (let k = 0; k < points.length; k++) for (let n = 1; n <= 5 && k + n <= points.length; n++) {
      const part = points.slice(k, k + n).join('');
      counts.set(part, (counts.get(part) ?? 0) + (n === 1 ? 3 : n));
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, count).map(([part]) => part);
}

const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const bertVocabulary = (transform) => {
  const list = [...specials];
  for (const part of fragments(4000, 11)) { const p = transform(part); list.push(p, '##' + p); }
  return Object.fromEntries([...new Set(list)].map((entry, id) => [entry, id]));
};
const template = (before, after, ids) => ({ type: 'TemplateProcessing',
  single: [...before.map((id) => ({ SpecialToken: { id, type_id: 0 } })), { Sequence: { id: 'A', type_id: 0 } }, ...after.map((id) => ({ SpecialToken: { id, type_id: 0 } }))],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: Object.fromEntries([...before, ...after].map((id) => [id, { id, ids: [ids[id]], tokens: [id] }])) });
const wordPiece = (vocab) => ({ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab });

const uncased = bertVocabulary((part) => part.toLowerCase().normalize('NFD').replace(/\p{Mn}/gu, ''));
save('bert-uncased', { ...base, truncation: { direction: 'Right', max_length: 128, strategy: 'LongestFirst', stride: 0 },
  added_tokens: specials.map((s, id) => token(id, s)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: template(['[CLS]'], ['[SEP]'], uncased), decoder: null, model: wordPiece(uncased) });

const cased = bertVocabulary((part) => part);
const size = Object.keys(cased).length;
save('bert-cased', { ...base,
  added_tokens: [...specials.map((s, id) => token(id, s, s === '[MASK]' ? { lstrip: true } : {})), token(size, 'memory', { special: false, normalized: true, single_word: true }),
    token(size + 1, 'Café', { special: false, normalized: true }), token(size + 2, '<tool>', { special: false, rstrip: true }), token(size + 3, '<tool>x', { special: false })],
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: false, lowercase: false },
  pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] }, decoder: null, model: wordPiece(cased) });

save('wordpiece-chain', { ...base,
  added_tokens: specials.map((s, id) => token(id, s)),
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Nmt' }, { type: 'Strip', strip_left: true, strip_right: true }, { type: 'NFKD' }, { type: 'StripAccents' }, { type: 'Lowercase' }, { type: 'Replace', pattern: { Regex: '[0-9]{3,}' }, content: '0' }] },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, { type: 'Digits', individual_digits: true }, { type: 'Punctuation', behavior: 'MergedWithPrevious' }] },
  post_processor: null, decoder: null, model: wordPiece(uncased) });

save('wordlevel-splits', { ...base, added_tokens: [token(1, '[UNK]')], normalizer: { type: 'NFC' },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Split', pattern: { Regex: '\\p{P}+' }, behavior: 'MergedWithNext', invert: false }, { type: 'Digits', individual_digits: false }, { type: 'Split', pattern: { String: '-' }, behavior: 'Contiguous', invert: false }, { type: 'Split', pattern: { Regex: '(?i:[a-k]+?)(?=s)|\\w++' }, behavior: 'Removed', invert: true }] },
  post_processor: null, decoder: null, model: { type: 'WordLevel', unk_token: '[UNK]', vocab: cased } });

const xlm = sentencePiece(path.join(folder, 'uni.model'));
const xlmPieces = [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0], ...xlm.pieces.slice(3)];
const known = new Set(xlmPieces.map(([piece]) => piece));
for (const part of fragments(2500, 12)) for (const piece of [part.normalize('NFKC'), '\u2581' + part.normalize('NFKC')]) if (!known.has(piece)) { known.add(piece); xlmPieces.push([piece, -6 - piece.length * 1.25]); }
xlmPieces.push(['<mask>', 0]);
save('unigram-xlmr', { ...base,
  added_tokens: [token(0, '<s>'), token(1, '<pad>'), token(2, '</s>'), token(3, '<unk>'), token(xlmPieces.length - 1, '<mask>', { lstrip: true })],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: xlm.map }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true }] },
  post_processor: template(['<s>'], ['</s>'], { '<s>': 0, '</s>': 2 }), decoder: null, model: { type: 'Unigram', unk_id: 3, byte_fallback: false, vocab: xlmPieces } });

const t5 = sentencePiece(path.join(folder, 'unicf.model'));
save('unigram-bytes', { ...base, added_tokens: [token(0, '<unk>'), token(2, '</s>')], normalizer: { type: 'Precompiled', precompiled_charsmap: t5.map },
  pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first', split: false }, post_processor: template([], ['</s>'], { '</s>': 2 }), decoder: null,
  model: { type: 'Unigram', unk_id: 0, byte_fallback: true, vocab: t5.pieces } });

// Byte-pair models from the fragments: each fragment is a token, made of the longest token it begins with and the rest where that is one.
function pairs(alphabet, parts) {
  const vocab = new Map(alphabet.map((entry, id) => [entry, id]));
  const merges = [];
  for (const part of parts.sort((a, b) => [...a].length - [...b].length)) {
    const points = [...part];
    for (let cut = points.length - 1; cut > 0 && !vocab.has(part); cut--) {
      const [left, right] = [points.slice(0, cut).join(''), points.slice(cut).join('')];
      if (vocab.has(left) && vocab.has(right)) { vocab.set(part, vocab.size); merges.push([left, right]); }
    }
  }
  return { vocab: Object.fromEntries(vocab), merges };
}
const bytes = (() => { const out = []; let n = 0; for (let b = 0; b < 256; b++) out.push((b >= 33 && b <= 126) || (b >= 0xa1 && b <= 0xac) || b >= 0xae ? String.fromCharCode(b) : String.fromCharCode(256 + n++)); return out; })();
const encode = (part) => [...new TextEncoder().encode(part)].map((b) => bytes[b]).join('');
const roberta = pairs(['<s>', '<pad>', '</s>', '<unk>', ...bytes], fragments(3000, 13).flatMap((part) => { const e = [...encode(part)]; const parts = []; for (let n = 2; n <= e.length && n < 9; n++) parts.push(e.slice(0, n).join(''), '\u0120' + e.slice(0, n - 1).join('')); return parts; }));
const robertaSize = Object.keys(roberta.vocab).length;
save('bpe-roberta', { ...base, added_tokens: [token(0, '<s>', { normalized: true }), token(1, '<pad>', { normalized: true }), token(2, '</s>', { normalized: true }), token(3, '<unk>', { normalized: true }), token(robertaSize, '<mask>', { lstrip: true })],
  normalizer: null, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: true }, decoder: null,
  model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, vocab: roberta.vocab, merges: roberta.merges.map((m) => m.join(' ')) } });

const characters = fragments(3000, 14);
const single = [...new Set(characters.join(''))].slice(0, 700);
const clip = pairs(['<unk>', ...single, ...single.map((c) => c + '</w>')], characters.filter((part) => [...part].length > 1));
for (const part of characters) { const points = [...part]; const [left, right] = [points.slice(0, -1).join(''), points.at(-1) + '</w>']; if (points.length > 1 && left in clip.vocab && right in clip.vocab && !(part + '</w>' in clip.vocab)) { clip.vocab[part + '</w>'] = Object.keys(clip.vocab).length; clip.merges.push([left, right]); } }
save('bpe-suffix', { ...base, added_tokens: [token(0, '<unk>')], normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }] },
  pre_tokenizer: { type: 'Split', pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" }, behavior: 'Removed', invert: true }, post_processor: null, decoder: null,
  model: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '', end_of_word_suffix: '</w>', fuse_unk: true, byte_fallback: false, ignore_merges: false, vocab: clip.vocab, merges: clip.merges } });
