using System.CommandLine;
using System.Reflection;
using Sluice.Hosting.Cli.Verbs;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli;

/// <summary>The program: reads the command line, runs the verb, and tells failures in words.</summary>
internal static class SluiceProgram
{
    /// <summary>Runs it.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="host">What surrounds it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host)
    {
        var verbose = host.Debug;
        var json = host.Environment.GetValueOrDefault("SLUICE_DISPLAY__LOG_FORMAT") is "json";
        try
        {
            var (root, options) = CreateRoot();
            args = args.Count > 0 && args[0] == "help" ? [.. args.Skip(1), "--help"] : args;
            var line = root.Parse(args, new() { ResponseFileTokenReplacer = null });
            verbose |= line.GetValue(options.Verbose);
            json = line.GetValue(options.LogFormat) is { } format ? format == "json" : json;
            var code = await RunAsync(line, root, options, args, host, verbose);
            await host.Out.FlushAsync(CancellationToken.None);
            return code;
        }
        catch (Exception exception)
        {
            var code = FailureReport.Write(exception, host, verbose, json);
            return await FlushAsync(host, verbose, json) ?? code;
        }
    }

    /// <summary>Writes what a verb that failed had to say. Null: it is written.</summary>
    private static async Task<int?> FlushAsync(CliHost host, bool verbose, bool json)
    {
        try
        {
            await host.Out.FlushAsync(CancellationToken.None);
            return null;
        }
        catch (StorageException exception)
        {
            return FailureReport.Write(exception, host, verbose, json);
        }
    }

    /// <summary>All verbs, in the order help lists them.</summary>
    /// <returns>The command line's root and the common options.</returns>
    internal static (RootCommand Root, CommonOptions Options) CreateRoot()
    {
        var options = new CommonOptions();
        var root = new RootCommand("Streams documents into a vector database and searches them: parse, chunk, embed and index at the same time, in flat memory.");
        root.Options.Clear();
        root.Directives.Clear();
        root.Add(new IngestVerb());
        root.Add(new CopyVerb());
        root.Add(new SearchVerb());
        root.Add(new StatusVerb());
        root.Add(new ServeVerb());
        root.Add(new TopVerb());
        root.Add(new DeadVerb());
        root.Add(new VerifyVerb());
        root.Add(new ModelsVerb());
        root.Add(new NodeVerb());
        root.Add(new JobVerb());
        root.Add(new DoctorVerb());
        root.Add(new BenchVerb());
        root.Add(options.Config);
        root.Add(options.Set);
        root.Add(options.LogFormat);
        root.Add(options.Verbose);
        root.Add(options.Help);
        root.Add(options.Version);
        return (root, options);
    }

    private static async Task<int> RunAsync(ParseResult line, RootCommand root, CommonOptions options, IReadOnlyList<string> args, CliHost host, bool verbose)
    {
        var command = line.CommandResult.Command;
        if (line.GetValue(options.Help) && MistypedVerb(line, root) is null)
        {
            HelpWriter.Write(host.Out, command, root, host.Width);
            return ExitCodes.Success;
        }

        if (line.GetValue(options.Version))
        {
            await host.Out.WriteLineAsync($"sluice {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}");
            return ExitCodes.Success;
        }

        if (args.Count == 0)
        {
            HelpWriter.WriteShort(host.Error, root, host.Width);
            return ExitCodes.Usage;
        }

        if (UsageErrors.Find(line, root) is { } error)
        {
            await host.Error.WriteLineAsync($"sluice: {error}");
            await host.Error.WriteLineAsync($"See `{HelpWriter.FullName(command)} --help`.");
            (command as Verb)?.TellFailure(line, host, new ConfigurationException($"{error}; see `{HelpWriter.FullName(command)} --help`."));
            return ExitCodes.Usage;
        }

        var verb = command as Verb ?? throw new ConfigurationException($"`{HelpWriter.FullName(command)}` needs one of: {string.Join(", ", command.Subcommands.Select(static sub => sub.Name))}.");
        var (sources, settings) = Load(line, options, verb, host);
        using var context = new VerbContext(host, line, sources, settings, verbose);
        return await verb.RunAsync(context);
    }

    private static (ConfigurationSources Sources, SluiceSettings Settings) Load(ParseResult line, CommonOptions options, Verb verb, CliHost host)
    {
        try
        {
            var sources = SourcesOf(line, options, verb, host);
            return (sources, ConfigurationLoader.Load(sources));
        }
        catch (SluiceException exception)
        {
            verb.TellFailure(line, host, exception);
            throw;
        }
    }

    private static ConfigurationSources SourcesOf(ParseResult line, CommonOptions options, Verb verb, CliHost host) => new()
    {
        DefaultsFile = host.DefaultsFile,
        ConfigFile = line.GetValue(options.Config),
        WorkingDirectory = host.WorkingDirectory,
        Environment = host.Environment,
        Overrides = [.. ReadSet(line.GetValue(options.Set) ?? []), .. ReadLogFormat(line.GetValue(options.LogFormat)), .. verb.Settings(line)],
    };

    private static string? MistypedVerb(ParseResult line, RootCommand root) =>
        line.CommandResult.Command == root && line.UnmatchedTokens.Count > 0 ? line.UnmatchedTokens[0] : null;

    private static IEnumerable<CommandLineSetting> ReadLogFormat(string? value) => value is null ? [] : [new("display.log-format", value, $"option --log-format {value}")];

    private static IEnumerable<CommandLineSetting> ReadSet(string[] values)
    {
        foreach (var value in values)
        {
            var equals = value.IndexOf('=', StringComparison.Ordinal);
            yield return equals > 0
                ? new(value[..equals].Trim(), value[(equals + 1)..], $"--set {value[..equals]}")
                : throw new ConfigurationException($"--set {value}: write --set KEY=VALUE, for example --set search.limit=10.");
        }
    }
}
