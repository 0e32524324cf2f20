using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>A part of a tokenizer's file, which knows where it stands.</summary>
/// <param name="Value">The part.</param>
/// <param name="File">The file, for errors.</param>
/// <param name="Path">Where in it, for errors.</param>
internal readonly record struct JsonPart(JsonElement Value, string File, string Path)
{
    /// <summary>Whether there is something.</summary>
    public bool IsSet => Value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>The property <c>type</c>.</summary>
    public string Type => this["type"].Text;

    /// <summary>The text.</summary>
    public string Text => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Broken("a string");

    /// <summary>The number.</summary>
    public int Integer => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) && number >= 0 ? number : throw Broken("a whole number from 0 on");

    /// <summary>The yes or no.</summary>
    public bool Flag => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Broken("true or false"),
    };

    /// <summary>The entries of the list.</summary>
    public IEnumerable<JsonPart> Items
    {
        get
        {
            if (Value.ValueKind != JsonValueKind.Array)
            {
                throw Broken("a list");
            }

            var (value, file, path) = this;
            return value.EnumerateArray().Select((item, index) => new JsonPart(item, file, $"{path}[{index}]"));
        }
    }

    /// <summary>A property; not set when there is none.</summary>
    public JsonPart this[string name]
    {
        get
        {
            var value = Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out var found) ? found : default;
            return new JsonPart(value, File, Path.Length == 0 ? name : $"{Path}.{name}");
        }
    }

    /// <summary>The yes or no, or what is usual when there is none.</summary>
    public bool FlagOr(bool usual) => IsSet ? Flag : usual;

    /// <summary>The text, or what is usual when there is none.</summary>
    public string TextOr(string usual) => IsSet ? Text : usual;

    /// <summary>Refuses properties that are not known and say something.</summary>
    /// <param name="names">Those that are known, besides <c>type</c>.</param>
    public void Expect(params ReadOnlySpan<string> names)
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw Broken("an object");
        }

        foreach (var property in Value.EnumerateObject())
        {
            if (!names.Contains(property.Name) && property.Name != "type" && property.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw this[property.Name].Refuse($"the setting '{property.Name}' of {(this["type"].IsSet ? Type : "it")}");
            }
        }
    }

    /// <summary>The error for something that is not supported.</summary>
    public ModelException Refuse(string what)
        => new($"{File}: it asks for {what} (at '{Path}'), which Sluice does not support. Its ids would differ from those the model was trained with, so the model is not used.");

    /// <summary>The error for something that is not as it must be.</summary>
    public ModelException Broken(string expected)
        => new($"{File}: it is not laid out as the tokenizers library writes it: '{Path}' is to be {expected}. Download it again.");
}
