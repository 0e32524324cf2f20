// Random texts that are hard on tokenizers. The same seed gives the same texts.

export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)] };
}

const words = ('the of and to in is was for on that with as it be by are this from at or an have not which one all were when there can more if out so said what up its about ' +
  'memory database tokenizer document embedding Streaming partition acknowledgement don\'t we\'ll I\'m you\'ve they\'re HE\'S IT\'LL naïve café Zürich Straße résumé ﬁne oﬀice ' +
  'Ελλάδα λόγος ΣΟΦΟΣ Привет мир Ёлка їжак שלום שָׁלוֹם مرحبا بالعالم كِتَاب สวัสดีชาวโลก ภาษาไทย नमस्ते दुनिया ক্ষমতা தமிழ் 日本語 東京都 カタカナ ひらがな ﾊﾝｶｸ 中文字符 你好世界 한국어 안녕하세요 각 ' +
  'İstanbul ısı DŽ ǅ ſhort Kelvin Ångström ① ② ⅷ ½ ² 10³ 3.14159 1,234,567 2024-01-31 0xDEADBEEF user@example.org https://example.org/a?b=c&d=%20#e').split(' ');
const code = ['if (a[i] != b[j++]) { return -1; }', '\tfor x in range(10):\n\t\tprint(f"{x:>5}")\n', '<div class="a">&amp;</div>', 'SELECT * FROM t WHERE a=\'b\';', '#include <stdio.h>\r\n', 'λx.x→y', '/* ** */ // ---', '{"a":[1,2,{"b":null}]}', '~~~~~~~~', '==========', '....', '$$\\frac{a}{b}$$'];
const spaces = [' ', '  ', '   ', '\t', '\n', '\r\n', '\n\n', '\r', '\u00a0', '\u2003', '\u200b', '\u3000', '\u0085', '\u2028', '\u1680', '\u202f', '\v', '\f', ' \n', '\n ', ' \u00a0 '];
const odd = ['\u0000', '\u0001', '\u001f', '\u007f', '\u009f', '\u00ad', '\u200d', '\u200c', '\u200e', '\u202e', '\ufeff', '\ufffd', '\ufffe', '\uffff', '\ue000', '\u{f0000}', '\u{10ffff}', '\u{1fffe}', '\u0300', '\u0301\u0323', '\u0323\u0301', 'a\u0328\u0301', '\u0e33', '\u0344', '\u0958', '\u1e9b\u0323', '\u212b', '\ufb03', '\ufdfa', '\u3300', '\u0149', '\u01c4', '\u1100\u1161\u11a8', '\uac00\u11a8', '\u2581', '\u2581\u2581', '##ing', '<0x41>', '\u{1d400}\u{1d7d8}', '\u{20000}', '\u{2f800}', '\u{1f1e9}\u{1f1ea}', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f44d}\u{1f3fd}', '\u2764\ufe0f', '\u{1f600}', '\u{e0041}', '\u0897', '\u{16d68}', '\u{105c9}'];
const lone = ['\ud800', '\udc00', 'a\ud83db', '\ude00\ud83d'];

export function text(r, tokens) {
  const parts = [];
  const count = r.below(4) === 0 ? r.below(60) : r.below(14);
  for (let i = 0; i < count; i++) {
    const kind = r.below(20);
    if (kind < 8) parts.push(r.pick(words));
    else if (kind < 9) parts.push(r.pick(words).toUpperCase());
    else if (kind < 10) parts.push(r.pick(words).slice(0, 1 + r.below(4)) + r.pick(words));
    else if (kind < 11) parts.push(r.pick(code));
    else if (kind < 13) parts.push(r.pick(odd));
    else if (kind < 14) parts.push(r.pick(tokens));
    else if (kind < 15) parts.push(String.fromCodePoint(codePoint(r)));
    else if (kind < 16) for (let n = r.below(8); n > 0; n--) parts.push(String.fromCodePoint(codePoint(r)));
    else if (kind < 17) parts.push(r.pick('!?.,;:\'"-_()[]{}<>/\\|@#$%^&*+=~`…–—“”‘’«»¿¡。、！？').repeat(1 + r.below(r.below(8) === 0 ? 40 : 4)));
    else if (kind < 18) parts.push(String(r.below(10 ** (1 + r.below(12)))));
    else if (kind < 19) parts.push(String.fromCharCode(...Array.from({ length: 1 + r.below(12) }, () => r.below(256))));
    else if (r.below(12) === 0) parts.push(r.pick(lone));
    else if (r.below(12) === 0) parts.push(r.pick([r.pick(words), r.pick(odd), 'ab', 'a']).repeat(1 + r.below(120)));
    else parts.push(r.pick(spaces));
    if (r.below(10) < 6) parts.push(' ');
    else if (r.below(6) === 0) parts.push(r.pick(spaces));
  }
  return parts.join('');
}

function codePoint(r) {
  for (;;) {
    const kind = r.below(10);
    const value = kind < 4 ? r.below(0x3000) : kind < 7 ? r.below(0x10000) : kind < 9 ? 0x10000 + r.below(0x10000) : r.below(0x110000);
    if (value < 0xd800 || value > 0xdfff) return value;
  }
}
