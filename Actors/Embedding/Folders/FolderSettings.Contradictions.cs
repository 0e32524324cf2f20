using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Failures;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Folders;

/// <content>What the files of one model cannot say at once: they are of different models, or damaged.</content>
internal sealed partial class FolderSettings
{
    /// <summary>Architectures that look positions up in a table: a text longer than it cannot be computed. Others compute positions, or scale them to longer texts.</summary>
    private static readonly string[] s_tabled = ["bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert", "electra", "albert"];

    private bool _hasPositionTable;

    /// <summary>Checks the length that sentence-transformers was told against the positions of the network.</summary>
    /// <param name="sequence">max_seq_length; null where no file says.</param>
    /// <param name="positions">Tokens that have a position; null where no file says.</param>
    /// <returns>The length to use; null where no file says.</returns>
    /// <exception cref="ModelException">They contradict each other, or the length is none.</exception>
    private int? RequireConsistent(int? sequence, int? positions)
    {
        var file = Path.Combine(_folder, TransformerFile);
        if (sequence <= 0)
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"{file}: max_seq_length = {sequence} is no length; it must be 1 or more. Download the file again, or correct it."));
        }

        if (!_hasPositionTable || positions is not { } table || sequence is not { } length || length <= table)
        {
            return sequence;
        }

        // RoBERTa and its kin have two positions more than tokens, and some folders forget that.
        return CountsPositionsFromPadding && length <= table + 2
            ? table
            : throw new ModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: max_seq_length = {length}, and {Path.Combine(_folder, "config.json")} says max_position_embeddings, from which {table} tokens follow: longer texts cannot be computed. Are these files of one model? Download both again, or set max_seq_length to {table} at most."));
    }

    private void RequireSameWidth(JsonElement root)
    {
        _hasPositionTable = Integer(root, "max_position_embeddings") is not null
            && (Text(root, "model_type") is not { } type || s_tabled.Contains(type, StringComparer.Ordinal))
            && Text(root, "position_embedding_type") is null or "absolute";
        if (_pooledWidth is { } pooled && Integer(root, "hidden_size") is { } hidden && pooled != hidden)
        {
            throw new ModelException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.Combine(_folder, "config.json")}: hidden_size = {hidden}, and {Path.Combine(_folder, _poolingFolder!, "config.json")} pools vectors of {pooled} components. Are these files of one model? Download both again."));
        }
    }

    /// <summary>A module's folder, which must lie in the model's.</summary>
    /// <exception cref="ModelException">It does not.</exception>
    private void RequireInside(string path)
    {
        var folder = Path.GetFullPath(_folder);
        var full = Path.GetFullPath(Path.Combine(folder, path));
        if (Path.IsPathRooted(path) || (full != folder && !full.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw new ModelException($"{Path.Combine(_folder, "modules.json")}: it wants a module from '{path}', outside the model's folder. It is not a model to trust.");
        }
    }
}
