using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Default;

/// <summary>Writes the default model from its npm package as an ordinary model folder. The same package gives the same bytes.</summary>
internal static class DefaultModelConverter
{
    /// <summary>What it writes, with its hashes. LICENSE and the texts for people are not pinned.</summary>
    public static IReadOnlyList<PinnedFile> Pins { get; } =
    [
        new("model.onnx", "f16b0775f3b041c2083d545175defbcfff1e43efd1d14272d53d47172d4cfa7b"),
        new("tokenizer.json", "77af5fa859c59bcd8041f723ed8ddf437639b21a60ccc432662ab1526bda0562"),
        new("tokenizer_config.json", "ad853bde65da5e5ddc268eff3ec88db4a0ea07832f8b5c0a4fa004946d2881c9"),
        new("config.json", "b7a5e2ebb7abe367d4bf6ffce4409872a7eaa9f2cfb4eaee704f05c25bc2262e"),
        new("modules.json", "373d720597c3cb888688baa1fbfc164404249f1c97d481224aa3b7aaf8df3891"),
        new("sentence_bert_config.json", "f4a57ba800604030397b9e6b2ccdb5c3b11e02e6d5e5482648bb4ab41281f5e3"),
        new("config_sentence_transformers.json", "5d77ebc5ce50eac8a04f8ea5ab2a6173be887aa5bbd1e7913d9c9ef38bbd0317"),
    ];

    /// <summary>Number of reserved entries at the front of the vocabulary, which are never found in a text.</summary>
    private const int Reserved = 6;

