using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>
/// The exports of a model folder. Beside <c>model.onnx</c> there may be <c>model_fp16.onnx</c>, <c>model_int8.onnx</c>, <c>model_quantized.onnx</c> and so on, in the
/// folder itself or in <c>onnx/</c>; what stands behind <c>model_</c> is the variant's name.
/// </summary>
internal static class NetworkFiles
{
    private const string Plain = "fp32";
    private const string Stem = "model";

    /// <summary>Names that the file of a variant may have beside its own.</summary>
    private static readonly (string Variant, string Start)[] s_aliases = [("int8", "quantized"), ("q8", "quantized"), ("int8", "qint8"), ("uint8", "quint8"), ("fp16", "float16")];

    /// <summary>Chooses an export.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <param name="variant">Which; empty for <c>model.onnx</c>, else the only one there is.</param>
    /// <param name="stem">What the files' names begin with.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ModelException">There is none, or not that one.</exception>
    public static string Choose(string folder, string variant, string stem = Stem)
    {
        var exports = Find(folder, stem);
        if (exports.Count == 0)
        {
            throw new ModelException($"{folder}: there is no {stem}.onnx and no onnx/{stem}.onnx. Export the model to ONNX, or download the ONNX files with it.");
        }

        var names = string.Join(", ", exports.Select(static export => export.Variant));
        if (variant.Length == 0)
        {
            return exports.FirstOrDefault(static export => export.Variant == Plain).Path
                ?? (exports.Count == 1 ? exports[0].Path : throw new ModelException($"{folder}: there is no {stem}.onnx, and several other exports. Choose one with --variant (sluice.embedding.variant): {names}."));
        }

        return exports.FirstOrDefault(export => export.Variant.Equals(variant, StringComparison.OrdinalIgnoreCase)).Path
            ?? s_aliases.Where(alias => alias.Variant.Equals(variant, StringComparison.OrdinalIgnoreCase))
                .Select(alias => exports.FirstOrDefault(export => export.Variant.StartsWith(alias.Start, StringComparison.OrdinalIgnoreCase)).Path)
                .FirstOrDefault(static path => path is not null)
            ?? throw new ModelException($"{folder}: there is no variant '{variant}' of the {stem}; there is {names}.");
    }

    /// <summary>The exports by variant.</summary>
    public static IReadOnlyList<(string Variant, string Path)> Find(string folder, string stem = Stem)
    {
        var exports = new List<(string Variant, string Path)>();
        foreach (var place in new[] { folder, Path.Combine(folder, "onnx") }.Where(Directory.Exists))
        {
            foreach (var path in Directory.EnumerateFiles(place, "*.onnx").Order(StringComparer.Ordinal))
            {
                var name = Path.GetFileNameWithoutExtension(path);
                var variant = name == stem ? Plain : name.StartsWith(stem + "_", StringComparison.Ordinal) ? name[(stem.Length + 1)..] : null;
                if (variant is not null && !exports.Exists(export => export.Variant == variant))
                {
                    exports.Add((variant, path));
                }
            }
        }

        return exports;
    }

    /// <summary>Checks that the files that hold a network's weights are there and long enough.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="ModelException">One is missing, too short, or lies outside the folder.</exception>
    public static IReadOnlyList<string> CheckExternal(string network, OnnxModelHeader header)
    {
        var folder = Path.GetDirectoryName(network)!;
        var paths = new List<string>();
        foreach (var file in header.ExternalFiles)
        {
            var path = Path.GetFullPath(Path.Combine(folder, file.Location));
            if (Path.IsPathRooted(file.Location) || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new ModelException($"{network}: it wants weights from '{file.Location}', outside its folder. It is not a model to trust.");
            }

            var length = File.Exists(path) ? new FileInfo(path).Length : throw new ModelException($"{network}: its weights lie in {file.Location}, which is missing beside it. Download that file as well.");
            if (length < file.Bytes)
            {
                throw new ModelException($"{path}: it has {length} bytes; {Path.GetFileName(network)} wants at least {file.Bytes}. Download it again.");
            }

            paths.Add(path);
        }

        return paths;
    }
}
