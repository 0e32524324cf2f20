using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.TestKit.Models;

/// <summary>Writes linear layers in the safetensors format.</summary>
public static class SafeTensors
{
    /// <summary>A layer's folder: its settings and its weights (outputs x inputs).</summary>
    public static void WriteLayer(string folder, float[] weights, int inputs, float[]? bias = null, string activation = "torch.nn.modules.linear.Identity", string type = "F32")
    {
        var outputs = weights.Length / inputs;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{"in_features":{{inputs}},"out_features":{{outputs}},"bias":{{(bias is null ? "false" : "true")}},"activation_function":"{{activation}}"}""");
        var data = Bytes(weights, type);
        var end = data.Length;
        var entries = $$""" "linear.weight":{"dtype":"{{type}}","shape":[{{outputs}},{{inputs}}],"data_offsets":[0,{{end}}]}""";
        if (bias is not null)
        {
            data = [.. data, .. Bytes(bias, type)];
            entries += $$""","linear.bias":{"dtype":"{{type}}","shape":[{{outputs}}],"data_offsets":[{{end}},{{data.Length}}]}""";
        }

        var header = Encoding.UTF8.GetBytes($$"""{"__metadata__":{"format":"pt"},{{entries}}}""");
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. data]);
    }

    private static byte[] Bytes(float[] values, string type) => type switch
    {
        "F16" => MemoryMarshal.AsBytes(Array.ConvertAll(values, static value => (Half)value).AsSpan()).ToArray(),
        "BF16" => [.. values.SelectMany(static value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))],
        _ => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
    };
}
