using Microsoft.Extensions.Logging;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli;

/// <summary>What surrounds the program: its streams, terminal, environment and rooms. Tests make one of their own.</summary>
internal sealed record CliHost
{
    /// <summary>Standard output: results only.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error: progress, questions, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input, for answers.</summary>
    public required TextReader In { get; init; }

    /// <summary>Whether standard output is a terminal that shows colours.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal that can be redrawn.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether standard input is a terminal, so that a person can answer.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Whether colours are wanted: NO_COLOR is not set, and the terminal is not dumb.</summary>
    public bool UseColor { get; init; }

    /// <summary>Characters in a line.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Working directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The shipped configuration file.</summary>
    public string? DefaultsFile { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Makes the rooms.</summary>
    public Func<SluiceSettings, ILoggerFactory, TimeProvider, ISluiceRooms> Rooms { get; init; } =
        static (settings, loggers, timeProvider) => new SluiceRooms(settings, loggers, timeProvider);

    /// <summary>Is cancelled by the first Ctrl-C or SIGTERM.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Whether stack traces are shown.</summary>
    public bool Debug => Environment.GetValueOrDefault("SLUICE_DEBUG") is { Length: > 0 } and not "0";

    /// <summary>The host of this process.</summary>
    /// <param name="stop">Is cancelled by the first signal to stop.</param>
    /// <returns>The host.</returns>
    public static CliHost OfProcess(CancellationToken stop)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        var isDumb = environment.GetValueOrDefault("TERM") is null or "" or "dumb";
        return new()
        {
            // Always UTF-8, whatever the locale says: texts of all languages come out whole.
            Out = new StreamWriter(new StandardStream(Console.OpenStandardOutput(), holdsResults: true), new System.Text.UTF8Encoding(false), 16 * 1024) { AutoFlush = false },
            Error = TextWriter.Synchronized(new StreamWriter(new StandardStream(Console.OpenStandardError(), holdsResults: false), new System.Text.UTF8Encoding(false), 4 * 1024) { AutoFlush = true }),
            In = Console.In,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected && !isDumb,
            InIsTerminal = !Console.IsInputRedirected,
            UseColor = !isDumb && environment.GetValueOrDefault("NO_COLOR") is null or "",
            Width = FindWidth(environment),
            WorkingDirectory = System.Environment.CurrentDirectory,
            Environment = environment,
            DefaultsFile = Path.Combine(AppContext.BaseDirectory, ConfigurationSources.FileName),
            Stop = stop,
        };
    }

    private static int FindWidth(Dictionary<string, string> environment)
    {
        if (int.TryParse(environment.GetValueOrDefault("COLUMNS"), System.Globalization.CultureInfo.InvariantCulture, out var columns) && columns > 0)
        {
            return Math.Max(20, columns);
        }

        return Console.IsOutputRedirected && Console.IsErrorRedirected ? 100 : Math.Max(20, Console.WindowWidth);
    }
}
