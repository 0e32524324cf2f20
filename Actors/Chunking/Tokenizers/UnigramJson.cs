using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>Reads a unigram model of <c>tokenizer.json</c>. Whatever it does not understand and would change the ids is an error that names it.</summary>
internal static class UnigramJson
{
    public static UnigramTokenizer Read(JsonElement root, JsonElement? config, string file, string fingerprint)
    {
        var model = root.GetProperty("model");
        if (model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True)
        {
            throw Unsupported(file, "model.byte_fallback = true");
        }

        var special = SpecialIds(root, file);
        var list = model.GetProperty("vocab");
        var pieces = new string[list.GetArrayLength()];
        var scores = new double[pieces.Length];
        var index = 0;
        foreach (var entry in list.EnumerateArray())
        {
            pieces[index] = entry[0].GetString()!;
            scores[index++] = entry[1].GetDouble();
        }

        if (pieces.Length == 0)
        {
            throw new ModelException($"{file}: the vocabulary is empty. Download it again.");
        }

        var settings = ReadNormalizer(root, file, new UnigramSettings { UnknownId = UnknownId(model, pieces.Length, file) });
        settings = ReadPreTokenizer(root, file, settings);
        settings = ReadTemplate(root, file, settings);
        settings = ReadOwn(config, settings);
        return new UnigramTokenizer(new UnigramVocabulary(pieces, scores, id => !special.Contains(id)), settings, fingerprint);
    }

    private static int UnknownId(JsonElement model, int count, string file)
    {
        if (!model.TryGetProperty("unk_id", out var id) || id.ValueKind != JsonValueKind.Number || id.GetInt32() < 0 || id.GetInt32() >= count)
        {
            throw new ModelException($"{file}: 'model.unk_id' must name an entry of the vocabulary, between 0 and {count - 1}. Without it unknown characters have no id.");
        }

        return id.GetInt32();
    }

    private static HashSet<int> SpecialIds(JsonElement root, string file)
    {
        var ids = new HashSet<int>();
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (var token in added.EnumerateArray())
            {
                if (!token.TryGetProperty("special", out var isSpecial) || isSpecial.ValueKind != JsonValueKind.True)
                {
                    throw Unsupported(file, $"the added token '{token.GetProperty("content").GetString()}' that is not special");
                }

                // Text of a document is never taken for a special token, so these are not looked for.
                ids.Add(token.GetProperty("id").GetInt32());
            }
        }

