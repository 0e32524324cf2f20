using System.Text;
using System.Text.Json;

namespace Sluice.Actors.Parsing.Json;

/// <summary>
/// Follows the tokens of a record and gathers its scalars as pairs of path and value: <c>author.name</c>, <c>Ada</c>. Values that follow each other in an array are
/// joined. Not safe for concurrent use.
/// </summary>
internal sealed class JsonPairs
{
    private const int BinaryLength = 1024;

    private readonly List<(bool IsArray, int PathLength)> _containers = [];
    private readonly StringBuilder _path = new();

    /// <summary>The pairs gathered.</summary>
    public List<(string Path, string Value)> Pairs { get; } = [];

    /// <summary>Characters gathered.</summary>
    public int Length { get; private set; }

    /// <summary>Containers open.</summary>
    public int Depth => _containers.Count;

    /// <summary>Whether the record is an object, rather than an array or a scalar.</summary>
    public bool IsObject { get; private set; }

    /// <summary>Where the next scalar stands.</summary>
    public string Path => _path.ToString();

    /// <summary>Forgets the pairs; the place in the record stays.</summary>
    public void Clear()
    {
        Pairs.Clear();
        Length = 0;
    }

    /// <summary>Takes a token; true when the record ends with it.</summary>
    public bool Add(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                IsObject = _containers.Count == 0 ? reader.TokenType == JsonTokenType.StartObject : IsObject;
                _containers.Add((reader.TokenType == JsonTokenType.StartArray, _path.Length));
                return false;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _containers.RemoveAt(_containers.Count - 1);
                EndValue();
                return _containers.Count == 0;
            case JsonTokenType.PropertyName:
                Name(JsonText.Of(ref reader));
                return false;
            default:
                IsObject &= _containers.Count > 0;
                Scalar(Text(ref reader));
                return _containers.Count == 0;
        }
    }

    /// <summary>Takes a name: what follows is its value.</summary>
    public void Name(string name)
    {
        _path.Append(_path.Length > 0 ? "." : string.Empty).Append(name.Length <= 200 ? name : name[..200]);
    }

    /// <summary>Takes a value.</summary>
    public void Scalar(string value)
    {
        if (value.Length > 0)
        {
            var path = _path.ToString();
            if (_containers.Count > 0 && _containers[^1].IsArray && Pairs.Count > 0 && value.Length <= 200 && Pairs[^1] is var last
                && last.Value.Length <= 2000 && string.Equals(last.Path, path, StringComparison.Ordinal))
            {
                Pairs[^1] = (path, $"{last.Value}, {value}");
            }
            else
            {
                Pairs.Add((path, value));
                Length += path.Length;
            }

            Length += value.Length + 4;
        }

        EndValue();
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                var text = JsonText.Of(ref reader);
                return IsEncodedBinary(text) ? $"[{text.Length:N0} characters of encoded data]" : text;
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            case JsonTokenType.Number:
                return Encoding.ASCII.GetString(reader.ValueSpan);
            default:
                return string.Empty;
        }
    }

    /// <summary>Images and the like in base64: long, and nothing but letters, digits and two signs.</summary>
    private static bool IsEncodedBinary(string text) =>
        text.Length >= BinaryLength && text.AsSpan(0, BinaryLength).IndexOfAnyExcept(_base64) < 0;

    private static readonly System.Buffers.SearchValues<char> _base64 =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n");

    private void EndValue()
    {
        // Back to the path of the container that the value stood in.
        _path.Length = _containers.Count == 0 ? 0 : _containers[^1].PathLength;
    }
}
