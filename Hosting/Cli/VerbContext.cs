using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Logging;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli;

/// <summary>What a verb works with. Made for one command line.</summary>
internal sealed class VerbContext : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lazy<ILoggerFactory> _loggers;
    private readonly Lazy<ISluiceRooms> _rooms;
    private Action<string> _writeNote;

    /// <summary>Makes the context.</summary>
    /// <param name="host">What surrounds the program.</param>
    /// <param name="line">The parsed command line.</param>
    /// <param name="sources">Where the configuration came from.</param>
    /// <param name="settings">The configuration.</param>
    /// <param name="verbose">Whether stack traces and details are wanted.</param>
    public VerbContext(CliHost host, ParseResult line, ConfigurationSources sources, SluiceSettings settings, bool verbose)
    {
        Host = host;
        Line = line;
        Sources = sources;
        Settings = settings;
        Verbose = verbose;
        IsJson = settings.Get<DisplayOptions>().LogFormat == LogFormat.Json;
        _writeNote = host.Error.WriteLine;
        _loggers = new(CreateLoggers);
        _rooms = new(() => host.Rooms(settings, _loggers.Value, host.TimeProvider));
    }

    /// <summary>What surrounds the program.</summary>
    public CliHost Host { get; }

    /// <summary>The parsed command line.</summary>
    public ParseResult Line { get; }

    /// <summary>Where the configuration came from.</summary>
    public ConfigurationSources Sources { get; }

    /// <summary>The configuration.</summary>
    public SluiceSettings Settings { get; }

    /// <summary>Whether stack traces and details are wanted.</summary>
    public bool Verbose { get; }

    /// <summary>Whether notes and log events are written as JSON, a line each.</summary>
    public bool IsJson { get; }

    /// <summary>The rooms.</summary>
    public ISluiceRooms Rooms => _rooms.Value;

    /// <summary>The log.</summary>
    public ILoggerFactory Loggers => _loggers.Value;

    /// <summary>Standard output.</summary>
    public TextWriter Out => Host.Out;

    /// <summary>Is cancelled by Ctrl-C.</summary>
    public CancellationToken Stop => Host.Stop;

    /// <summary>The databases that are configured.</summary>
    public DatabaseUris Databases => DatabaseUris.From(Settings.Get<SluiceOptions>(), Host.WorkingDirectory);

    /// <summary>Colours for standard output.</summary>
    public Ansi Ansi => new(Host.OutIsTerminal && Host.UseColor);

    /// <summary>The folder of models.</summary>
    public string ModelCache => Settings.Get<SluiceOptions>().Cache is { Length: > 0 } configured ? Path.GetFullPath(configured, Host.WorkingDirectory) : Actors.Embedding.CacheFolder.Locate();

    /// <summary>Writes a line for the person, without secrets, on standard error; through the live display while there is one.</summary>
    /// <param name="line">The line.</param>
    public void Note(string line) => WriteLine(IsJson ? JsonLoggerProvider.Line(Secrets.Redact(line), Host.TimeProvider) : Secrets.Redact(line));

    /// <summary>Sends notes and log lines to a display for as long as it is shown.</summary>
    /// <param name="write">Takes a line.</param>
    public void RedirectNotes(Action<string>? write)
    {
        lock (_gate)
        {
            _writeNote = write ?? Host.Error.WriteLine;
        }
    }

    /// <summary>Makes what asks databases and ledgers before a run or beside one: it waits for what may pass, and says so here.</summary>
    /// <returns>It.</returns>
    public PatientQuestions CreateQuestions() => new(Settings.Get<PipelineOptions>(), Note, Host.TimeProvider);

    /// <summary>Opens the database and the ledger, which must exist.</summary>
    /// <param name="use">Works with them.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">There is none.</exception>
    public async Task<int> WithDatabaseAsync(Func<IVectorSink, ILedger, Task<int>> use)
    {
        var databases = Databases;
        databases.RequireExisting();
        await using var sink = Rooms.OpenSink(databases.Sink);
        await using var ledger = Rooms.OpenLedger(databases.Ledger);
        await CreateQuestions().Of(ledger).InitializeAsync(Stop);
        return await use(sink, ledger);
    }

    /// <summary>Who this process is, for the ledger's lease.</summary>
    /// <param name="command">The command.</param>
    /// <returns>The request.</returns>
    public static LeaseRequest Holder(string command) => new($"process {Environment.ProcessId} on {Environment.MachineName}: sluice {command}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_rooms.IsValueCreated)
        {
            (_rooms.Value as IDisposable)?.Dispose();
        }

        if (_loggers.IsValueCreated)
        {
            _loggers.Value.Dispose();
        }
    }

    private ILoggerFactory CreateLoggers()
    {
        var level = (Line.CommandResult.Command as Verb)?.DefaultLogLevel is { } own && Settings.Effective.Any(static setting => setting is { Path: "sluice.display.log-level", IsDefault: true })
            ? own
            : Settings.Get<DisplayOptions>().LogLevel;
        var lowest = Verbose && level > LogLevel.Debug ? LogLevel.Debug : level;
        return LoggerFactory.Create(builder => builder.SetMinimumLevel(lowest).AddFilter("Microsoft", lowest > LogLevel.Warning ? lowest : LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // A server that cannot start throws, and that is told.
            .AddProvider(
            IsJson ? new JsonLoggerProvider(WriteLine, lowest, Host.TimeProvider) : new LineLoggerProvider(WriteLine, lowest, Verbose, Host.TimeProvider)));
    }

    private void WriteLine(string line)
    {
        lock (_gate)
        {
            _writeNote(line);
        }
    }
}