    /// <summary>Converts.</summary>
    /// <param name="package">Folder of the npm package, already checked.</param>
    /// <param name="target">An empty folder.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    public static void Convert(string package, string target, CancellationToken cancellationToken)
    {
        using (var stream = new FileStream(Path.Combine(target, "model.onnx"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
        {
            UseLiteGraph.Build(TfjsWeights.Read(Path.Combine(package, "dist"))).WriteTo(stream);
            stream.Flush(flushToDisk: true);
        }

        cancellationToken.ThrowIfCancellationRequested();
        WriteTokenizer(Path.Combine(package, DefaultModelPackage.Vocabulary), Path.Combine(target, "tokenizer.json"));
        WriteJson(target, "tokenizer_config.json", static json =>
        {
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            json.WriteNumber("model_max_length", UseLiteGraph.MaxTokens);
            json.WriteString("unk_token", "\uFFFD");
            json.WriteStartObject("sluice");
            json.WriteBoolean("shorter_wins", true);
            json.WriteNumber("unknown_score", 0);
            json.WriteEndObject();
        });
        WriteJson(target, "config.json", static json =>
        {
            json.WriteString("model_type", "use-lite");
            json.WriteString("name_or_path", "use-lite");
            json.WriteNumber("hidden_size", UseLiteGraph.Dimension);
            json.WriteNumber("num_hidden_layers", 2);
            json.WriteNumber("num_attention_heads", 4);
            json.WriteNumber("max_position_embeddings", UseLiteGraph.MaxTokens);
            json.WriteNumber("vocab_size", 8002);
        });
        WriteJson(target, "sentence_bert_config.json", static json => json.WriteNumber("max_seq_length", UseLiteGraph.MaxTokens));
        WriteJson(target, "config_sentence_transformers.json", static json =>
        {
            json.WriteStartObject("prompts");
            json.WriteEndObject();
            json.WriteString("similarity_fn_name", "cosine");
        });
        WriteText(target, "modules.json", """
            [
              {
                "idx": 0,
                "name": "0",
                "path": "",
                "type": "sentence_transformers.models.Transformer"
              }
            ]

            """);
        WriteText(target, "ORIGIN.md", Origin);
        WriteText(target, "LICENSE", File.ReadAllText(Path.Combine(package, DefaultModelPackage.License)));
        foreach (var pin in Pins)
        {
            var hash = DefaultModelPackage.FileHash(Path.Combine(target, pin.Path));
            if (!string.Equals(hash, pin.Sha256, StringComparison.Ordinal))
            {
                throw new ModelException($"{Path.Combine(target, pin.Path)}: the conversion gave {hash} and should give {pin.Sha256}. This is a fault in Sluice or in this machine's arithmetic; please report it.");
            }
        }
    }

    private static void WriteTokenizer(string vocabulary, string file)
    {
        using var source = JsonDocument.Parse(File.ReadAllBytes(vocabulary));
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteSpecialTokens(json, source.RootElement);
            json.WriteStartObject("normalizer");
            json.WriteString("type", "Sequence");
            json.WriteStartArray("normalizers");

            // Line breaks, double spaces and curly apostrophes are unknown to the model and hurt its embeddings badly; the first three steps take them out.
            WriteReplace(json, "String", "\u2019", "'");
            WriteReplace(json, "Regex", "\\s+", " ");
            WriteStep(json, "Strip", static json =>
            {
                json.WriteBoolean("strip_left", true);
                json.WriteBoolean("strip_right", true);
            });
            WriteStep(json, "NFKC", static _ => { });
            WriteStep(json, "Prepend", static json => json.WriteString("prepend", "\u2581"));
            WriteReplace(json, "String", " ", "\u2581");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteNull("pre_tokenizer");
            json.WriteNull("post_processor");
            WriteStep(json, "Metaspace", static json =>
            {
                json.WriteString("replacement", "\u2581");
                json.WriteString("prepend_scheme", "always");
                json.WriteBoolean("split", false);
            }, "decoder");
            WriteModel(json, source.RootElement);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        stream.Flush(flushToDisk: true);
    }

    private static void WriteSpecialTokens(Utf8JsonWriter json, JsonElement vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < Reserved; id++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary[id][0].GetString());
            foreach (var name in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip", "normalized"])
            {
                json.WriteBoolean(name, false);
            }

            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, JsonElement vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", 0);
        json.WriteStartArray("vocab");
        foreach (var entry in vocabulary.EnumerateArray())
        {
            json.WriteStartArray();
            json.WriteStringValue(entry[0].GetString());

            // Seven pieces with a colon have no score; the original takes that for 0.
            json.WriteRawValue(entry[1].ValueKind == JsonValueKind.Number ? entry[1].GetRawText() : "0");
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", false);
        json.WriteEndObject();
    }

    private static void WriteReplace(Utf8JsonWriter json, string kind, string pattern, string content) => WriteStep(json, "Replace", json =>
    {
        json.WriteStartObject("pattern");
        json.WriteString(kind, pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
    });

    private static void WriteStep(Utf8JsonWriter json, string type, Action<Utf8JsonWriter> settings, string? property = null)
    {
        if (property is not null)
        {
            json.WritePropertyName(property);
        }

        json.WriteStartObject();
        json.WriteString("type", type);
        settings(json);
        json.WriteEndObject();
    }

    private static void WriteJson(string folder, string name, Action<Utf8JsonWriter> content)
    {
        using var buffer = new MemoryStream();
        using (var json = Writer(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        WriteText(folder, name, Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n");
    }

    // New lines are those of the platform by default, which would change the hashes.
    private static Utf8JsonWriter Writer(Stream stream) => new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });

    private static void WriteText(string folder, string name, string content)
    {
        using var stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(Encoding.UTF8.GetBytes(content.ReplaceLineEndings("\n")));
        stream.Flush(flushToDisk: true);
    }

    private const string Origin = $"""
        # Universal Sentence Encoder Lite

        Origin: the npm package `{DefaultModelPackage.Name}` {DefaultModelPackage.Version}, which redistributes Google's Universal Sentence Encoder Lite
        (TF-Hub) for TensorFlow.js. Licence: Apache-2.0, see LICENSE.

        Integrity of the package: `{DefaultModelPackage.Integrity}`

        What was done: the TensorFlow.js graph was rewritten as ONNX (opset 17, 32-bit floats, standard operators); weights are unchanged apart from constants
        that were folded in (the embedding is doubled, the query is scaled). The vocabulary was put into the layout of the tokenizers library, with a step in
        front that collapses white space and straightens apostrophes.

        What it is good for: English, up to 128 tokens (about 85 words), best below about 60. Weak on negation, word order, all capitals and other languages.

        """;
}
