namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>Where pgvector's types and operators are.</summary>
/// <param name="Schema">Schema of the extension, quoted.</param>
/// <param name="Version">Its version.</param>
internal sealed record PgvectorExtension(string Schema, string Version)
{
    /// <summary>The oldest version whose index scans go on when a filter or the limit asks for more.</summary>
    public static readonly Version Oldest = new(0, 8);

    /// <summary>Whether it can do what is needed.</summary>
    public bool IsNewEnough => System.Version.TryParse(Version, out var version) && version >= Oldest;
}
