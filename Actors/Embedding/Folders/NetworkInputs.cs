using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>The inputs of a network, checked.</summary>
internal static class NetworkInputs
{
    private static readonly string[] s_known = ["input_ids", "attention_mask", "token_type_ids", "position_ids"];

    /// <summary>Checks them.</summary>
    /// <param name="network">Path of the network.</param>
    /// <param name="header">What it says of itself.</param>
    /// <param name="allowed">An input that is seen to elsewhere; null for none.</param>
    /// <returns>Their names.</returns>
    /// <exception cref="ModelException">There is one that cannot be given, or one is missing.</exception>
    public static IReadOnlyList<string> Check(string network, OnnxModelHeader header, string? allowed = null)
    {
        var names = new List<string>();
        foreach (var input in header.Inputs)
        {
            if (input.Name == allowed)
            {
                names.Add(input.Name);
                continue;
            }

            if (!s_known.Contains(input.Name, StringComparer.Ordinal))
            {
                throw new ModelException($"{network}: it wants the input '{input.Name}', which Sluice does not know; it gives {string.Join(", ", s_known)}. Is this a text embedding model?");
            }

            if (input.ElementType != OnnxGraphBuilder.Int64)
            {
                throw new ModelException($"{network}: the input '{input.Name}' is not of 64-bit integers. Export the model again with the usual input types.");
            }

            if (input.Shape is { } shape && (shape.Count != 2 || shape.Any(static extent => extent > 0)))
            {
                throw new ModelException($"{network}: the input '{input.Name}' is {string.Join(" x ", shape.Select(static extent => extent > 0 ? $"exactly {extent}" : "any"))}; texts x tokens, each of any number, is needed. Export the model again with dynamic axes for both.");
            }

            names.Add(input.Name);
        }

        return names.Contains(s_known[0])
            ? names
            : throw new ModelException($"{network}: it has no input 'input_ids', so it is not a text embedding model.");
    }
}
