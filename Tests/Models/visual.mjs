// What transformers.js makes of texts and images with a folder of a CLIP model: node visual.mjs FOLDER REQUEST.json OUT.json
// REQUEST.json: { "texts": [...], "images": [{ "width": 32, "height": 32, "pixels": "base64 of red, green, blue ..." }] }
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AutoProcessor, AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection, RawImage, env } from '@huggingface/transformers';

const [folder, input, output] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const name = basename(folder);
const request = JSON.parse(readFileSync(input, 'utf8'));
const tokenizer = await AutoTokenizer.from_pretrained(name);
const processor = await AutoProcessor.from_pretrained(name);
const texts = await CLIPTextModelWithProjection.from_pretrained(name, { dtype: 'fp32' });
const images = await CLIPVisionModelWithProjection.from_pretrained(name, { dtype: 'fp32' });
const answer = { texts: [], images: [] };
for (const text of request.texts) {
  const encoded = tokenizer([text], { padding: true, truncation: true });
  const { text_embeds } = await texts(encoded);
  answer.texts.push({ ids: Array.from(encoded.input_ids.data, Number), embedding: Array.from(text_embeds.data) });
}

for (const { width, height, pixels } of request.images) {
  const image = new RawImage(new Uint8ClampedArray(Buffer.from(pixels, 'base64')), width, height, 3);
  const { pixel_values } = await processor(image);
  const { image_embeds } = await images({ pixel_values });
  answer.images.push({ embedding: Array.from(image_embeds.data) });
}

writeFileSync(output, JSON.stringify(answer));
