using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>
/// The weights of a linear layer, from a file in the safetensors format: eight bytes with the length of a JSON header (little endian), the header with type, shape and
/// place of each tensor, the tensors. See https://github.com/huggingface/safetensors.
/// </summary>
internal static class DenseWeights
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "model.safetensors";

    private const int LongestHeader = 1 << 20;

    /// <summary>Reads weights (outputs x inputs, row by row) and what is added (empty when nothing is).</summary>
    /// <exception cref="ModelException">The file is missing, or is not what the layer's settings say.</exception>
    public static (float[] Weights, float[] Bias) Read(DenseModule module)
    {
        var file = Path.Combine(module.Folder, FileName);
        if (!File.Exists(file))
        {
            throw new ModelException(File.Exists(Path.Combine(module.Folder, "pytorch_model.bin"))
                ? $"{module.Folder}: its weights are in pytorch_model.bin, which Sluice does not read. Save the model again in the safetensors format (save_pretrained, safe_serialization=True)."
                : $"{file}: it is missing. Download the folder again, with its subfolders.");
        }

        try
        {
            var content = File.ReadAllBytes(file);
            var length = content.Length < 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(content);
            if (length is 0 or > LongestHeader || (long)length + 8 > content.Length)
            {
                throw new InvalidDataException("it ends too early");
            }

            using var header = JsonDocument.Parse(content.AsMemory(8, (int)length));
            var data = content.AsMemory(8 + (int)length);
            return (
                Tensor(header.RootElement, data, "linear.weight", module.Outputs, module.Inputs),
                module.HasBias ? Tensor(header.RootElement, data, "linear.bias", module.Outputs) : []);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new ModelException($"{file}: it is not a complete safetensors file with the layer's weights ({e.Message}). Download it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }
    }

    private static float[] Tensor(JsonElement header, ReadOnlyMemory<byte> data, string name, params ReadOnlySpan<int> shape)
    {
        if (!header.TryGetProperty(name, out var tensor))
        {
            throw new InvalidDataException($"'{name}' is missing");
        }

        var actual = tensor.GetProperty("shape").EnumerateArray().Select(static extent => extent.GetInt32()).ToArray();
        if (!shape.SequenceEqual(actual))
        {
            throw new InvalidDataException($"'{name}' is {string.Join(" x ", actual)}, and config.json says {string.Join(" x ", shape.ToArray())}");
        }

        var from = tensor.GetProperty("data_offsets")[0].GetInt32();
        var to = tensor.GetProperty("data_offsets")[1].GetInt32();
        var bytes = data.Span[from..to];
        var values = new float[shape.Length == 2 ? shape[0] * shape[1] : shape[0]];
        var type = tensor.GetProperty("dtype").GetString();
        var size = type == "F32" ? 4 : 2;
        if (bytes.Length != values.Length * size)
        {
            throw new InvalidDataException($"'{name}' has {bytes.Length} bytes instead of {values.Length * size}");
        }

        switch (type)
        {
            case "F32":
                bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case "F16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case "BF16":
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                }

                break;
            default:
                throw new InvalidDataException($"'{name}' is of type {type}; F32, F16 and BF16 can be read");
        }

        return values;
    }
}
