using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>The content of a <c>tokenizer.json</c>. The vocabulary and the merges, which are most of it, are read in one pass without a tree.</summary>
internal sealed class TokenizerDocument
{
    private readonly Dictionary<string, JsonElement> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _model = new(StringComparer.Ordinal);
    private readonly string _file;

    private TokenizerDocument(string file) => _file = file;

    /// <summary>Tokens and ids, of a model that has them so; of equal ones the last counts.</summary>
    public Dictionary<string, int> Vocabulary { get; } = new(StringComparer.Ordinal);

    /// <summary>Scores by id, of a model that has them.</summary>
    public List<double> Scores { get; } = [];

    /// <summary>Pairs that are merged, in order.</summary>
    public List<(string Left, string Right)> Merges { get; } = [];

    /// <summary>Whether the vocabulary is a list with scores.</summary>
    public bool HasScores { get; private set; }

    /// <summary>Reads a file's content.</summary>
    /// <exception cref="ModelException">It is broken.</exception>
    public static TokenizerDocument Read(ReadOnlySpan<byte> content, string file)
    {
        var document = new TokenizerDocument(file);
        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        var reader = new Utf8JsonReader(content);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (name == "model" && reader.TokenType == JsonTokenType.StartObject)
                {
                    document.ReadModel(ref reader);
                }
                else
                {
                    document._parts[name] = JsonElement.ParseValue(ref reader);
                }
            }
        }

        reader.Skip();
        while (reader.Read())
        {
        }

        return document;
    }

    /// <summary>A part besides the model; not set when there is none.</summary>
    public JsonPart Part(string name) => new(_parts.GetValueOrDefault(name), _file, name);

    /// <summary>A part that says something and is not among those given; null when there is none.</summary>
    public string? UnknownPart(string[] known)
        => _parts.FirstOrDefault(part => !known.Contains(part.Key, StringComparer.Ordinal) && part.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)).Key;

    /// <summary>A setting of the model; not set when there is none.</summary>
    public JsonPart Model(string name) => new(_model.GetValueOrDefault(name), _file, $"model.{name}");

    /// <summary>Refuses settings of the model that are not known and say something.</summary>
    public void ExpectModel(string type, params ReadOnlySpan<string> names)
    {
        foreach (var (name, value) in _model)
        {
            if (!names.Contains(name) && name != "type" && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw Model(name).Refuse($"the setting '{name}' of {type}");
            }
        }
    }

    private void ReadModel(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "vocab" when reader.TokenType == JsonTokenType.StartObject:
                    ReadIds(ref reader);
                    break;
                case "vocab" when reader.TokenType == JsonTokenType.StartArray:
                    ReadScores(ref reader);
                    break;
                case "merges" when reader.TokenType == JsonTokenType.StartArray:
                    ReadMerges(ref reader);
                    break;
                default:
                    _model[name] = JsonElement.ParseValue(ref reader);
                    break;
            }
        }
    }

    private void ReadIds(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var token = reader.GetString()!;
            reader.Read();
            Vocabulary[token] = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var id) && id >= 0
                ? id
                : throw Model("vocab").Broken($"whole numbers from 0 on by token, which the id of '{token}' is not");
        }
    }

    private void ReadScores(ref Utf8JsonReader reader)
    {
        HasScores = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var token = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Model("vocab").Broken("pairs of a token and its score");
            reader.Read();
            Scores.Add(reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : throw Model("vocab").Broken("pairs of a token and its score"));
            Vocabulary[token] = Scores.Count - 1;
            reader.Read();
            if (reader.TokenType != JsonTokenType.EndArray)
            {
                throw Model("vocab").Broken("pairs of a token and its score");
            }
        }
    }

    private void ReadMerges(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                var merge = reader.GetString()!;
                var space = merge.IndexOf(' ', StringComparison.Ordinal);
                if (space < 0 || merge.IndexOf(' ', space + 1) >= 0)
                {
                    throw Model("merges").Broken($"pairs of tokens, which '{merge}' is not");
                }

                Merges.Add((merge[..space], merge[(space + 1)..]));
                continue;
            }

            if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                throw Model("merges").Broken("pairs of tokens");
            }

            var left = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                throw Model("merges").Broken("pairs of tokens");
            }

            Merges.Add((left, reader.GetString()!));
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            {
                throw Model("merges").Broken("pairs of tokens");
            }
        }
    }
}