        return ids;
    }

    private static UnigramSettings ReadNormalizer(JsonElement root, string file, UnigramSettings settings)
    {
        if (!root.TryGetProperty("normalizer", out var normalizer) || normalizer.ValueKind == JsonValueKind.Null)
        {
            return settings;
        }

        var steps = new List<JsonElement>();
        Flatten(normalizer, "normalizers", steps);
        var collapses = false;
        var strips = false;
        foreach (var step in steps)
        {
            var type = step.GetProperty("type").GetString();
            switch (type)
            {
                case "NFKC" when settings.Prepend is null && settings.SpaceReplacement == ' ':
                    settings = settings with { Compose = true };
                    break;
                case "Strip" when collapses && !settings.Compose && step.GetProperty("strip_left").GetBoolean() && step.GetProperty("strip_right").GetBoolean():
                    strips = true;
                    break;
                case "Prepend" when settings.Prepend is null && step.GetProperty("prepend").GetString() is { Length: 1 } prepend:
                    settings = settings with { Prepend = prepend[0] };
                    break;
                case "Replace" when !settings.Compose && IsReplace(step, "Regex", "\\s+", " "):
                    collapses = true;
                    break;
                case "Replace" when !settings.Compose && IsReplace(step, "String", "\u2019", "'"):
                    settings = settings with { StraightenApostrophes = true };
                    break;
                case "Replace" when step.GetProperty("pattern").TryGetProperty("String", out var from) && from.ValueEquals(" ") && step.GetProperty("content").GetString() is { Length: 1 } to:
                    settings = settings with { SpaceReplacement = to[0] };
                    break;
                default:
                    throw Unsupported(file, $"the normalizer {step.GetRawText()[..Math.Min(200, step.GetRawText().Length)]} at its place");
            }
        }

        return collapses == strips
            ? settings with { CollapseWhiteSpace = collapses }
            : throw Unsupported(file, "collapsing white space (Replace of '\\s+') without stripping it (Strip)");
    }

    private static bool IsReplace(JsonElement step, string kind, string pattern, string content)
        => step.GetProperty("pattern").TryGetProperty(kind, out var value) && value.ValueEquals(pattern) && step.GetProperty("content").ValueEquals(content);

    private static void Flatten(JsonElement element, string list, List<JsonElement> steps)
    {
        if (element.GetProperty("type").ValueEquals("Sequence"))
        {
            foreach (var step in element.GetProperty(list).EnumerateArray())
            {
                Flatten(step, list, steps);
            }
        }
        else
        {
            steps.Add(element);
        }
    }

    private static UnigramSettings ReadPreTokenizer(JsonElement root, string file, UnigramSettings settings)
    {
        if (!root.TryGetProperty("pre_tokenizer", out var preTokenizer) || preTokenizer.ValueKind == JsonValueKind.Null)
        {
            return settings;
        }

        var steps = new List<JsonElement>();
        Flatten(preTokenizer, "pretokenizers", steps);
        foreach (var step in steps)
        {
            var type = step.GetProperty("type").GetString();
            if (!string.Equals(type, "Metaspace", StringComparison.Ordinal) || settings.SpaceReplacement != ' ')
            {
                throw Unsupported(file, $"the pre-tokenizer {type}");
            }

            if (step.GetProperty("replacement").GetString() is not { Length: 1 } replacement)
            {
                throw Unsupported(file, "a Metaspace replacement of more than one character");
            }

            settings = settings with { SpaceReplacement = replacement[0] };
            if (Prepends(step))
            {
                settings = settings with { Prepend = replacement[0], PrependOnce = true };
            }
        }

        return settings;
    }

    private static bool Prepends(JsonElement metaspace) => metaspace.TryGetProperty("prepend_scheme", out var scheme)
        ? !scheme.ValueEquals("never")
        : !metaspace.TryGetProperty("add_prefix_space", out var add) || add.GetBoolean();

    private static UnigramSettings ReadTemplate(JsonElement root, string file, UnigramSettings settings)
    {
        if (!root.TryGetProperty("post_processor", out var processor) || processor.ValueKind == JsonValueKind.Null)
        {
            return settings;
        }

        var type = processor.GetProperty("type").GetString();
        if (!string.Equals(type, "TemplateProcessing", StringComparison.Ordinal))
        {
            throw Unsupported(file, $"the post-processor {type}");
        }

        var before = new List<int>();
        var after = new List<int>();
        var target = before;
        foreach (var part in processor.GetProperty("single").EnumerateArray())
        {
            if (part.TryGetProperty("Sequence", out _))
            {
                target = after;
                continue;
            }

            var token = part.GetProperty("SpecialToken").GetProperty("id").GetString()!;
            foreach (var id in processor.GetProperty("special_tokens").GetProperty(token).GetProperty("ids").EnumerateArray())
            {
                target.Add(id.GetInt32());
            }
        }

        return settings with { Before = [.. before], After = [.. after] };
    }

    /// <summary>What the format has no place for stands below "sluice" of <c>tokenizer_config.json</c>.</summary>
    private static UnigramSettings ReadOwn(JsonElement? config, UnigramSettings settings)
    {
        if (config is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("sluice", out var own))
        {
            return settings;
        }

        return settings with
        {
            ShorterWins = own.TryGetProperty("shorter_wins", out var ties) && ties.GetBoolean(),
            UnknownScore = own.TryGetProperty("unknown_score", out var score) ? score.GetDouble() : null,
        };
    }

    private static ModelException Unsupported(string file, string what)
        => new($"{file}: it asks for {what}, which Sluice does not support. Its ids would differ from those the model was trained with, so the model is not used.");
}
