namespace Sluice.Hosting.Configuration;

/// <summary>Where the configuration comes from.</summary>
internal sealed record ConfigurationSources
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "akka.hocon";

    /// <summary>The file that is shipped with the program; weakest.</summary>
    public string? DefaultsFile { get; init; }

    /// <summary>The user's file, named with <c>--config</c>: it must exist. Null to take <c>akka.hocon</c> of <see cref="WorkingDirectory"/> if there is one.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The working directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Environment variables; those that begin with <c>SLUICE_</c> are settings.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Settings of a job, in HOCON, that are laid over all others; null for none. What belongs to a node may not stand in it.</summary>
    public (string Name, string Text)? Job { get; init; }

    /// <summary>Settings of the command line, strongest, in order: path (with or without <c>sluice.</c>), value, and how the user wrote it, for messages.</summary>
    public IReadOnlyList<CommandLineSetting> Overrides { get; init; } = [];
}

/// <summary>A setting of the command line.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Value">Its value.</param>
/// <param name="Origin">How the user wrote it: <c>--set search.limit=3</c>.</param>
/// <param name="Items">The value where it is a list, instead of <paramref name="Value"/>.</param>
internal sealed record CommandLineSetting(string Path, string Value, string Origin, IReadOnlyList<string>? Items = null);
