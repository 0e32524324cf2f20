using System.Text.Json;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>What a folder looked like when it was walked: its identity on that machine, and a few of its names.</summary>
/// <param name="Machine">The machine; numbers of devices and files mean something there alone.</param>
/// <param name="Device">Number of its file system.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Names">Some of the names in it, spread over all of them.</param>
internal sealed record FolderRoot(string Machine, ulong Device, ulong Number, IReadOnlyList<string> Names)
{
    private const int MostNames = 8;

    /// <summary>Compares a folder with what it looked like.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">The folder.</param>
    /// <param name="root">Text of an earlier check; null where there was none.</param>
    public static RootCheck Check(FileSystem files, string path, string? root)
    {
        try
        {
            var facts = files.Stat(path, followLinks: true);
            if (facts.Kind != FileKind.Folder)
            {
                return RootCheck.Replaced($"{PathText.Show(path)} is no folder any more");
            }

            return root is null || JsonSerializer.Deserialize<FolderRoot>(root) is not { } known
                ? RootCheck.There(JsonSerializer.Serialize(Of(files, path, facts.Identity)))
                : known.Compare(files, path, facts.Identity) is { } wrong ? RootCheck.Replaced(wrong) : RootCheck.There(root);
        }
        catch (FileFailureException failure)
        {
            // One that is not there may be gone for good; one that does not answer, or may not be read now, is a mount in trouble.
            return RootCheck.Away($"the folder {PathText.Show(path)} cannot be read: {failure.Message}") with { MayBeGone = failure.Failure == FileFailure.Missing };
        }
    }

    private static FolderRoot Of(FileSystem files, string path, FileIdentity identity)
    {
        var names = NamesIn(files, path);
        var step = Math.Max(1, (names.Count + MostNames - 1) / MostNames);
        return new FolderRoot(Environment.MachineName, identity.Device, identity.Number, [.. names.Where((_, index) => index % step == 0)]);
    }

    private static List<string> NamesIn(FileSystem files, string path)
    {
        var entries = new List<FileEntry>();
        files.List(path, entries);
        return [.. entries.Select(static entry => entry.Name).Where(static name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];
    }

    /// <summary>A remounted file system has another number, a copy on another machine too, and files come and go: the same folder has the same identity, or most of the names.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    private string? Compare(FileSystem files, string path, FileIdentity identity)
    {
        if (Names.Count == 0)
        {
            return null; // It was empty when it was walked.
        }

        var there = Names.Count(name => Exists(files, Path.Join(path, name)));
        var isSame = Machine == Environment.MachineName && Device == identity.Device && Number == identity.Number;
        return there * 2 >= Names.Count || (isSame && there > 0) ? null
            : NamesIn(files, path).Count == 0 ? $"{PathText.Show(path)} is empty now and was not when it was listed: its disk is not mounted, or its files were moved"
            : isSame ? null
            : $"{PathText.Show(path)} is another folder than the one that was listed: its disk is not mounted, or something else is in its place";
    }

    private static bool Exists(FileSystem files, string path)
    {
        try
        {
            _ = files.Stat(path, followLinks: false);
            return true;
        }
        catch (FileFailureException failure) when (failure.Failure == FileFailure.Missing)
        {
            return false;
        }
    }
}
