using System.Text.Json;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>What a folder looked like when it was walked: its identity on that machine, and some of its names.</summary>
/// <param name="Machine">The machine; numbers of devices mean something there alone.</param>
/// <param name="Device">Number of its file system.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Names">Some of the names in it, spread over all of them.</param>
internal sealed record FolderRoot(string Machine, ulong Device, ulong Number, IReadOnlyList<string> Names)
{
    private const int MostNames = 32;

    /// <summary>When it was made, where its file system tells: with the number the same on each machine that has it mounted.</summary>
    public long? Born { get; init; }

    /// <summary>Compares a folder with what it looked like.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">The folder.</param>
    /// <param name="root">Text of an earlier check; null where there was none.</param>
    /// <param name="hidden">Whether hidden files are documents too. Where they are not they prove nothing: programs leave and remove them.</param>
    /// <returns>The answer; where it is there, with the text to compare with the next time. So names that come and go on this machine make no difference any more.</returns>
    public static RootCheck Check(FileSystem files, string path, string? root, bool hidden)
    {
        try
        {
            var facts = files.Stat(path, followLinks: true);
            if (facts.Kind != FileKind.Folder)
            {
                return RootCheck.Replaced($"{PathText.Show(path)} is no folder any more");
            }

            return root is null || JsonSerializer.Deserialize<FolderRoot>(root) is not { } known ? There(files, path, facts, hidden)
                : known.Names.Count == 0 ? RootCheck.There(root) // It was empty when it was walked.
                : known.Compare(files, path, facts, root, hidden);
        }
        catch (FileFailureException failure)
        {
            // One that is not there may be gone for good; one that does not answer, or may not be read now, is a mount in trouble.
            return RootCheck.Away($"the folder {PathText.Show(path)} cannot be read: {failure.Message}") with { MayBeGone = failure.Failure == FileFailure.Missing };
        }
    }

    private static RootCheck There(FileSystem files, string path, FileFacts facts, bool hidden)
    {
        var names = NamesIn(files, path, hidden);
        var step = Math.Max(1, (names.Count + MostNames - 1) / MostNames);
        var root = new FolderRoot(Environment.MachineName, facts.Identity.Device, facts.Identity.Number, [.. names.Where((_, index) => index % step == 0)]) { Born = facts.Born };
        return RootCheck.There(JsonSerializer.Serialize(root));
    }

    private static List<string> NamesIn(FileSystem files, string path, bool hidden)
    {
        var entries = new List<FileEntry>();
        files.List(path, entries);
        return [.. entries.Select(static entry => entry.Name).Where(name => hidden || !name.StartsWith('.')).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Files come and go, a remounted file system has another number of its device, another machine as well, and a copy has other numbers throughout. So the same folder is one
    /// that has its identity and is not empty, or that has most of the names; where it has the number alone, one of them.
    /// </summary>
    private RootCheck Compare(FileSystem files, string path, FileFacts facts, string root, bool hidden)
    {
        var there = Names.Count(name => Exists(files, Path.Join(path, name)));
        var hasNumber = Number == facts.Identity.Number && (Born is null || facts.Born is null || Born == facts.Born); // Numbers are used again.
        var isHere = hasNumber && Machine == Environment.MachineName && Device == facts.Identity.Device;
        if (isHere && there > 0)
        {
            return RootCheck.There(root);
        }

        if (there * 2 >= Names.Count || (hasNumber && there > 0))
        {
            return There(files, path, facts, hidden);
        }

        return NamesIn(files, path, hidden).Count == 0
            ? RootCheck.Replaced($"{PathText.Show(path)} is empty now and was not when it was listed: its disk is not mounted, or its files were moved")
            : isHere || (hasNumber && Born is not null && facts.Born is not null) ? There(files, path, facts, hidden)
            : RootCheck.Replaced($"{PathText.Show(path)} is another folder than the one that was listed: its disk is not mounted, or something else is in its place");
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
