using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>What sections that may share a chunk have in common: headings, table and metadata.</summary>
/// <param name="Path">Headings above the text; for a heading, itself included.</param>
/// <param name="TableHeader">The table, or null.</param>
/// <param name="IsTable">Whether it is rows.</param>
/// <param name="Metadata">Metadata of the section.</param>
internal readonly record struct Run(IReadOnlyList<string> Path, string? TableHeader, bool IsTable, IReadOnlyDictionary<string, string>? Metadata)
{
    /// <summary>Before the first section.</summary>
    public static readonly Run None = new([], null, false, null);

    public static Run Of(Section section) => new(
        section.Kind == SectionKind.Heading ? [.. section.HeadingPath, section.Text.Trim()] : section.HeadingPath,
        section.TableHeader,
        section.Kind == SectionKind.TableRow,
        section.Metadata);

    public bool Equals(Run other) =>
        IsTable == other.IsTable
        && string.Equals(TableHeader, other.TableHeader, StringComparison.Ordinal)
        && Common(Path, other.Path) == Path.Count && Path.Count == other.Path.Count
        && SameMetadata(Metadata, other.Metadata);

    public override int GetHashCode() => HashCode.Combine(Path.Count, IsTable, TableHeader);

    /// <summary>Whether a tiny piece of this run may open a chunk of <paramref name="next"/>: same parent heading, no metadata that would become wrong.</summary>
    public bool MayJoin(Run next) =>
        Common(Path, next.Path) >= Path.Count - 1
        && (Metadata is null || next.Metadata is null || SameMetadata(Metadata, next.Metadata));

    /// <summary>Number of leading headings that two paths share.</summary>
    public static int Common(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        if (ReferenceEquals(one, other))
        {
            return one.Count;
        }

        var count = Math.Min(one.Count, other.Count);
        for (var index = 0; index < count; index++)
        {
            if (!string.Equals(one[index], other[index], StringComparison.Ordinal))
            {
                return index;
            }
        }

        return count;
    }

    private static bool SameMetadata(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other)
    {
        if (ReferenceEquals(one, other))
        {
            return true;
        }

        if ((one?.Count ?? 0) != (other?.Count ?? 0))
        {
            return false;
        }

        foreach (var (key, value) in one ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (!other!.TryGetValue(key, out var theirs) || !string.Equals(value, theirs, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
